"""Frames as pictures: enlarged by whole numbers and centred. H, W: height and width of the picture in px."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from games.core.types import Image

PATCH_PX = 28
# The picture that an image size of None stands for is at most this large, where the frame itself is not larger.
LARGEST_PX = 672
_COLOUR = np.dtype("V3")


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture of `image_size` with a frame of `frame_size` in its middle, `scale` times as large; all in px."""

    frame_size: tuple[int, int]
    scale: int
    image_size: tuple[int, int]

    @classmethod
    def fit(cls, frame_size: tuple[int, int], image_size: tuple[int, int] | None) -> Canvas:
        """The largest whole scale that fits; an image size of None is cut to the frame, in whole 28-pixel patches."""
        if image_size is None:
            scale = max(1, LARGEST_PX // max(frame_size))
            height, width = (-(-side * scale // PATCH_PX) * PATCH_PX for side in frame_size)
            return cls(frame_size, scale, (height, width))
        scale = min(image_size[0] // frame_size[0], image_size[1] // frame_size[1])
        assert scale >= 1, "checked with the knobs"
        return cls(frame_size, scale, image_size)

    @property
    def corner(self) -> tuple[int, int]:
        """(top, left) of the frame in the picture, in px."""
        (height, width), (rows, columns) = self.image_size, self.frame_size
        return (height - rows * self.scale) // 2, (width - columns * self.scale) // 2

    def paint(self, frame: Image) -> Picture:
        """The picture of a frame, uint8 of `frame_size` and 3."""
        (rows, columns), scale, (top, left) = self.frame_size, self.scale, self.corner
        height, width = self.image_size
        wide = np.zeros((rows, width), _COLOUR)
        wide[:, left : left + columns * scale] = (
            np.ascontiguousarray(frame).view(_COLOUR).reshape(rows, columns).repeat(scale, axis=1)
        )
        # Joining equal rows writes the picture once; arrays would write it a second time as bytes.
        flat, length = memoryview(wide.tobytes()), 3 * width
        lines = [flat[start : start + length] for start in range(0, rows * length, length)]
        above, below = bytes(top * length), bytes((height - top - rows * scale) * length)
        pixels = b"".join([above, *(line for line in lines for _ in range(scale)), below])
        return Picture(self, pixels)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture at its final size, so that showing it is one copy; pickled as the frame alone, which is far smaller.

    Attributes:
        canvas: Where the frame is.
        pixels: uint8 (H, W, 3) RGB, as bytes.
    """

    canvas: Canvas
    pixels: bytes

    def image(self) -> Image:
        """A fresh copy, uint8 (H, W, 3)."""
        return np.frombuffer(self.pixels, np.uint8).reshape(*self.canvas.image_size, 3).copy()

    def frame(self) -> Image:
        """The frame at its own size, uint8."""
        canvas, (top, left) = self.canvas, self.canvas.corner
        (rows, columns), scale = canvas.frame_size, canvas.scale
        pixels = np.frombuffer(self.pixels, np.uint8).reshape(*canvas.image_size, 3)
        return pixels[top : top + rows * scale : scale, left : left + columns * scale : scale]

    def __reduce__(self) -> tuple[Callable[[Canvas, bytes], Picture], tuple[Canvas, bytes]]:
        return unpack, (self.canvas, zlib.compress(self.frame().tobytes(), 1))


def unpack(canvas: Canvas, packed: bytes) -> Picture:
    """The picture that was pickled."""
    frame = np.frombuffer(zlib.decompress(packed), np.uint8)
    return canvas.paint(frame.reshape(*canvas.frame_size, 3))

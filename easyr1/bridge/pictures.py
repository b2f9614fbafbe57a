"""Pictures as the training's processes pass them on: as PNG, opened where somebody looks at them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache

from PIL import Image

OPENED_PICTURES = 64
"""Opened pictures that a process keeps for siblings and later turns; 64 of 640 x 840 px are 100 MB."""

_WIDTH, _HEIGHT = slice(16, 20), slice(20, 24)
"""Where the header of a PNG says them, as big-endian numbers."""


class Picture:
    """A picture that travels as its PNG: when it is pickled for another process, it arrives there as a PIL picture.

    vLLM's server takes PIL pictures; the agent loop, which sends them, never has to open one.

    Args:
        png: the picture without loss.
        digest: its name, `easyr1.rollout.types.Frame.digest`: 16 hex digits.
    """

    __slots__ = ("digest", "png")

    def __init__(self, png: bytes, digest: str):
        self.png = png
        self.digest = digest

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, read from the header."""
        return int.from_bytes(self.png[_WIDTH], "big"), int.from_bytes(self.png[_HEIGHT], "big")

    def open(self) -> Image.Image:
        """The picture, mode RGB; shared, not to be drawn on."""
        return open_png(self.png)

    def __reduce__(self) -> tuple[Callable[[bytes], Image.Image], tuple[bytes]]:
        return open_png, (self.png,)


def decode_png(png: bytes) -> Image.Image:
    """The picture in a PNG, mode RGB."""
    return Image.open(io.BytesIO(png)).convert("RGB")


@lru_cache(maxsize=OPENED_PICTURES)
def open_png(png: bytes) -> Image.Image:
    """The picture in a PNG, mode RGB; the same object again for the same bytes."""
    return decode_png(png)

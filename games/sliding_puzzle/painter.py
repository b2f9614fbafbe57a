"""Pictures painted from figures in whole numbers, at any size. H, W: height and width in px; h, w: of a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image
from games.drawing.palette import RGB
from games.drawing.shapes import Axis, Points, disc, polygon

SIZE = 1200
"""Pictures are drawn on a square of this side, x to the right, y down, and stretched to their size in px."""
SAMPLES_PER_PX = 2


@dataclass(frozen=True, slots=True)
class Figure:
    """A disc or a polygon of one tone, or of two that turn into each other from top to bottom.

    Attributes:
        points: Corners, or the centre of a disc.
        radius: Of a disc; 0 for a polygon.
        low_tone: The tone at the bottom.
        span: Where the first tone ends and the second one begins; by default at the top and bottom of the figure.
    """

    tone: str
    points: Points
    radius: int = 0
    low_tone: str = ""
    span: tuple[int, int] | None = None

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs) - self.radius, min(ys) - self.radius, max(xs) + self.radius, max(ys) + self.radius


def ball(tone: str, x: int, y: int, radius: int) -> Figure:
    """A disc."""
    return Figure(tone, ((x, y),), radius)


def patch(tone: str, *points: tuple[int, int], low: str = "", span: tuple[int, int] | None = None) -> Figure:
    """A polygon; with `low` its tone turns into that one towards the bottom."""
    return Figure(tone, points, 0, low, span)


def block(tone: str, left: int, top: int, right: int, bottom: int, low: str = "") -> Figure:
    """A rectangle."""
    return patch(tone, (left, top), (right, top), (right, bottom), (left, bottom), low=low)


def paint_picture(figures: Iterable[Figure], tones: Mapping[str, RGB], height: int, width: int) -> Image:
    """The figures one over the other: uint8 (H, W, 3)."""
    canvas = np.zeros((height, width, 3), np.int32)
    for figure in figures:
        _paint(canvas, figure, tones)
    return canvas.astype(np.uint8)


def _paint(canvas: NDArray[np.int32], figure: Figure, tones: Mapping[str, RGB]) -> None:
    height, width = canvas.shape[:2]
    left, top, right, bottom = figure.box
    x0, x1 = max(0, left * width // SIZE), min(width, right * width // SIZE + 1)
    y0, y1 = max(0, top * height // SIZE), min(height, bottom * height // SIZE + 1)
    x, y = _samples(x0, x1, width)[None, :], _samples(y0, y1, height)[:, None]
    inside = disc(x, y, *figure.points[0], figure.radius) if figure.radius else polygon(x, y, figure.points)
    blocks = inside.reshape(y1 - y0, SAMPLES_PER_PX, x1 - x0, SAMPLES_PER_PX)
    weight = blocks.sum(axis=(1, 3), dtype=np.int32)[:, :, None]
    part, whole = canvas[y0:y1, x0:x1], SAMPLES_PER_PX**2
    high, low = figure.span or (top, bottom)
    share = ((y[::SAMPLES_PER_PX, :, None] - high) * 256 // (low - high)).clip(0, 256)
    colour = _fade(tones[figure.tone], tones[figure.low_tone or figure.tone], share)
    part[:] = (part * (whole - weight) + colour * weight + whole // 2) // whole


def _samples(start: int, stop: int, length: int) -> Axis:
    """Places, on the square, of the samples of the px start .. stop - 1 of `length`."""
    steps = np.arange(start * SAMPLES_PER_PX, stop * SAMPLES_PER_PX, dtype=np.int64)
    return (2 * steps + 1) * SIZE // (2 * SAMPLES_PER_PX * length)


def _fade(high: RGB, low: RGB, share: NDArray[np.int64]) -> NDArray[np.int32]:
    """From one colour, at share 0, to another at share 256: (h, 1, 3)."""
    first, last = np.array(high, np.int64), np.array(low, np.int64)
    return np.asarray(first + (last - first) * share // 256, np.int32)

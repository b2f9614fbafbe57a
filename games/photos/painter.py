"""Scenes of polygons and ellipses, painted in whole numbers. S: side of a picture in px.

Scenes live on a square of half-width UNIT around the origin, x to the right, y down, as shapes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from games.core.types import Image
from games.drawing.palette import RGB
from games.drawing.shapes import UNIT, Axis, Mask, Points, polygon

SIDE = 64
SAMPLES = 2 * SIDE
_STEP = 2 * UNIT // SAMPLES
_AXIS = np.arange(SAMPLES, dtype=np.int64) * _STEP + (_STEP // 2 - UNIT)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed polygon."""

    tone: str
    points: Points

    def moved(self, place: Placement, jitter: Sequence[int]) -> Polygon:
        """The polygon elsewhere, its points shaken."""
        shaken = [
            place.point(x + jitter[2 * i % len(jitter)], y + jitter[(2 * i + 1) % len(jitter)])
            for i, (x, y) in enumerate(self.points)
        ]
        return Polygon(self.tone, tuple(shaken))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        across, down = [x for x, _ in self.points], [y for _, y in self.points]
        return min(across), min(down), max(across), max(down)

    def covers(self, x: Axis, y: Axis) -> Mask:
        """Which samples lie inside."""
        return polygon(x, y, self.points)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An upright ellipse around (x, y)."""

    tone: str
    x: int
    y: int
    width: int
    height: int

    def moved(self, place: Placement, jitter: Sequence[int]) -> Ellipse:
        """The ellipse elsewhere."""
        x, y = place.point(self.x + jitter[0], self.y + jitter[1])
        return Ellipse(self.tone, x, y, max(12, place.length(self.width)), max(12, place.length(self.height)))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.x - self.width, self.y - self.height, self.x + self.width, self.y + self.height

    def covers(self, x: Axis, y: Axis) -> Mask:
        """Which samples lie inside."""
        across, down = (x - self.x) * 64 // self.width, (y - self.y) * 64 // self.height
        return np.asarray(across * across + down * down <= 64 * 64)


Figure: TypeAlias = Polygon | Ellipse
"""A filled figure; `tone` names its colour."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where in the picture a thing stands: shifted, sized (1024 as drawn), and perhaps looking the other way."""

    x: int
    y: int
    size: int
    is_mirrored: bool

    def point(self, x: int, y: int) -> tuple[int, int]:
        """A point of the thing in the picture."""
        return self.x + self.length(-x if self.is_mirrored else x), self.y + self.length(y)

    def length(self, value: int) -> int:
        """A length of the thing in the picture."""
        return value * self.size // UNIT


def paint_scene(figures: Sequence[tuple[Figure, RGB]]) -> Image:
    """The figures one over the other, each in its colour: uint8 (S, S, 3)."""
    covers = np.zeros((SAMPLES, SAMPLES), np.uint8)
    for number, (figure, _) in enumerate(figures):
        left, top, right, bottom = ((edge + UNIT) // _STEP for edge in figure.box)
        rows, columns = slice(max(0, top), max(0, bottom + 1)), slice(max(0, left), max(0, right + 1))
        across, down = _AXIS[columns], _AXIS[rows]
        if len(across) and len(down):
            np.putmask(covers[rows, columns], figure.covers(across[None, :], down[:, None]), number)
    canvas = np.array([colour for _, colour in figures], np.uint16)[covers]
    sums = (canvas[::2, ::2] + canvas[::2, 1::2]) + (canvas[1::2, ::2] + canvas[1::2, 1::2])
    return ((sums + 2) >> 2).astype(np.uint8)

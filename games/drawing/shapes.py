"""Shapes as masks of covered samples, computed in whole numbers so that every machine draws the same bits.

Shapes live on a square of half-width UNIT around the origin, x to the right, y down. N: samples a side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

UNIT = 1024
Mask: TypeAlias = NDArray[np.bool_]
Axis: TypeAlias = NDArray[np.int64]
Points: TypeAlias = tuple[tuple[int, int], ...]
Shape: TypeAlias = Callable[[Axis, Axis], Mask]
"""Which of the samples at (x, y), broadcast against each other, lie inside; hashable, so that masks can be kept."""

_TRIANGLE: Points = ((0, -770), (800, 640), (-800, 640))
_STAR: Points = (
    (0, -880),
    (208, -286),
    (837, -272),
    (336, 109),
    (517, 712),
    (0, 354),
    (-517, 712),
    (-336, 109),
    (-837, -272),
    (-208, -286),
)
_HEART_TIP: Points = ((-690, -60), (690, -60), (0, 770))


def disc(x: Axis, y: Axis, centre_x: int, centre_y: int, radius: int) -> Mask:
    """The samples within `radius` of a centre."""
    return np.asarray((x - centre_x) ** 2 + (y - centre_y) ** 2 <= radius**2)


def polygon(x: Axis, y: Axis, points: Points) -> Mask:
    """The samples inside a closed polygon: those from which a ray to the right crosses its border oddly often."""
    inside = np.zeros(np.broadcast_shapes(x.shape, y.shape), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        spans = (y0 > y) != (y1 > y)
        side = (x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)
        inside ^= spans & ((side < 0) if y1 > y0 else (side > 0))
    return inside


def _circle(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 0, 730)


def _square(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= 640) & (abs(y) <= 640)


def _triangle(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _TRIANGLE)


def _star(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _STAR)


def _cross(x: Axis, y: Axis) -> Mask:
    return ((abs(x) <= 240) & (abs(y) <= 760)) | ((abs(x) <= 760) & (abs(y) <= 240))


def _diamond(x: Axis, y: Axis) -> Mask:
    return np.asarray(abs(x) * 840 + abs(y) * 560 <= 840 * 560)


def _heart(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -350, -260, 400) | disc(x, y, 350, -260, 400) | polygon(x, y, _HEART_TIP)


def _moon(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -60, 0, 780) & ~disc(x, y, 300, -130, 640)


SHAPES: dict[str, Shape] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "diamond": _diamond,
    "heart": _heart,
    "moon": _moon,
}


@lru_cache(maxsize=256)
def shape_mask(shape: Shape, samples: int) -> Mask:
    """Which of the samples on an even grid of `samples` a side lie inside the shape: bool (N, N), read-only."""
    doubled = 2 * np.arange(samples, dtype=np.int64) + 1 - samples
    axis = np.sign(doubled) * (abs(doubled) * UNIT // samples)
    mask = np.asarray(shape(axis[None, :], axis[:, None]))
    mask.setflags(write=False)
    return mask


@lru_cache(maxsize=256)
def inner_mask(shape: Shape, samples: int, steps: int) -> Mask:
    """The mask of a shape without the samples within `steps` of its border: bool (N, N), read-only."""
    mask = shrink(shape_mask(shape, samples), steps)
    mask.setflags(write=False)
    return mask


def shrink(mask: Mask, steps: int) -> Mask:
    """The mask without the samples within `steps` of its border, by 4 and 8 neighbours in turn, nearly round."""
    inner = np.pad(mask, 1)
    for step in range(steps):
        rows = inner[1:-1, 1:-1] & inner[:-2, 1:-1] & inner[2:, 1:-1]
        if step % 2:
            rows = rows & inner[:-2, :-2] & inner[:-2, 2:] & inner[2:, :-2] & inner[2:, 2:]
        inner = np.pad(rows & inner[1:-1, :-2] & inner[1:-1, 2:], 1)
    return np.asarray(inner[1:-1, 1:-1])

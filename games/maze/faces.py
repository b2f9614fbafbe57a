"""The faces of cells: a mouse looks for the cheese between walls of brick.

A key and its door share a colour and an emblem, so that pairs can be told without colour, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from games.drawing.face import Face, Mark
from games.drawing.shapes import Axis, Mask, Points, disc, polygon
from games.maze.rules import COLOURS

_WEDGE: Points = ((-820, 20), (-60, -560), (560, -480), (820, 20), (820, 620), (-820, 620))
_RIND: Points = ((-820, 20), (-60, -560), (560, -480), (820, 20))
_HOLES = ((-430, 330, 150), (80, 440, 110), (430, 230, 170), (250, -260, 120))
_TRIANGLE: Points = ((0, -460), (480, 380), (-480, 380))


def _bricks(x: Axis, y: Axis) -> Mask:
    """Four courses of bricks, each shifted by half a brick, that run on from cell to cell."""
    course, down = (y + 1024) // 512, (y + 1024) % 512
    along = (x + 1024 + course % 2 * 512) % 1024
    return (down >= 56) & (down < 456) & (along >= 56) & (along < 968)


def _everywhere(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= 1024) & (abs(y) <= 1024)


def _ears(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -500, -420, 380) | disc(x, y, 500, -420, 380)


def _inner_ears(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -500, -420, 210) | disc(x, y, 500, -420, 210)


def _head(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 120, 640) | disc(x, y, 0, 420, 440)


def _eyes(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -240, 60, 110) | disc(x, y, 240, 60, 110)


def _nose(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 480, 160)


def _wedge(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _WEDGE)


def _rind(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _RIND)


def _holes(x: Axis, y: Axis) -> Mask:
    mask = disc(x, y, *_HOLES[0])
    for hole in _HOLES[1:]:
        mask = mask | disc(x, y, *hole)
    return mask


def _cloud(x: Axis, y: Axis) -> Mask:
    puffs = disc(x, y, -420, 160, 330) | disc(x, y, 0, -120, 420) | disc(x, y, 420, 140, 350)
    return puffs | ((abs(x) <= 420) & (y >= 100) & (y <= 490))


def _round(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 0, 390)


def _square(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= 420) & (abs(y) <= 420)


def _triangle(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _TRIANGLE)


_EMBLEMS: tuple[Callable[[Axis, Axis], Mask], ...] = (_round, _square, _triangle)


@dataclass(frozen=True, slots=True)
class _Key:
    """An upright key, its bow in the shape of an emblem."""

    emblem: int

    def __call__(self, x: Axis, y: Axis) -> Mask:
        bow = _EMBLEMS[self.emblem](x, y + 380) & ~disc(x, y, 0, -350, 130)
        shaft = (abs(x) <= 120) & (y >= -150) & (y <= 760)
        teeth = (x >= 0) & (x <= 430) & (((y >= 250) & (y <= 430)) | ((y >= 580) & (y <= 760)))
        return np.asarray(bow | shaft | teeth)


def _leaf(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= 800) & (abs(y) <= 900)


def _gaps(x: Axis, y: Axis) -> Mask:
    return ((abs(x - 270) <= 28) | (abs(x + 270) <= 28)) & (abs(y) <= 820)


def _frame(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= 1024) & (abs(y) <= 1024) & ((abs(x) > 860) | (abs(y) > 940))


@cache
def maze_faces() -> tuple[Face, ...]:
    """The faces by the numbers of `games.maze.rules`."""
    wall = (Mark(_everywhere, "dark", outlined=False), Mark(_bricks, "brown", outlined=False))
    cheese = (Mark(_wedge, "yellow"), Mark(_rind, "orange"), Mark(_holes, "brown", outlined=False))
    mouse = (
        Mark(_ears, "light"),
        Mark(_inner_ears, "pink", outlined=False),
        Mark(_head, "light"),
        Mark(_eyes, "black", outlined=False),
        Mark(_nose, "pink"),
    )
    fog = (Mark(_everywhere, "light", outlined=False), Mark(_cloud, "white", outlined=False))
    keys = [Face(f"{colour} key", (Mark(_Key(n), colour),)) for n, colour in enumerate(COLOURS)]
    doors = [
        Face(
            f"{colour} door",
            (
                Mark(_frame, "dark", outlined=False),
                Mark(_leaf, colour),
                Mark(_gaps, "black", outlined=False),
                Mark(_EMBLEMS[n], "white"),
            ),
            "floor",
        )
        for n, colour in enumerate(COLOURS)
    ]
    return (
        Face("wall", wall, "floor"),
        Face("floor", (), "floor"),
        Face("goal", cheese, "floor"),
        Face("player", mouse, "floor", can_turn=False),
        Face("player on goal", mouse, "yellow", can_turn=False),
        Face("hidden", fog, "floor"),
        *keys,
        *doors,
    )

"""The faces of cells and the figures on them, on a square of half-width 1024 around the origin, y down."""

from __future__ import annotations

import numpy as np

from games.drawing.face import Face, Mark
from games.drawing.shapes import Axis, Mask, disc, polygon

_BODY = ((-250, -150), (250, -150), (430, 330), (290, 390), (250, 690), (40, 690), (0, 430))
_LEFT_BODY = tuple((-x, y) for x, y in reversed(_BODY[2:-1]))


def _bricks(x: Axis, y: Axis) -> Mask:
    """Four courses of bricks, each shifted by half a brick, that run on from cell to cell."""
    course, down = (y + 1024) // 512, (y + 1024) % 512
    along = (x + 1024 + course % 2 * 512) % 1024
    return (down >= 60) & (down < 452) & (along >= 60) & (along < 964)


def _ring(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 0, 860) & ~disc(x, y, 0, 0, 640)


def _bull(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 0, 330)


def _planks(x: Axis, y: Axis) -> Mask:
    """The frame of a crate and a plank across it."""
    frame = (abs(x) <= 760) & (abs(y) <= 760) & ((abs(x) >= 540) | (abs(y) >= 540))
    plank = (abs(x - y) <= 190) & (abs(x) <= 600) & (abs(y) <= 600)
    return np.asarray(frame | plank)


def _body(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _BODY + _LEFT_BODY)


def _head(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, -370, 270)


def _hole(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 0, 500)


_GOAL = (Mark(_ring, "yellow"), Mark(_bull, "yellow"))
_PLAYER = (Mark(_body, "cyan"), Mark(_head, "pink"))
FACES = (
    Face("wall", (Mark(_bricks, "grey", outlined=False),), "dark"),
    Face("floor", (), "floor"),
    Face("goal", _GOAL, "floor"),
    Face("box", (Mark(_planks, "orange"),), "brown"),
    Face("box on goal", (Mark(_planks, "orange"), Mark(_hole, "dark"), Mark(_bull, "yellow")), "brown"),
    Face("player", _PLAYER, "floor", can_turn=False),
    Face("player on goal", (Mark(_ring, "yellow"), *_PLAYER), "floor", can_turn=False),
)
"""By the numbers of `games.sokoban.rules`."""

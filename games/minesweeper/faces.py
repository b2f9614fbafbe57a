"""The faces of cells: face number n is an open cell with n mines around it, then MINE, HIDDEN and FLAG.

Open cells are flat and light, covered ones raised and darker, so that they differ without colour, too. The print of
the numbers is dark in every theme.
"""

from __future__ import annotations

from functools import cache

from games.drawing.face import Face, Mark
from games.drawing.palette import RGB
from games.drawing.shapes import Axis, Mask, Points, disc, polygon
from games.drawing.text import word

EMPTY_LABEL, MINE_LABEL, HIDDEN_LABEL, FLAG_LABEL = "empty", "mine", "hidden", "flag"
_PRINT: tuple[RGB, ...] = (
    (24, 70, 214),
    (16, 118, 44),
    (208, 28, 28),
    (88, 26, 148),
    (134, 62, 10),
    (0, 116, 128),
    (24, 24, 28),
    (82, 74, 88),
)
_OPEN: RGB = (222, 224, 226)
_STRUCK: RGB = (240, 120, 108)
_EDGE, _PLATE = 980, 740
_SHADED: Points = ((_EDGE, -_EDGE), (_EDGE, _EDGE), (-_EDGE, _EDGE))
_PENNANT: Points = ((-250, -600), (560, -270), (-250, 60))
_SPIKES: Points = ((0, -800), (110, 0), (0, 800), (-110, 0))
_DIAGONAL_SPIKES: Points = ((-560, -560), (90, -90), (560, 560), (-90, 90))


def _field(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= _EDGE) & (abs(y) <= _EDGE)


def _plate(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= _PLATE) & (abs(y) <= _PLATE)


def _shaded_half(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _SHADED)


def _pole(x: Axis, y: Axis) -> Mask:
    return (x >= -370) & (x <= -250) & (y >= -600) & (y <= 600)


def _pennant(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _PENNANT)


def _mine(x: Axis, y: Axis) -> Mask:
    straight = polygon(x, y, _SPIKES) | polygon(y, x, _SPIKES)
    diagonal = polygon(x, y, _DIAGONAL_SPIKES) | polygon(-x, y, _DIAGONAL_SPIKES)
    return disc(x, y, 0, 0, 500) | straight | diagonal


def _glint(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -170, -170, 130)


@cache
def cell_faces() -> tuple[Face, ...]:
    """The twelve faces."""
    field = Mark(_field, _OPEN, outlined=False)
    raised = (
        Mark(_field, "light", outlined=False),
        Mark(_shaded_half, "dark", outlined=False),
        Mark(_plate, "blue", outlined=False),
    )
    numbers = [
        Face(str(count), (field, Mark(word(str(count)), colour, outlined=False)), "floor", can_turn=False)
        for count, colour in enumerate(_PRINT, 1)
    ]
    mine = (
        Mark(_field, _STRUCK, outlined=False),
        Mark(_mine, "black", outlined=False),
        Mark(_glint, "white", outlined=False),
    )
    flag = (*raised, Mark(_pole, "white", outlined=False), Mark(_pennant, "yellow", outlined=False))
    return (
        Face(EMPTY_LABEL, (field,), "floor"),
        *numbers,
        Face(MINE_LABEL, mine, "floor", can_turn=False),
        Face(HIDDEN_LABEL, raised, "floor", can_turn=False),
        Face(FLAG_LABEL, flag, "floor", can_turn=False),
    )

"""The faces of cells: the empty well, blocks by colour, the wall, the panel at its side, and numbers on the panel.

Blocks are raised and carry a figure of their own for each colour, so that colours differ without colour, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from games.drawing.face import Face, Mark
from games.drawing.palette import COLOURS, RGB, darker, lighter
from games.drawing.shapes import SHAPES, Axis, Mask, Points, Shape, disc, polygon
from games.drawing.text import word

EMPTY, FIRST_BLOCK = 0, 1
BLOCK_COLOURS = ("cyan", "yellow", "purple", "green", "red", "blue", "orange", "black")
FILLED_COLOUR = "black"
WALL = FIRST_BLOCK + len(BLOCK_COLOURS)
PANEL = WALL + 1
FIRST_NUMBER = PANEL + 1
BLOCKS = {colour: FIRST_BLOCK + place for place, colour in enumerate(BLOCK_COLOURS)}
"""The face number of a block of each colour."""

_FIGURES = ("diamond", "circle", "cross", "moon", "star", "square", "triangle", "heart")
_BRIGHT = ("cyan", "yellow", "orange")
FIGURE_SIZE = 40
_FIELD, _PLATE = 980, 740
_SHADED: Points = ((_FIELD, -_FIELD), (_FIELD, _FIELD), (-_FIELD, _FIELD))
_BRICK: RGB = (150, 92, 70)
_PAPER: RGB = (214, 212, 204)
_FAINT: RGB = (178, 176, 168)
_PRINT: RGB = (40, 40, 46)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A shape at `size` 64ths of its size."""

    shape: Shape
    size: int

    def __call__(self, x: Axis, y: Axis) -> Mask:
        return self.shape(x * 64 // self.size, y * 64 // self.size)


def _field(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= _FIELD) & (abs(y) <= _FIELD)


def _plate(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= _PLATE) & (abs(y) <= _PLATE)


def _shaded_half(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _SHADED)


def _everything(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= 1100) & (abs(y) <= 1100)


def _bricks(x: Axis, y: Axis) -> Mask:
    """Two courses of bricks, the second set off by half a brick."""
    upper = (y >= -960) & (y <= -64) & (abs(x) <= 960)
    lower = (y >= 64) & (y <= 960) & (abs(x) >= 64)
    return upper | lower


def _dot(x: Axis, y: Axis) -> Mask:
    return disc(x, y, 0, 0, 80)


def _block(colour: str, figure: str) -> Face:
    tone = COLOURS[colour]
    print_tone = _PRINT if colour in _BRIGHT else lighter(lighter(tone))
    marks = (
        Mark(_field, lighter(tone), outlined=False),
        Mark(_shaded_half, darker(tone), outlined=False),
        Mark(_plate, colour, outlined=False),
        Mark(_Scaled(SHAPES[figure], FIGURE_SIZE), print_tone, outlined=False),
    )
    return Face(f"{colour} block", marks, "floor", can_turn=False)


@cache
def cell_faces(largest: int) -> tuple[Face, ...]:
    """All faces, with the numbers 0 .. largest; without numbers when `largest` is -1."""
    paper = Mark(_everything, _PAPER, outlined=False)
    return (
        Face("empty", (Mark(_dot, "grey", outlined=False),), "floor"),
        *(_block(colour, figure) for colour, figure in zip(BLOCK_COLOURS, _FIGURES, strict=True)),
        Face("wall", (Mark(_everything, darker(_BRICK), False), Mark(_bricks, _BRICK, False)), can_turn=False),
        Face("panel", (paper, Mark(_dot, _FAINT, outlined=False))),
        *(
            Face(str(number), (paper, Mark(word(str(number)), _PRINT, outlined=False)), can_turn=False)
            for number in range(largest + 1)
        ),
    )

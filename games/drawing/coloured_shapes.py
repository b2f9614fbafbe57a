"""Faces of coloured shapes. Face 0 is the empty cell; face 1 + 8 * colour + shape is a tile."""

from __future__ import annotations

from functools import cache

from games.drawing.face import Face, Mark
from games.drawing.palette import COLOURS
from games.drawing.shapes import SHAPES

EMPTY = 0
EMPTY_LABEL = "empty"
MAX_COLOURS, MAX_SHAPES = len(COLOURS), len(SHAPES)
LABELS = (EMPTY_LABEL, *(f"{colour} {shape}" for colour in COLOURS for shape in SHAPES))


@cache
def coloured_faces() -> tuple[Face, ...]:
    """The empty cell and every colour with every shape, 65 faces."""
    shapes = [Face(f"{colour} {name}", (Mark(shape, colour),)) for colour in COLOURS for name, shape in SHAPES.items()]
    return (Face(EMPTY_LABEL, (), "floor"), *shapes)


def face_numbers(colours: int, shapes: int) -> list[int]:
    """The faces of the first `colours` colours with the first `shapes` shapes."""
    return [1 + MAX_SHAPES * colour + shape for colour in range(colours) for shape in range(shapes)]


def palette_words(colours: int, shapes: int) -> str:
    """The palette as words: `red or blue circle, square or star`."""
    return f"{_either(list(COLOURS)[:colours])} {_either(list(SHAPES)[:shapes])}"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

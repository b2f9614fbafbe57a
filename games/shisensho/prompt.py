"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text
from games.drawing.coloured_shapes import palette_words

_TASK = """\
The image shows a Shisen-Sho board of {rows} rows and {columns} columns. A cell is empty or holds a tile: \
a {palette}. Cells are named (row,column), from (0,0) at the top left to {last} at the bottom right.

Choose two tiles of the same colour and shape that a path can join; they will be removed. A path consists of \
at most three straight segments, each horizontal or vertical, so it makes at most two turns. It runs only through \
empty cells and, all around, outside the border of the board. Neighbouring tiles need no empty cell between them."""


def write_task(rows: int, columns: int, colours: int, shapes: int) -> str:
    """What to do on a board of this size with tiles of this palette."""
    last = cell_text(rows - 1, columns - 1)
    return _TASK.format(rows=rows, columns=columns, palette=palette_words(colours, shapes), last=last)

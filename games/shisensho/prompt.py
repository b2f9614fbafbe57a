"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text
from games.drawing.coloured_shapes import palette_words
from games.photos.photo_set import KINDS

_TASK = """\
The image shows a Shisen-Sho board of {rows} rows and {columns} columns. A cell is empty or holds a tile: \
{tile}. Cells are named (row,column), from (0,0) at the top left to {last} at the bottom right.

Choose two tiles of the same {likeness} that a path can join; they will be removed. A path consists of \
at most three straight segments, each horizontal or vertical, so it makes at most two turns. It runs only through \
empty cells and, all around, outside the border of the board. Neighbouring tiles need no empty cell between them."""


def write_task(rows: int, columns: int, tile: str, likeness: str) -> str:
    """What to do on a board of this size, with words for a tile and for what two equal ones share."""
    last = cell_text(rows - 1, columns - 1)
    return _TASK.format(rows=rows, columns=columns, tile=tile, likeness=likeness, last=last)


def shape_words(colours: int, shapes: int) -> tuple[str, str]:
    """Words for `write_task` where tiles show coloured shapes."""
    return f"a {palette_words(colours, shapes)}", "colour and shape"


def photo_words(picture: str) -> tuple[str, str]:
    """Words for `write_task` where tiles show a picture of a thing: a `photograph`, a `drawing`."""
    kinds = f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"
    return f"a {picture} of one of ten kinds of things ({kinds}), no two of them alike", "kind"

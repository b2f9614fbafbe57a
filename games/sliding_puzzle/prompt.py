"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text

_NUMBERS = """\
The image shows a sliding puzzle of {rows} rows and {columns} columns: {count} pieces, numbered from 1 to {count}, and \
a gap."""

_PICTURE = """\
The image shows a sliding puzzle of {rows} rows and {columns} columns, cut from a picture: {count} pieces and a gap. \
The finished picture is shown small on the right, with the gap at the bottom right. A piece is named by the number of \
its place in the finished picture, counted row by row from 1 at the top left to {count}."""

_TASK = """\
{what} Cells are named (row,column), from (0,0) at the top left to {last} at the bottom right.

Bring the pieces in order: row by row, 1 at the top left, the gap at the bottom right. A piece beside the gap can \
slide into it. Choose the direction in which a piece slides: up for the piece below the gap, down for the piece above \
it, left for the piece on its right, right for the piece on its left."""


def write_task(rows: int, columns: int, is_picture: bool) -> str:
    """What to do on a board of this size."""
    count = rows * columns - 1
    what = (_PICTURE if is_picture else _NUMBERS).format(rows=rows, columns=columns, count=count)
    return _TASK.format(what=what, last=cell_text(rows - 1, columns - 1))

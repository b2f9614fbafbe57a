"""The task in words."""

from __future__ import annotations

from collections.abc import Sequence

from games.core.grid import cell_text

_TASK = """\
The image shows a well of {rows} rows and {columns} columns, the columns 0 to {last_column}, with a brick wall and a \
panel at its right. A cell of the well is empty or holds a block; the colours of blocks are: {colours}. The panel \
shows the piece to place now{next_pieces} Cells are named (row,column), from (0,0) at the top left to {last} at the \
bottom right; the cells of the wall are called wall, those of the panel that hold nothing are called panel.

Choose how many quarter turns clockwise the piece makes, T from 0 to 3, and the column C in which the leftmost of its \
blocks shall then be. The turned piece drops straight down until it rests on the bottom of the well or on a block. It \
must fit between the walls and come to rest with all its blocks in the well. Rows without an empty cell are then \
cleared, and what is above them moves down. Clear as many rows as you can; the game ends when {end}."""
_NEXT = {1: ".", 2: " at the top, and the one after it below.", 3: " at the top, and the two after it below."}
_NUMBER = " The number in it is how many pieces are left to place, this one included."
_FULL = "a piece has no place"


def write_task(
    rows: int, columns: int, colours: Sequence[str], num_shown: int, has_number: bool, last: tuple[int, int]
) -> str:
    """What to do in a well of this size.

    Args:
        colours: Those that blocks can have.
        last: The lower right cell of the picture.
    """
    return _TASK.format(
        rows=rows,
        columns=columns,
        last_column=columns - 1,
        colours=", ".join(colours),
        next_pieces=_NEXT[num_shown] + (_NUMBER if has_number else ""),
        last=cell_text(*last),
        end=f"{_FULL} or none is left" if has_number else _FULL,
    )

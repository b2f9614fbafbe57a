"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text

_TASK = """\
The image shows a Minesweeper board of {rows} rows and {columns} columns that hides {mines}. {cells} Cells are named \
(row,column), from (0,0) at the top left to {last} at the bottom right.

{choice} When no mine is near an opened cell, the cells around it open by themselves. Opening a mine ends the game; \
opening every cell without a mine completes it.{promise}"""
_CELLS = """\
An open cell shows a number from 1 to 8, the number of mines in the up to eight cells around it, diagonals included, \
or it is empty where there are none. The other cells are hidden{or_flag}."""
_OPEN = "Choose a hidden cell to open, one that cannot hold a mine where the numbers tell."
_OPEN_OR_FLAG = """\
Choose a hidden cell to open, one that cannot hold a mine where the numbers tell, or a hidden cell to mark with a \
flag, which stays until the cell is opened. A flagged cell can still be opened."""
_PROMISE = " No guess is needed: the numbers, and how many mines there are, always tell a safe cell."


def write_task(rows: int, columns: int, num_mines: int, flags: bool, solvable: bool) -> str:
    """What to do on a board of this size with these rules."""
    return _TASK.format(
        rows=rows,
        columns=columns,
        mines="1 mine" if num_mines == 1 else f"{num_mines} mines",
        cells=_CELLS.format(or_flag=" or marked with a flag" if flags else ""),
        last=cell_text(rows - 1, columns - 1),
        choice=_OPEN_OR_FLAG if flags else _OPEN,
        promise=_PROMISE if solvable else "",
    )

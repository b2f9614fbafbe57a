"""The rules, on boards held as bytes with a value per cell, in row order.

A layout tells what lies under each cell: the number of mines around it, or MINE. What a player sees of it are the same
values where a cell is open, HIDDEN or FLAG where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

MINE, HIDDEN, FLAG = 9, 10, 11


@lru_cache(maxsize=256)
def neighbours(rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    """The cells beside each cell, diagonals included, in row order."""
    return tuple(
        tuple(
            near_row * columns + near_column
            for near_row in range(max(row - 1, 0), min(row + 2, rows))
            for near_column in range(max(column - 1, 0), min(column + 2, columns))
            if (near_row, near_column) != (row, column)
        )
        for row in range(rows)
        for column in range(columns)
    )


def lay_mines(mines: Iterable[int], rows: int, columns: int) -> bytes:
    """The layout with mines in these cells."""
    near = neighbours(rows, columns)
    layout = bytearray(rows * columns)
    mines = list(mines)
    for mine in mines:
        for cell in near[mine]:
            layout[cell] += 1
    for mine in mines:
        layout[mine] = MINE
    return bytes(layout)


def open_cell(layout: bytes, shown: bytes, index: int, rows: int, columns: int) -> bytes:
    """What is seen after a cell is opened; where no mine is near, its neighbours open too, and so on.

    Flags do not stop a region from opening: a cell beside one without mines around it is no mine.
    """
    after = bytearray(shown)
    after[index] = layout[index]
    if layout[index] == 0:
        near = neighbours(rows, columns)
        region = [index]
        for cell in region:  # Grows while it is walked.
            for beside in near[cell]:
                if after[beside] >= HIDDEN:
                    after[beside] = layout[beside]
                    if layout[beside] == 0:
                        region.append(beside)
    return bytes(after)


def put_flag(shown: bytes, index: int) -> bytes:
    """What is seen after a hidden cell is flagged."""
    return shown[:index] + bytes([FLAG]) + shown[index + 1 :]


def num_covered(shown: bytes) -> int:
    """Cells that are not open, flagged ones included."""
    return shown.count(HIDDEN) + shown.count(FLAG)


def is_over(shown: bytes, num_mines: int) -> bool:
    """Whether a mine was opened, or nothing but the mines is left."""
    return MINE in shown or num_covered(shown) == num_mines

"""The rules: where the head can go, and what a move does. Cells are indices in row order, at most 256 of them.

A body is bytes, a cell per part from the head to the tail; parts one after the other lie on cells beside each other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

DIRECTIONS = ("up", "down", "left", "right")
NUM_DIRECTIONS = len(DIRECTIONS)
EDGE = -1
MIN_LENGTH = 3
"""With a part between head and tail, so that the cell the tail leaves is never the one the head comes from."""
Neighbours: TypeAlias = tuple[tuple[int, int, int, int], ...]


@lru_cache(maxsize=64)
def neighbours(rows: int, columns: int, wrap: bool) -> Neighbours:
    """By cell, the next cell in each of `DIRECTIONS`; EDGE where the board ends, which with `wrap` it never does."""
    found = []
    for cell in range(rows * columns):
        row, column = divmod(cell, columns)
        ahead = []
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            next_row, next_column = row + down, column + right
            is_inside = 0 <= next_row < rows and 0 <= next_column < columns
            ahead.append(next_row % rows * columns + next_column % columns if is_inside or wrap else EDGE)
        found.append((ahead[0], ahead[1], ahead[2], ahead[3]))
    return tuple(found)


def can_enter(body: bytes, walls: bytes, cell: int) -> bool:
    """Whether the head can go to a cell beside it: no edge, no wall, no part but the tail, which moves on."""
    return cell >= 0 and cell not in walls and body.find(cell, 0, -1) < 0


def advance(body: bytes, cell: int, grows: bool) -> bytes:
    """The body with its head on the next cell; a body that does not grow leaves the cell of its tail."""
    return bytes([cell]) + (body if grows else body[:-1])


def free_cells(body: bytes, walls: bytes, food: bytes, num_cells: int) -> list[int]:
    """The cells with nothing on them, in order."""
    taken = bytearray(num_cells)
    for cells in (body, walls, food):
        for cell in cells:
            taken[cell] = 1
    return [cell for cell, is_taken in enumerate(taken) if not is_taken]

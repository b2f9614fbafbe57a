"""The rules: which pieces can slide. Boards are bytes: the number of the piece on each cell in row order, 0 for the
gap.

Piece number i belongs on cell i - 1, and the gap on the last cell.
"""

from __future__ import annotations

from functools import lru_cache

GAP = 0
DIRECTIONS = ("up", "down", "left", "right")
SOLVED_BONUS = 10.0


@lru_cache(maxsize=64)
def solved_board(rows: int, columns: int) -> bytes:
    """All pieces in order."""
    return bytes([*range(1, rows * columns), GAP])


@lru_cache(maxsize=64)
def sources(rows: int, columns: int) -> tuple[dict[str, int], ...]:
    """For every cell that the gap can be on: the direction in which each neighbouring piece slides, and its cell."""
    table = []
    for gap in range(rows * columns):
        row, column = divmod(gap, columns)
        is_there = (row + 1 < rows, row > 0, column + 1 < columns, column > 0)
        cells = (gap + columns, gap - columns, gap + 1, gap - 1)
        table.append({word: cell for word, cell, there in zip(DIRECTIONS, cells, is_there, strict=True) if there})
    return tuple(table)


def slide(cells: bytes, gap: int, source: int) -> bytes:
    """The board after the piece at `source` went to the gap."""
    after = bytearray(cells)
    after[gap], after[source] = after[source], GAP
    return bytes(after)


def distance(piece: int, cell: int, columns: int) -> int:
    """Rows and columns between a cell and the one where the piece belongs."""
    row, column = divmod(cell, columns)
    home_row, home_column = divmod(piece - 1, columns)
    return abs(row - home_row) + abs(column - home_column)


def total_distance(cells: bytes, columns: int) -> int:
    """Distance of all pieces from where they belong: no solution has fewer moves."""
    return sum(distance(piece, cell, columns) for cell, piece in enumerate(cells) if piece != GAP)

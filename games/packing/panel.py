"""What stands beside the well: a wall, and a panel with the pieces to come and how many are left."""

from __future__ import annotations

from functools import lru_cache

from games.packing.faces import BLOCKS, FIRST_NUMBER, PANEL, WALL
from games.packing.pieces import PIECES, greatest_height, longest_side, turned


def num_panel_columns(pieces: range) -> int:
    """Columns of wall and panel together."""
    return 1 + longest_side(pieces)


def num_panel_rows(pieces: range, num_shown: int, has_number: bool) -> int:
    """Rows that the panel needs: pieces with a free row between them, and a row for the number."""
    return num_shown * (greatest_height(pieces) + 1) - 1 + 2 * has_number


@lru_cache(maxsize=8192)
def panel_rows(pieces: range, shown: bytes, num_left: int | None, rows: int) -> tuple[bytes, ...]:
    """The face numbers of wall and panel, row by row.

    Args:
        pieces: The set that pieces are drawn from.
        shown: The pieces to show, the one to place now first, without turns.
        num_left: The number in the lowest row; None for none.
        rows: At least `num_panel_rows`.
    """
    width = longest_side(pieces)
    panel = [bytearray([PANEL]) * width for _ in range(rows)]
    for place, piece in enumerate(shown):
        top = place * (greatest_height(pieces) + 1)
        for row, column in turned(piece, 0).cells:
            panel[top + row][column] = BLOCKS[PIECES[piece].colour]
    if num_left is not None:
        panel[-1][-1] = FIRST_NUMBER + num_left
    return tuple(bytes([WALL]) + line for line in panel)

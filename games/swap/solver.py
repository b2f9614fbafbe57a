"""A good swap: the one that surely clears most."""

from __future__ import annotations

from games.swap.rules import clear, fall, legal_swaps, matched, swap_cells

# Few faces on a large board would match on for long, and nearly every swap does well there.
MAX_WAVES_AHEAD = 4


def best_swap(cells: bytes, rows: int, columns: int, cascades: bool) -> tuple[int, int] | None:
    """The swap that clears most of the tiles on the board, as cell indices; None when no swap makes a match.

    New tiles are unknown, so the cells that they would fill stay empty. Of equal swaps the lowest is taken: the lower
    a match, the more tiles move, and the likelier they match anew.

    Args:
        cascades: Whether matches that fall into place count.
    """
    num_waves = MAX_WAVES_AHEAD if cascades else 1
    best, most = None, 0
    for first, second in reversed(legal_swaps(cells, rows, columns)):
        count = count_cleared(swap_cells(cells, first, second), rows, columns, num_waves)
        if count > most:
            best, most = (first, second), count
    return best


def count_cleared(cells: bytes, rows: int, columns: int, num_waves: int) -> int:
    """Cells that matches clear in this many waves before any new tile takes part."""
    total = 0
    for wave in range(num_waves):
        mask = matched(cells, rows, columns)
        if not mask:
            break
        total += mask.bit_count()
        if wave + 1 < num_waves:
            cells = fall(clear(cells, mask), columns)
    return total

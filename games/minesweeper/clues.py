"""What the open numbers say, and what follows from one or two of them.

Sets of cells are bit masks, bit i for cell i.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from games.minesweeper.rules import HIDDEN, MINE, neighbours

_COVERED = bytes(b"01"[value >= HIDDEN] for value in range(256))


class Clue(NamedTuple):
    """So many mines lie in this set of cells."""

    cells: int
    num_mines: int


class Known(NamedTuple):
    """What is certain of a board, and what is left to find out.

    Attributes:
        safe, mines: Covered cells that surely hold no mine, and those that surely do.
        clues: What the numbers say of the other cells, sorted, each once.
    """

    safe: int
    mines: int
    clues: list[Clue]


@lru_cache(maxsize=256)
def _neighbour_masks(rows: int, columns: int) -> tuple[int, ...]:
    return tuple(sum(1 << cell for cell in near) for near in neighbours(rows, columns))


def covered_cells(shown: bytes) -> int:
    """The cells that are not open."""
    return int(shown.translate(_COVERED)[::-1], 2)


def bits(cells: int) -> Iterator[int]:
    """The cells of a set, in row order."""
    while cells:
        lowest = cells & -cells
        yield lowest.bit_length() - 1
        cells ^= lowest


def read_clues(shown: bytes, rows: int, columns: int) -> list[Clue]:
    """A clue for every open number beside a covered cell. A flag says nothing: whoever put it may have been wrong."""
    covered = covered_cells(shown)
    masks = _neighbour_masks(rows, columns)
    clues = [Clue(masks[cell] & covered, value) for cell, value in enumerate(shown) if 0 < value < MINE]
    return [clue for clue in clues if clue.cells]


def deduce(clues: list[Clue]) -> Known:
    """What follows from single clues and from pairs of them.

    Of two clues with counts m and n, where the second has n - m cells outside the first, these are all mines and those
    that the first has outside the second are all safe. A clue within another is the case n = m or |outside| = n - m.
    """
    safe = mines = 0
    is_new = True
    while is_new:
        while is_new:
            is_new, clues, safe, mines = _use_single(clues, safe, mines)
        for first, first_mines in clues:
            for second, second_mines in clues:
                if second_mines - first_mines == (second & ~first).bit_count() and first != second:
                    mines |= second & ~first
                    safe |= first & ~second
                    is_new = True
    return Known(safe, mines, clues)


def _use_single(clues: list[Clue], safe: int, mines: int) -> tuple[bool, list[Clue], int, int]:
    """Take known cells out of the clues and use up those that now leave no choice; whether any did comes first."""
    left = set()
    found = False
    for cells, num_mines in clues:
        num_mines -= (cells & mines).bit_count()
        cells &= ~(safe | mines)
        if not cells:
            continue
        if num_mines == 0:
            safe |= cells
            found = True
        elif num_mines == cells.bit_count():
            mines |= cells
            found = True
        else:
            left.add(Clue(cells, num_mines))
    return found, sorted(left), safe, mines

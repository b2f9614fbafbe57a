"""The rules: which swaps make a match, what a match clears, and how tiles fall.

Boards are bytes, a face per cell in row order, 0 for an empty cell; they have at least three columns. A match is a run
of three or more equal faces in a row or a column. A board is searched as one whole number of a byte a cell: shifted
against itself, it tells all cells that equal a neighbour some fixed step away at once. Such hits are a mask, a whole
number too: the highest bit of a cell's byte. A swap makes a match where three equal cells lie in one of sixteen
patterns: a run with one tile a step beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple, TypeAlias

Mask: TypeAlias = int
Step: TypeAlias = tuple[int, int]

_HIGH_BIT = 0x80
_ACROSS: Step = (0, 1)
_DOWN: Step = (1, 0)
# Along a line: where the two cells that complete a run lie, seen from the cell that is filled.
_PARTNERS = ((-2, -1), (-1, 1), (1, 2))


# Steps, in row order, by which two cells of a pattern may lie apart; each pattern has two of them. The first two swap.
_STEPS: tuple[Step, ...] = (_ACROSS, _DOWN, (0, 2), (2, 0), (1, -1), (1, 1))


class Pattern(NamedTuple):
    """Three equal cells that make a swap a match.

    They lie where step number `a` finds two equal cells and step number `b` does too, `gap` bits later; the swap's
    second cell is `shift` bits further than the first of them.
    """

    a: int
    b: int
    gap: int
    shift: int


@dataclass(frozen=True, slots=True)
class Tables:
    """What a search needs to know of a size of board.

    Attributes:
        high: The mask of all cells.
        steps: For each of the steps, its length in bits and the mask of the cells from which it stays on the board.
        patterns: Of swaps across, and of swaps down.
    """

    high: Mask
    steps: tuple[tuple[int, Mask], ...]
    patterns: tuple[tuple[Pattern, ...], tuple[Pattern, ...]]


@lru_cache(maxsize=256)
def tables(rows: int, columns: int) -> Tables:
    """The tables of a size of board."""

    def bits(step: Step) -> int:
        return 8 * (step[0] * columns + step[1])

    def mask(down: int, right: int) -> Mask:
        cells = [(r, c) for r in range(rows - down) for c in range(columns) if 0 <= c + right < columns]
        return sum(_HIGH_BIT << bits(cell) for cell in cells)

    def pattern(cells: list[Step], second: Step) -> Pattern:
        pairs = [(p, (q[0] - p[0], q[1] - p[1])) for p, q in combinations(sorted(cells), 2)]
        (p, a), (q, b) = [(start, step) for start, step in pairs if step in _STEPS][:2]
        return Pattern(_STEPS.index(a), _STEPS.index(b), bits(q) - bits(p), bits(second) - bits(p))

    across, down = (tuple(pattern(cells, step) for cells in _patterns(step)) for step in (_ACROSS, _DOWN))
    return Tables(mask(0, 0), tuple((bits(step), mask(*step)) for step in _STEPS), (across, down))


def _patterns(step: Step) -> Iterator[list[Step]]:
    """The eight ways in which three equal cells make a swap of (0,0) with `step` a match, as (row, column)."""
    for place, origin in (((0, 0), step), (step, (0, 0))):
        for down, right in (_ACROSS, _DOWN):
            for offsets in _PARTNERS:
                partners = [(place[0] + n * down, place[1] + n * right) for n in offsets]
                if origin not in partners:
                    yield [origin, *partners]


def _equal(cells: bytes, found: Tables, num_steps: int) -> list[Mask]:
    """For each of the first steps, the cells whose face is that of the cell a step further."""
    board, high = int.from_bytes(cells, "little"), found.high
    # Taking a byte of 1 .. 127 from 128 clears the high bit, taking 0 leaves it; no byte borrows from another.
    return [(high - (board ^ board >> step)) & mask for step, mask in found.steps[:num_steps]]


def _swap_masks(cells: bytes, rows: int, columns: int) -> Iterator[tuple[int, Mask]]:
    """The swaps that make a match, pattern by pattern: number of the swap's step, and the swaps' second cells."""
    found = tables(rows, columns)
    equal = _equal(cells, found, len(_STEPS))
    for kind, patterns in enumerate(found.patterns):
        different = ~(equal[kind] << found.steps[kind][0])
        for a, b, gap, shift in patterns:
            second_cells = (equal[a] & (equal[b] >> gap)) << shift & different
            if second_cells:
                yield kind, second_cells


def has_legal_swap(cells: bytes, rows: int, columns: int) -> bool:
    """Whether any swap makes a match."""
    return any(True for _ in _swap_masks(cells, rows, columns))


def legal_swaps(cells: bytes, rows: int, columns: int) -> list[tuple[int, int]]:
    """Every swap of neighbours that makes a match, as (smaller, larger) cell indices, sorted."""
    swaps = set()
    for kind, mask in _swap_masks(cells, rows, columns):
        while mask:
            second = mask.bit_length() // 8 - 1
            mask ^= _HIGH_BIT << 8 * second
            swaps.add((second - (1, columns)[kind], second))
    return sorted(swaps)


def swap_cells(cells: bytes, first: int, second: int) -> bytes:
    """The board with the tiles of two cells exchanged."""
    after = bytearray(cells)
    after[first], after[second] = after[second], after[first]
    return bytes(after)


def is_adjacent(columns: int, first: int, second: int) -> bool:
    """Whether two cells, given as indices, share a side."""
    low, high = min(first, second), max(first, second)
    return high - low == columns or (high - low == 1 and high % columns > 0)


def matched(cells: bytes, rows: int, columns: int) -> Mask:
    """The cells of runs of three or more equal tiles; 0 when there are none."""
    found = tables(rows, columns)
    mask = 0
    for (step, _), same in zip(found.steps, _equal(cells, found, 2)):
        run = same & same >> step
        mask |= run | run << step | run << 2 * step
    return mask & ~(found.high - int.from_bytes(cells, "little")) if 0 in cells else mask


def match_by_swap(cells: bytes, rows: int, columns: int, first: int, second: int) -> tuple[bytes, Mask]:
    """The board with two neighbours exchanged, and its matches; no matches unless the swap itself makes one."""
    if cells[first] == cells[second] or not is_adjacent(columns, first, second):
        return cells, 0
    swapped = swap_cells(cells, first, second)
    mask = matched(swapped, rows, columns)
    return swapped, mask if mask & (_HIGH_BIT << 8 * first | _HIGH_BIT << 8 * second) else 0


def clear(cells: bytes, mask: Mask) -> bytes:
    """The board with the cells of a mask empty."""
    gone = (mask >> 7) * 255
    return (int.from_bytes(cells, "little") & ~gone).to_bytes(len(cells), "little")


def fall(cells: bytes, columns: int, fresh: bytes = b"") -> bytes:
    """The board after the tiles above empty cells have fallen.

    Args:
        fresh: Faces for the cells then empty, column by column and from the top; without them they stay empty.
    """
    board = bytearray(cells)
    used = 0
    for column in range(columns):
        line = cells[column::columns]
        num_empty = line.count(0)
        if num_empty:
            top = fresh[used : used + num_empty].rjust(num_empty, b"\0")
            board[column::columns] = top + line.replace(b"\0", b"")
            used += num_empty
    return bytes(board)

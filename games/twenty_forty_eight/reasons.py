"""What each slide does: the tiles it merges, the room it leaves, where the largest tile ends up."""

from __future__ import annotations

from collections import Counter

from numpy.random import Generator

from games.core.claims import (
    ChangesNothing,
    Claim,
    KeepsLargest,
    LeavesEmpty,
    LooksBest,
    Merges,
    MergesNothing,
)
from games.core.reasons import Candidate, Reasons, draw
from games.twenty_forty_eight.rules import MOVES, column_slices, row_slices, slide
from games.twenty_forty_eight.solver import find_move, num_moves_ahead


def explain_move(cells: bytes, rows: int, columns: int, action: str, rng: Generator, num_others: int) -> Reasons:
    """Reasons for a legal move, beside the other directions."""
    others = draw([move for move in MOVES if move != action], num_others, rng)
    outlook = (LooksBest(num_moves_ahead(cells)),) if action == find_move(cells, rows, columns) else ()
    found = [_candidate(cells, rows, columns, move) for move in others]
    return Reasons(_candidate(cells, rows, columns, action), tuple(found), outlook)


def _candidate(cells: bytes, rows: int, columns: int, move: str) -> Candidate:
    after, _ = slide(cells, rows, columns, move)
    if after == cells:
        return Candidate(move, False, (ChangesNothing(),))
    merged = _merged(cells, rows, columns, move)
    claims: list[Claim] = [Merges(str(1 << tile), str(2 << tile), merged[tile]) for tile in sorted(merged)]
    claims = claims or [MergesNothing()]
    claims.append(LeavesEmpty(after.count(0)))
    largest = max(after)
    index = after.index(largest)
    row, column = divmod(index, columns)
    if after.count(largest) == 1 and row in (0, rows - 1) and column in (0, columns - 1):
        claims.append(KeepsLargest(str(1 << largest), (row, column)))
    return Candidate(move, True, tuple(claims))


def _merged(cells: bytes, rows: int, columns: int, move: str) -> Counter[int]:
    """How many pairs of each exponent a slide merges."""
    parts = row_slices(rows, columns) if move in ("left", "right") else column_slices(rows, columns)
    merged: Counter[int] = Counter()
    for part in parts:
        line = [tile for tile in (cells[part] if move in ("left", "up") else cells[part][::-1]) if tile]
        place = 0
        while place + 1 < len(line):
            if line[place] == line[place + 1]:
                merged[line[place]] += 1
                place += 1
            place += 1
    return merged

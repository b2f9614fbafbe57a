"""A player that tries the pieces shown, one after the other, and keeps the most promising wells at each.

Wells are held as a bit mask per row, the top row first, bit c for column c. A well is worth less for blocks that stand
high, for empty cells under blocks, for changes between full and empty along rows and columns, and for uneven tops. All
numbers are whole, so that the same well gives the same placement on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from games.packing.pieces import Turned, different_turns, turned
from games.packing.rules import Placement

CLEARED, HEIGHT, HOLES, ACROSS, DOWN, UNEVEN = 15, 7, 41, 11, 19, 7
WIDTH_OF_SEARCH = 8
Rows = tuple[int, ...]


class _Line(NamedTuple):
    """What a row of placements leads to; compared by worth, then by the rest, so that ties have one order."""

    worth: int
    num_cleared: int
    first: Placement
    rows: Rows


def choose_placement(well: bytes, columns: int, pieces: Sequence[int]) -> Placement | None:
    """Where to put the first of the pieces shown; None when it has no place."""
    rows = tuple(
        sum(1 << column for column, value in enumerate(well[start : start + columns]) if value)
        for start in range(0, len(well), columns)
    )
    best: Placement | None = None
    lines = [_Line(0, 0, Placement(0, 0), rows)]
    for number, piece in enumerate(pieces):
        lines = [after for line in lines for after in _expand(line, columns, piece, is_first=number == 0)]
        if not lines:
            break
        lines.sort(key=lambda line: (-line.worth, line.first))
        best = lines[0].first
        lines = lines[:WIDTH_OF_SEARCH]
    return best


def _expand(line: _Line, columns: int, piece: int, is_first: bool) -> list[_Line]:
    after = []
    full = (1 << columns) - 1
    # Where a block is, or was passed on the way down: a piece falls through neither.
    shade = list(accumulate(line.rows, int.__or__))
    for turns in different_turns(piece):
        figure = turned(piece, turns)
        masks = _row_masks(figure)
        for column in range(columns - figure.width + 1):
            rows, num_cleared = _drop(line.rows, shade, [mask << column for mask in masks], full)
            if rows:
                cleared = line.num_cleared + num_cleared
                first = Placement(column, turns) if is_first else line.first
                after.append(_Line(CLEARED * cleared - _burden(rows, full), cleared, first, rows))
    return after


def _row_masks(figure: Turned) -> list[int]:
    masks = [0] * figure.height
    for row, column in figure.cells:
        masks[row] |= 1 << column
    return masks


def _drop(rows: Rows, shade: list[int], masks: list[int], full: int) -> tuple[Rows, int]:
    """The rows after a drop, and how many were cleared; no rows when the piece finds no place."""
    top = 0
    height = len(masks)
    while top + height <= len(rows) and not any(map(int.__and__, shade[top : top + height], masks)):
        top += 1
    top -= 1
    if top < 0:
        return (), 0
    changed = [row | mask for row, mask in zip(rows[top : top + height], masks, strict=True)]
    kept = [row for row in changed if row != full]
    num_cleared = height - len(kept)
    return ((0,) * num_cleared + rows[:top] + tuple(kept) + rows[top + height :]), num_cleared


def _burden(rows: Rows, full: int) -> int:
    """What speaks against a well."""
    covered = above = 0
    height = holes = across = down = uneven = 0
    walls = full + 1 << 1 | 1
    for row in rows:
        holes += (covered & ~row).bit_count()
        covered |= row
        height += covered.bit_count()
        uneven += ((covered ^ covered >> 1) & full >> 1).bit_count()
        if row:
            walled = row << 1 | walls
            across += ((walled ^ walled >> 1) & (full << 1 | 1)).bit_count()
        down += (row ^ above).bit_count()
        above = row
    down += (full & ~above).bit_count()
    return HEIGHT * height + HOLES * holes + ACROSS * across + DOWN * down + UNEVEN * uneven

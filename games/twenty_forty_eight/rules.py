"""Slides, new tiles and the end, on boards held as bytes: a cell holds its tile's exponent in row order, 0 when empty.

A slide works on each row or column by itself, so what a slide does to a line is worked out once and then looked up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from numpy.random import Generator

MOVES = ("up", "down", "left", "right")
TWO, FOUR = 1, 2
MAX_LINES = 1 << 16
TOWARDS_START, TOWARDS_END = 1, 2

_MOVE: dict[str, tuple[bool, int]] = {"up": (False, 0), "down": (False, 1), "left": (True, 0), "right": (True, 1)}


class Slid(NamedTuple):
    """What slides do to one line.

    Attributes:
        ends: The line after a slide towards its first cell, and after one towards its last cell.
        score: Sum of the tiles made by merging; the same for both.
        moves: TOWARDS_START and TOWARDS_END, added up, where that slide changes the line.
    """

    ends: tuple[bytes, bytes]
    score: int
    moves: int


def _slide_line(line: bytes) -> tuple[bytes, int]:
    """A line slid towards its first cell, and the sum of the tiles made: each tile merges once, the foremost first."""
    tiles: list[int] = []
    score, can_merge = 0, False
    for tile in line:
        if not tile:
            continue
        if can_merge and tiles[-1] == tile:
            tiles[-1] += 1
            score += 1 << tiles[-1]
            can_merge = False
        else:
            tiles.append(tile)
            can_merge = True
    return bytes(tiles).ljust(len(line), b"\0"), score


class _Lines(dict[bytes, Slid]):
    """Every line met so far; emptied when it gets large, which changes no answer."""

    def __missing__(self, line: bytes) -> Slid:
        to_start, score = _slide_line(line)
        to_end = _slide_line(line[::-1])[0][::-1]
        moves = TOWARDS_START * (to_start != line) + TOWARDS_END * (to_end != line)
        if len(self) >= MAX_LINES:
            self.clear()
        slid = self[line] = Slid((to_start, to_end), score, moves)
        return slid


_LINES = _Lines()
# Which moves are legal, by TOWARDS_START and TOWARDS_END of the columns, then of the rows.
_LEGAL = tuple(
    tuple(move for bit, move in enumerate(MOVES) if (down | across << 2) >> bit & 1)
    for down in range(4)
    for across in range(4)
)


@lru_cache(maxsize=64)
def row_slices(rows: int, columns: int) -> tuple[slice, ...]:
    """The part of a board's bytes that each row is."""
    return tuple(slice(start, start + columns) for start in range(0, rows * columns, columns))


@lru_cache(maxsize=64)
def column_slices(rows: int, columns: int) -> tuple[slice, ...]:
    """The part of a board's bytes that each column is."""
    return tuple(slice(start, rows * columns, columns) for start in range(columns))


def slide(cells: bytes, rows: int, columns: int, move: str) -> tuple[bytes, int]:
    """The board after a slide, before a new tile appears, and the sum of the tiles made by merging.

    The board comes back equal when nothing moves. Raises KeyError for what is not one of MOVES.
    """
    is_across, side = _MOVE[move]
    score = 0
    parts = []
    for part in row_slices(rows, columns) if is_across else column_slices(rows, columns):
        slid = _LINES[cells[part]]
        parts.append(slid[0][side])
        score += slid[1]
    after = b"".join(parts)
    if not is_across:
        # The columns lie one after the other; their first cells make up the first row.
        after = b"".join([after[part] for part in column_slices(columns, rows)])
    return after, score


def legal_moves(cells: bytes, rows: int, columns: int) -> tuple[str, ...]:
    """The moves that change the board, in the order of MOVES."""
    across = down = 0
    for part in row_slices(rows, columns):
        across |= _LINES[cells[part]][2]
    for part in column_slices(rows, columns):
        down |= _LINES[cells[part]][2]
    return _LEGAL[down << 2 | across]


def is_stuck(cells: bytes, rows: int, columns: int) -> bool:
    """Whether no move changes a board that holds a tile."""
    return 0 not in cells and not legal_moves(cells, rows, columns)


def add_tile(cells: bytes, four_probability: float, rng: Generator) -> bytes:
    """The board with a new tile, a 4 with the given probability, else a 2, in an empty cell drawn uniformly.

    One number is drawn: of it, times the number of empty cells, the whole part picks the cell and the rest the tile.
    """
    place = rng.random() * cells.count(0)
    nth = int(place)
    index = cells.find(0)
    for _ in range(nth):
        index = cells.find(0, index + 1)
    tile = b"\2" if place - nth < four_probability else b"\1"
    return cells[:index] + tile + cells[index + 1 :]


def largest_exponent(num_cells: int, largest_new: int) -> int:
    """Exponent of the largest tile that a board can ever hold, when new tiles have exponents up to `largest_new`.

    When k tiles of exponent e first lie side by side, k + 1 of at least e - 1 lay there before the slide, and so on
    down to new tiles, each in a cell of its own: the k-th largest tile has at most this exponent less k - 1.
    """
    return num_cells + largest_new - 1

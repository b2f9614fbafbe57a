"""The pieces: every connected figure of two, three or four blocks, mirror images apart, and their quarter turns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from games.core.types import Cell

NUM_TURNS = 4


class Piece(NamedTuple):
    """A kind of piece.

    Attributes:
        colour: Name of the colour of its blocks.
        picture: Its blocks before any turn, `#` in rows from the top.
    """

    colour: str
    picture: tuple[str, ...]


class Turned(NamedTuple):
    """A piece after some quarter turns.

    Attributes:
        cells: (row, column) of each block, from the upper left corner of the smallest box around them.
        height, width: Of that box.
        lowest: Row of the lowest block in each column of the box.
    """

    cells: tuple[Cell, ...]
    height: int
    width: int
    lowest: tuple[int, ...]


PIECES: tuple[Piece, ...] = (
    Piece("cyan", ("##",)),
    Piece("cyan", ("###",)),
    Piece("orange", (".#", "##")),
    Piece("cyan", ("####",)),
    Piece("yellow", ("##", "##")),
    Piece("purple", (".#.", "###")),
    Piece("green", (".##", "##.")),
    Piece("red", ("##.", ".##")),
    Piece("blue", ("#..", "###")),
    Piece("orange", ("..#", "###")),
)
SETS: Mapping[str, range] = {
    "dominoes": range(1),
    "trominoes": range(1, 3),
    "tetrominoes": range(3, 10),
    "mixed": range(10),
}
"""Numbers of the pieces in each set."""


@cache
def turned(piece: int, turns: int) -> Turned:
    """Piece number `piece` after so many quarter turns clockwise."""
    picture = PIECES[piece].picture
    for _ in range(turns):
        picture = tuple("".join(line) for line in zip(*reversed(picture), strict=True))
    cells = tuple((row, column) for row, line in enumerate(picture) for column, dot in enumerate(line) if dot == "#")
    lowest = tuple(max(row for row, column in cells if column == place) for place in range(len(picture[0])))
    return Turned(cells, len(picture), len(picture[0]), lowest)


@cache
def different_turns(piece: int) -> tuple[int, ...]:
    """The numbers of turns that make different figures, the smallest number for each."""
    figures = [turned(piece, turns) for turns in range(NUM_TURNS)]
    return tuple(turns for turns, figure in enumerate(figures) if figure not in figures[:turns])


def longest_side(pieces: range) -> int:
    """Blocks of the longest piece in a row."""
    return max(turned(piece, 0).width for piece in pieces)


def greatest_height(pieces: range) -> int:
    """Rows that the pieces of a set take before they are turned."""
    return max(turned(piece, 0).height for piece in pieces)

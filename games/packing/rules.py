"""Where pieces come to rest, and rows that are cleared.

Wells are bytes: a value per cell in row order, 0 when empty.
"""

from __future__ import annotations

from typing import NamedTuple

from games.packing.pieces import NUM_TURNS, Turned, different_turns, turned


class Placement(NamedTuple):
    """The leftmost column that a piece covers, and its quarter turns clockwise."""

    column: int
    turns: int


def top_rows(well: bytes, columns: int) -> list[int]:
    """The row of the highest block in each column; the number of rows for an empty column."""
    rows = len(well) // columns
    return [rows - len(well[column::columns].lstrip(b"\0")) for column in range(columns)]


def rest_row(tops: list[int], column: int, piece: Turned) -> int:
    """The row in which the top of a piece comes to rest; below 0 when it would stand out of the well.

    Args:
        tops: Row of the highest block of each column, from `top_rows`.
        column: Leftmost column of the piece; the piece must fit between the walls.
    """
    return min([tops[column + place] - lowest for place, lowest in enumerate(piece.lowest)]) - 1


def can_place(well: bytes, columns: int, piece: int, placement: Placement) -> bool:
    """Whether the piece fits between the walls and comes to rest with all its blocks in the well."""
    column, turns = placement
    if not (0 <= turns < NUM_TURNS and 0 <= column <= columns - turned(piece, turns).width):
        return False
    return rest_row(top_rows(well, columns), column, turned(piece, turns)) >= 0


def legal_placements(well: bytes, columns: int, piece: int) -> list[Placement]:
    """Every placement of the piece, one of those that do the same, sorted."""
    tops = top_rows(well, columns)
    placements = []
    for turns in different_turns(piece):
        figure = turned(piece, turns)
        for column in range(columns - figure.width + 1):
            if rest_row(tops, column, figure) >= 0:
                placements.append(Placement(column, turns))
    placements.sort()
    return placements


def has_placement(well: bytes, columns: int, piece: int) -> bool:
    """Whether the piece can be placed at all."""
    tops = top_rows(well, columns)
    for turns in different_turns(piece):
        figure = turned(piece, turns)
        for column in range(columns - figure.width + 1):
            if rest_row(tops, column, figure) >= 0:
                return True
    return False


def place(well: bytes, columns: int, piece: int, placement: Placement, value: int) -> tuple[bytes, int]:
    """The well after a piece was dropped, and how many full rows were cleared; what lay above them has moved down.

    Args:
        placement: A legal one.
        value: What the cells of the piece's blocks are set to.
    """
    column, turns = placement
    figure = turned(piece, turns)
    top = rest_row(top_rows(well, columns), column, figure)
    after = bytearray(well)
    for row, place in figure.cells:
        after[(top + row) * columns + column + place] = value
    num_cleared = 0
    for row in range(top, top + figure.height):
        start = row * columns
        if 0 not in after[start : start + columns]:
            # Lower rows keep their place, so the next row to look at is still the next one.
            after[: start + columns] = bytes(columns) + after[:start]
            num_cleared += 1
    return bytes(after), num_cleared

"""How to come by a legal swap: line by line, what two equal tiles lack, and whether it is beside the gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from games.board.actions import Pair
from games.core.claims import Claim, Lacks, NoGap, Reads, Shows
from games.core.search import Search
from games.core.types import Cell

LENGTH = 3
"""Cells of a line; a longer match has a line of three in it that the swap completes."""


def search_swap(labels: Mapping[Cell, str], rows: int, columns: int) -> Search | None:
    """Look at all lines of three cells, those of the rows first, until one can be completed.

    Every legal swap completes such a line, so one is found wherever there is one.

    Args:
        labels: Of every cell of a board of these rows and columns.
    """
    steps: list[tuple[Claim, ...]] = []
    for line in lines(rows, columns):
        claims: list[Claim] = [Reads(line, tuple(labels[cell] for cell in line))]
        gap = odd_one(line, labels)
        if gap is None:
            steps.append((*claims, NoGap(line)))
            continue
        face = next(labels[cell] for cell in line if cell != gap)
        claims.append(Lacks(line, gap, face))
        for source in neighbours(gap):
            if source not in labels or source in line:
                continue
            claims.append(Shows((source,), labels[source]))
            if labels[source] == face:
                first, second = sorted((gap, source))
                return Search((*steps, tuple(claims)), Pair(*first, *second))
        steps.append(tuple(claims))
    return None


def lines(rows: int, columns: int) -> Iterator[tuple[Cell, ...]]:
    """All lines of three cells: across, in reading order, then down, column by column."""
    for row in range(rows):
        for column in range(columns - LENGTH + 1):
            yield tuple((row, column + step) for step in range(LENGTH))
    for column in range(columns):
        for row in range(rows - LENGTH + 1):
            yield tuple((row + step, column) for step in range(LENGTH))


def odd_one(line: tuple[Cell, ...], labels: Mapping[Cell, str]) -> Cell | None:
    """The one cell whose label the two others, which are equal, do not share; None where it is not so."""
    faces = [labels[cell] for cell in line]
    odd = [cell for cell, face in zip(line, faces, strict=True) if faces.count(face) == 1]
    return odd[0] if len(odd) == 1 else None


def neighbours(cell: Cell) -> Iterator[Cell]:
    """The cells above, left, right and below, on the board or not."""
    row, column = cell
    yield from ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column))

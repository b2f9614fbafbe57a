"""Cells in words: `(row,column)` coordinates, 0-based, row first, from the top left, and boards of labelled cells.

The readers work on tokens in one pass, so they take linear time whatever they are given. Digits and letters are
ASCII only, and a number has one spelling: `00` and `+1` are no coordinates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from operator import getitem

from games.core.types import Cell, Labels

MAX_LABEL_WORDS = 4
_TOKEN = re.compile(r"[A-Za-z0-9]+|[^\s]", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9]+", re.ASCII)


@cache
def _numbers(count: int) -> Mapping[str, int]:
    return {str(value): value for value in range(count)}


def cell_text(row: int, column: int) -> str:
    """`(row,column)`."""
    return f"({row},{column})"


@lru_cache(maxsize=64)
def cell_table(rows: int, columns: int, labels: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """By cell, in row order, and by label number: the cell in words, with the separator that follows it."""
    ends = ["; "] * (columns - 1) + ["\n"]
    return tuple(
        tuple(f"{cell_text(row, column)} {label}{ends[column]}" for label in labels)
        for row in range(rows)
        for column in range(columns)
    )


def write_cells(numbers: Sequence[int], rows: int, columns: int, labels: tuple[str, ...]) -> str:
    """A board in words: one line a row, cells as `(0,0) label`, separated by `; `.

    Args:
        numbers: A label number per cell, in row order; bytes serve.
        labels: The words of each label number.
    """
    return "".join(map(getitem, cell_table(rows, columns, labels), numbers))[:-1]


def write_cells_form(rows: int, columns: int, labels: Sequence[str]) -> str:
    """The form of `write_cells` as a prompt shows it: the first cells of a board, with these labels as examples.

    Args:
        labels: Words of up to four cells, in row order.
    """
    lines = [[f"{cell_text(row, column)} " for column in range(min(2, columns))] for row in range(min(2, rows))]
    label = iter(labels)
    end = "; ..." if columns > 2 else ""
    shown = ["; ".join(cell + next(label) for cell in line) + end for line in lines]
    return "\n".join(["every cell, one line per row:", *shown, *(["..."] if rows > 2 else [])])


def read_cells(text: str, rows: int, columns: int, partial: bool = False) -> Labels | None:
    """Inverse of `write_cells`: the label of every cell stated, in lower case; some cells may be missing.

    White space and line breaks are free, the `; ` may be left out at the end of a line, and letter case does not
    count. Anything else that is not of the form gives None; with `partial` it costs only the cells up to the next
    `;`, and a cell stated twice counts as not stated. None when no cell is read.
    """
    labels: Labels = {}
    doubled: set[Cell] = set()
    is_clean = True
    for piece in text.split(";"):
        entries = _read_piece(piece, rows, columns)
        is_clean = is_clean and entries is not None
        for cell, label in entries or ():
            if cell in labels:
                doubled.add(cell)
            labels[cell] = label
    if not partial:
        return labels if is_clean and not doubled else None
    return {cell: label for cell, label in labels.items() if cell not in doubled} or None


def _read_piece(piece: str, rows: int, columns: int) -> list[tuple[Cell, str]] | None:
    """The cells of `(0,3) blue circle (1,0) empty`, None when the piece is not one or more cells in that form."""
    tokens = _TOKEN.findall(piece)
    entries: list[tuple[Cell, str]] = []
    start = 0
    while start < len(tokens):
        cell = _read_cell(tokens, start, rows, columns)
        if cell is None:
            return None
        start = end = start + 5
        while end < len(tokens) and _WORD.match(tokens[end]):
            end += 1
        if not 1 <= end - start <= MAX_LABEL_WORDS:
            return None
        entries.append((cell, " ".join(tokens[start:end]).lower()))
        start = end
    return entries or None


def _read_cell(tokens: Sequence[str], start: int, rows: int, columns: int) -> Cell | None:
    if (
        tokens[start : start + 1] != ["("]
        or tokens[start + 2 : start + 3] != [","]
        or tokens[start + 4 : start + 5] != [")"]
    ):
        return None
    row, column = _numbers(rows).get(tokens[start + 1]), _numbers(columns).get(tokens[start + 3])
    return None if row is None or column is None else (row, column)


def read_coordinates(text: str, count: int, rows: int, columns: int) -> list[Cell] | None:
    """Exactly `count` cells, `(0,3) (1,2)`, with free white space and a comma allowed between two; None otherwise."""
    tokens = _TOKEN.findall(text)
    cells: list[Cell] = []
    start = 0
    for position in range(count):
        if position and tokens[start : start + 1] == [","]:
            start += 1
        cell = _read_cell(tokens, start, rows, columns)
        if cell is None:
            return None
        cells.append(cell)
        start += 5
    return cells if start == len(tokens) else None

"""Layouts of mines, with a first region open."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from games.minesweeper.clues import bits, covered_cells
from games.minesweeper.rules import HIDDEN, MINE, is_over, lay_mines, neighbours, open_cell
from games.minesweeper.solver import finish

MAX_TRIES = 20
MAX_MOVES = 60


def deal_any(rng: Generator, rows: int, columns: int, num_mines: int) -> tuple[bytes, bytes]:
    """A layout and what is seen of it: a region around a cell without mines near, drawn uniformly; more can be opened.

    Mines fill at most a third of the cells.
    """
    for _ in range(MAX_TRIES):
        start, mines = _draw(rng, rows, columns, num_mines)
        layout = lay_mines(mines, rows, columns)
        shown = open_cell(layout, bytes([HIDDEN]) * len(layout), start, rows, columns)
        if not is_over(shown, num_mines):
            return layout, shown
    return pack(rng, rows, columns, num_mines)


def deal_solvable(rng: Generator, rows: int, columns: int, num_mines: int) -> tuple[bytes, bytes]:
    """A layout and what is seen of it, which can be finished without a guess.

    Layouts are drawn until one can be; then mines that cannot be told are moved elsewhere; a packed layout, which
    surely can be finished, is the last resort.
    """
    for _ in range(MAX_TRIES):
        layout, shown = deal_any(rng, rows, columns, num_mines)
        if is_over(finish(layout, shown, rows, columns, num_mines), num_mines):
            return layout, shown
    return _repair(rng, layout, shown, rows, columns, num_mines) or pack(rng, rows, columns, num_mines)


def _draw(rng: Generator, rows: int, columns: int, num_mines: int) -> tuple[int, list[int]]:
    """A cell to start from and mines, none of them in it or beside it; a cell more than the mines is left for them."""
    size = rows * columns
    near = neighbours(rows, columns)
    starts = [cell for cell in range(size) if size - len(near[cell]) - 1 > num_mines]
    start = starts[int(rng.integers(len(starts)))]
    return start, _choose(rng, [cell for cell in range(size) if cell != start and cell not in near[start]], num_mines)


def _choose(rng: Generator, cells: list[int], count: int) -> list[int]:
    chosen: list[int] = rng.permutation(cells)[:count].tolist()
    return chosen


def _repair(
    rng: Generator, layout: bytes, shown: bytes, rows: int, columns: int, num_mines: int
) -> tuple[bytes, bytes] | None:
    """Move one mine at a time from where logic gets stuck, and keep what does not make it stick earlier."""
    near = neighbours(rows, columns)
    start = shown.index(0)
    stuck = finish(layout, shown, rows, columns, num_mines)
    for _ in range(MAX_MOVES):
        covered = [cell for cell in bits(covered_cells(stuck)) if cell != start and cell not in near[start]]
        border = [c for c in covered if layout[c] == MINE and any(stuck[beside] < MINE for beside in near[c])]
        free = [cell for cell in covered if layout[cell] != MINE]
        mines = {cell for cell, value in enumerate(layout) if value == MINE}
        moved = lay_mines(mines - set(_choose(rng, border, 1)) | set(_choose(rng, free, 1)), rows, columns)
        opened = open_cell(moved, bytes([HIDDEN]) * len(moved), start, rows, columns)
        after = finish(moved, opened, rows, columns, num_mines)
        if is_over(opened, num_mines) or after.count(HIDDEN) > stuck.count(HIDDEN):
            continue
        layout, shown, stuck = moved, opened, after
        if is_over(stuck, num_mines):
            return layout, shown
    return None


def pack(rng: Generator, rows: int, columns: int, num_mines: int) -> tuple[bytes, bytes]:
    """A layout of mines side by side at one end of the board with one safe cell behind them, turned at random.

    Whole rows of mines lie at the bottom. The row above them has its first cell free, then the mines left over; where
    none is left over, its last cell is free instead and the mine in question one row higher. The numbers in the row
    above count two cells at its ends and three elsewhere, which tells the mines of that row one by one.
    """
    full, rest = divmod(num_mines, columns)
    board = np.zeros((rows, columns), np.bool_)
    board[rows - full :] = True
    if rest:
        board[rows - full - 1, 1 : 1 + rest] = True
    else:
        board[rows - full, -1], board[rows - full - 1, -1] = False, True
    start = np.zeros_like(board)
    start[0, 0] = True
    flips = (slice(None, None, 1 - 2 * int(rng.integers(2))), slice(None, None, 1 - 2 * int(rng.integers(2))))
    layout = lay_mines(np.flatnonzero(board[flips]).tolist(), rows, columns)
    return layout, open_cell(layout, bytes([HIDDEN]) * len(layout), int(np.flatnonzero(start[flips])[0]), rows, columns)

"""Boards of up to 3 x 3 cells: the exact number of moves from every board to the solved one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from games.sliding_puzzle.rules import GAP, solved_board, sources

MAX_SIDE = 3
Boards = NDArray[np.uint8]
Codes = NDArray[np.int64]


def fewest_moves(cells: bytes, rows: int, columns: int) -> int:
    """Moves of the shortest solution of a board that can be solved."""
    codes, moves = _table(rows, columns)
    return int(moves[codes.searchsorted(_code(np.frombuffer(cells, np.uint8)[None])[0])])


@lru_cache(maxsize=8)
def _table(rows: int, columns: int) -> tuple[Codes, NDArray[np.uint8]]:
    """The codes of all boards that can be solved, ascending, and the moves that each one needs."""
    boards = np.frombuffer(solved_board(rows, columns), np.uint8)[None]
    codes, before = _code(boards), np.empty(0, np.int64)
    levels = []
    while len(codes):
        levels.append(codes)
        boards = _after_a_move(boards, rows, columns)
        reached, places = np.unique(_code(boards), return_index=True)
        # A move changes the parity of the distance, so a board is new unless it was reached two levels ago.
        is_new = ~np.isin(reached, before, assume_unique=True)
        boards, before, codes = boards[places[is_new]], codes, reached[is_new]
    moves = np.repeat(np.arange(len(levels), dtype=np.uint8), [len(level) for level in levels])
    everything = np.concatenate(levels)
    order = everything.argsort()
    return everything[order], moves[order]


def _code(boards: Boards) -> Codes:
    """Boards, (B, cells), as whole numbers."""
    num_cells = boards.shape[1]
    return np.asarray(boards.astype(np.int64) @ (num_cells ** np.arange(num_cells, dtype=np.int64)))


def _after_a_move(boards: Boards, rows: int, columns: int) -> Boards:
    """All boards that a move leads to from any of the boards, some of them more than once."""
    gaps, after = (boards == GAP).argmax(axis=1), []
    for gap, table in enumerate(sources(rows, columns)):
        for source in table.values():
            moved = boards[gaps == gap]
            moved[:, gap], moved[:, source] = moved[:, source], GAP
            after.append(moved)
    return np.concatenate(after)

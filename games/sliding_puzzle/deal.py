"""Openings: the finished board, shuffled by random moves."""

from __future__ import annotations

from numpy.random import Generator

from games.sliding_puzzle.rules import slide, solved_board, sources


def shuffle(rng: Generator, rows: int, columns: int, num_moves: int) -> bytes:
    """The board after `num_moves` random moves, none of which takes back the one before.

    When they happen to end at the solved board, one more is made.
    """
    solved, table = solved_board(rows, columns), sources(rows, columns)
    cells, gap, before = solved, rows * columns - 1, -1
    for share in rng.random(num_moves + 1).tolist():
        if num_moves <= 0 and cells != solved:
            break
        options = [source for source in table[gap].values() if source != before]
        source = options[int(share * len(options))]
        cells, gap, before, num_moves = slide(cells, gap, source), source, gap, num_moves - 1
    return cells

"""A solver: shortest solutions up to 3 x 3 and near the end of larger boards, otherwise stage by stage."""

from __future__ import annotations

from functools import lru_cache

from games.sliding_puzzle import layers, small
from games.sliding_puzzle.rules import GAP, distance, sources, total_distance

MAX_SEARCHED_MOVES = 22


@lru_cache(maxsize=4096)
def next_move(cells: bytes, rows: int, columns: int) -> str:
    """The move to make on a board that can be solved and is not; following it always ends at the solved board.

    It begins a shortest solution where there are at most 3 x 3 cells, or a solution of at most `MAX_SEARCHED_MOVES`
    moves. Such a solution gets shorter with every move, and stages never take back what they have settled.
    """
    if max(rows, columns) > small.MAX_SIDE:
        word = short_solution(cells, rows, columns, MAX_SEARCHED_MOVES)
        if word is not None:
            return word
    return layers.next_move(cells, rows, columns)


def short_solution(cells: bytes, rows: int, columns: int, max_moves: int) -> str | None:
    """The first move of a shortest solution, None when it has more than `max_moves` moves; IDA* by distances."""
    search = _Search(rows, columns)
    bound = total_distance(cells, columns)
    # Every move changes the bound by one, so that all solutions of a board are odd or all are even.
    for limit in range(bound, max_moves + 1, 2):
        words = search.run(list(cells), cells.index(GAP), -1, bound, limit)
        if words:
            return words[-1]
    return None


class _Search:
    """Depth-first search on boards of one size."""

    def __init__(self, rows: int, columns: int) -> None:
        cells = range(rows * columns)
        self.sources = [tuple(options.items()) for options in sources(rows, columns)]
        self.distances = [[distance(piece, cell, columns) for cell in cells] for piece in cells]

    def run(self, cells: list[int], gap: int, before: int, bound: int, limit: int) -> list[str] | None:
        """The moves of a solution of at most `limit` moves, the last one first; None when there is none.

        Args:
            cells: The board, changed by the search and changed back unless it finds a solution.
            before: The cell that the gap came from.
            bound: Total distance of the pieces, 0 for the solved board.
        """
        if bound == 0:
            return []
        for word, source in self.sources[gap]:
            piece = cells[source]
            after = bound + self.distances[piece][gap] - self.distances[piece][source]
            if source == before or after >= limit:
                continue
            cells[gap], cells[source] = piece, GAP
            words = self.run(cells, source, gap, after, limit - 1)
            if words is not None:
                words.append(word)
                return words
            cells[gap], cells[source] = GAP, piece
        return None

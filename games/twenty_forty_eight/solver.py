"""A solver: a search over the player's moves and the tiles that may come, with a table of what lines are worth.

A board is worth the sum of what its rows and columns are worth: room is good, and so are equal neighbours and tiles
in order of size. All numbers are whole, so that a board gives the same move on every machine.
"""

from __future__ import annotations

import itertools

from games.twenty_forty_eight.rules import MAX_LINES, MOVES, column_slices, row_slices, slide

ROOM, PAIR = 18, 23
STUCK = -1_000_000_000
# Empty cells up to which the search looks a move further, and beyond which it does not try where new tiles may come.
FEW_EMPTY, MANY_EMPTY = 3, 20


class _Worth(dict[bytes, int]):
    """What every line met so far is worth; emptied when it gets large, which changes no answer."""

    def __missing__(self, line: bytes) -> int:
        if len(self) >= MAX_LINES:
            self.clear()
        worth = self[line] = _line_worth(line)
        return worth


def _line_worth(line: bytes) -> int:
    rise = fall = pairs = 0
    for before, after in itertools.pairwise(line):
        if before == after:
            pairs += before > 0
        elif before < after:
            rise += after**3 - before**3
        else:
            fall += before**3 - after**3
    return ROOM * line.count(0) + PAIR * pairs - min(rise, fall)


_WORTH = _Worth()


def find_move(cells: bytes, rows: int, columns: int) -> str | None:
    """A good move, the same each time; None when no move changes the board."""
    depth = num_moves_ahead(cells) - 1
    search = _Search(rows, columns)
    best, best_worth = None, 0
    for move in MOVES:
        after, _ = slide(cells, rows, columns, move)
        if after != cells:
            worth = search.before_tile(after, depth)
            if best is None or worth > best_worth:
                best, best_worth = move, worth
    return best


def num_moves_ahead(cells: bytes) -> int:
    """How many of the player's moves `find_move` looks at on a board, the one it gives included."""
    num_empty = cells.count(0)
    return 3 if num_empty <= FEW_EMPTY else 2 if num_empty <= MANY_EMPTY else 1


class _Search:
    """Expectimax below one board; `depth` counts the player's moves still to look at."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.parts = row_slices(rows, columns) + column_slices(rows, columns)
        self.known: dict[tuple[bytes, int], int] = {}

    def before_tile(self, cells: bytes, depth: int) -> int:
        """What a board is worth before the new tile: the mean over its places, taking it for a 2, rounded down."""
        if not depth:
            worth = _WORTH
            return sum([worth[cells[part]] for part in self.parts])
        known = self.known.get((cells, depth))
        if known is not None:
            return known
        total, index = 0, cells.find(0)
        while index >= 0:
            total += self.before_move(cells[:index] + b"\1" + cells[index + 1 :], depth - 1)
            index = cells.find(0, index + 1)
        mean = self.known[cells, depth] = total // cells.count(0)
        return mean

    def before_move(self, cells: bytes, depth: int) -> int:
        """What a board is worth before a move of the player: what the best move leads to."""
        best = STUCK
        for move in MOVES:
            after, _ = slide(cells, self.rows, self.columns, move)
            if after != cells:
                best = max(best, self.before_tile(after, depth))
        return best

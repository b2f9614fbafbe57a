"""A solver: depth-first search for a way to clear the board, within a budget of boards looked at.

Removing tiles only opens paths. So when all tiles left of a face can be paired off right now, doing so never spoils
anything: these pairs are taken at once, and the search branches only over faces that cannot be finished yet.
"""

from __future__ import annotations

from games.shisensho.rules import Reach, remove, tiles_by_face

DEFAULT_BUDGET = 400
BOARDS_PER_PASS = 100
MAX_TILES_TO_MATCH = 8
_MIX = 0x9E3779B1


def find_pairs(cells: bytes, rows: int, columns: int, budget: int = DEFAULT_BUDGET) -> list[tuple[int, int]]:
    """Pairs that can be removed one after the other, as cell indices; they clear the board when the search found a
    way.

    Otherwise they are the longest line seen. Empty exactly when no pair can be removed. The same board gives the
    same line.

    Args:
        budget: Most boards looked at, at least 1.
    """
    search = _Search(cells, rows, columns)
    # A pass must be able to get to the end, at one board a pair.
    boards_per_pass = BOARDS_PER_PASS + search.num_tiles // 2
    while search.num_boards < budget and not search.is_finished:
        search.run(min(boards_per_pass, budget - search.num_boards))
    return search.best


class _Search:
    """Passes of depth-first search with different orders of moves, which share what is known to be hopeless."""

    def __init__(self, cells: bytes, rows: int, columns: int) -> None:
        self.start, self.rows, self.columns = cells, rows, columns
        self.num_tiles = len(cells) - cells.count(0)
        self.hopeless: set[bytes] = set()
        self.best: list[tuple[int, int]] = []
        self.is_finished = self.num_tiles == 0
        self.num_boards = 0
        self.num_passes = 0

    def run(self, num_boards: int) -> None:
        """One pass over at most `num_boards` boards."""
        limit = self.num_boards + num_boards
        line: list[tuple[int, int]] = []
        stack = [self._expand(self.start, line)]
        while stack and not self.is_finished:
            cells, length, branches = stack[-1]
            del line[length:]
            if not branches:
                self.hopeless.add(cells)
                stack.pop()
                continue
            if self.num_boards >= limit:
                break
            pair = branches.pop()
            after = remove(cells, *pair)
            if after not in self.hopeless:
                line.append(pair)
                stack.append(self._expand(after, line))
        # A stack that ran empty has tried everything.
        self.is_finished = self.is_finished or not stack
        self.num_passes += 1

    def _expand(self, cells: bytes, line: list[tuple[int, int]]) -> tuple[bytes, int, list[tuple[int, int]]]:
        """Take all safe pairs into the line; the board then, the length of the line, and the pairs to branch over."""
        branches: list[tuple[int, int]] = []
        while True:
            self.num_boards += 1
            safe, branches = _sort_pairs(cells, self.rows, self.columns)
            if not safe:
                break
            for pair in safe:
                cells = remove(cells, *pair)
            line.extend(safe)
        self.is_finished = 2 * len(line) == self.num_tiles
        branches.sort(key=lambda pair: ((pair[0] << 8 | pair[1]) + 1) * (_MIX + 2 * self.num_passes) & 0xFFFFFFFF)
        reached = [*line, *branches[-1:]]
        if len(reached) > len(self.best):
            self.best = reached
        return cells, len(line), [] if cells in self.hopeless else branches


def _sort_pairs(cells: bytes, rows: int, columns: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The pairs of faces that can be finished now, and all pairs of the other faces."""
    joins = Reach(cells, rows, columns).joins
    safe: list[tuple[int, int]] = []
    others: list[tuple[int, int]] = []
    for tiles in tiles_by_face(cells).values():
        pairs = [(a, b) for place, a in enumerate(tiles) for b in tiles[place + 1 :] if joins(a, b)]
        matching = _match(tiles, set(pairs)) if pairs and len(tiles) <= MAX_TILES_TO_MATCH else None
        if matching:
            safe += matching
        else:
            others += pairs
    return safe, others


def _match(tiles: list[int], pairs: set[tuple[int, int]]) -> list[tuple[int, int]] | None:
    """All tiles in pairs, or None when these pairs leave some over."""
    if not tiles:
        return []
    first, rest = tiles[0], tiles[1:]
    for place, second in enumerate(rest):
        if (first, second) in pairs:
            matching = _match(rest[:place] + rest[place + 1 :], pairs)
            if matching is not None:
                return [(first, second), *matching]
    return None

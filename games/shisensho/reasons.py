"""Why a pair of tiles can be removed or not: a path that joins them, or what stands in the way of the plain ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from numpy.random import Generator

from games.board.actions import Pair
from games.core.claims import Claim, Continues, Joined, LeavesOptions, NotJoined, Shows, Stopped
from games.core.reasons import Candidate, Reasons, draw
from games.core.types import Cell
from games.shisensho.rules import legal_pairs, remove, tiles_by_face
from games.shisensho.solver import find_pairs


class Explainer:
    """Looks at the pairs of one board.

    Args:
        cells: A face per cell in row order, 0 where empty.
        names: The label of each face.
    """

    def __init__(self, cells: bytes, rows: int, columns: int, names: tuple[str, ...]) -> None:
        self.cells, self.rows, self.columns, self.names = cells, rows, columns, names

    def explain(self, action: Pair, rng: Generator, num_others: int) -> Reasons:
        """Reasons for a legal pair, beside other pairs of equal tiles, half of them such that cannot be removed."""
        chosen = action.indices(self.rows, self.columns)
        key = (min(chosen), max(chosen))
        legal = legal_pairs(self.cells, self.rows, self.columns)
        equal = [pair for tiles in tiles_by_face(self.cells).values() for pair in combinations(tiles, 2)]
        known = set(legal)
        blocked = draw([pair for pair in equal if pair not in known], (num_others + 1) // 2, rng)
        free = draw([pair for pair in legal if pair != key], num_others - len(blocked), rng)
        others = [self._candidate(pair) for pair in draw(blocked + free, num_others, rng)]
        choice = self._candidate(key)
        face = self.cells[key[0]]
        places = tuple(self._cell(index) for index in tiles_by_face(self.cells)[face])
        choice = Candidate(action, True, (Shows(places, self.names[face]), *choice.claims[1:]))
        return Reasons(choice, tuple(others), self._outlook(key), len(legal))

    def _candidate(self, pair: tuple[int, int]) -> Candidate:
        first, second = map(self._cell, pair)
        shows = Shows((first, second), self.names[self.cells[pair[0]]])
        path = self._path(first, second)
        why: tuple[Claim, ...] = (*self._stops(first, second), NotJoined()) if path is None else (self._joined(path),)
        return Candidate(Pair(*first, *second), path is not None, (shows, *why))

    def _outlook(self, pair: tuple[int, int]) -> tuple[Claim, ...]:
        after = remove(self.cells, *pair)
        claims: list[Claim] = [LeavesOptions(len(legal_pairs(after, self.rows, self.columns)))]
        line = find_pairs(self.cells, self.rows, self.columns)
        if line[0] == pair:
            finishes = 2 * len(line) == len(self.cells) - self.cells.count(0)
            claims.append(Continues(len(line) - 1, finishes))
        return tuple(claims)

    def _joined(self, path: tuple[Cell, ...]) -> Joined:
        is_outside = any(not (0 <= row < self.rows and 0 <= column < self.columns) for row, column in path)
        return Joined(path, is_outside)

    def _path(self, first: Cell, second: Cell) -> tuple[Cell, ...] | None:
        """The corners of a path with the fewest turns, and of these a shortest one."""
        open_paths = [path for path in self._paths(first, second) if self._first_tile(path) is None]
        return min(open_paths, key=lambda path: (len(path), _length(path)), default=None)

    def _stops(self, first: Cell, second: Cell) -> Iterator[Stopped]:
        """What stands in the way of the straight line, or of the paths with one turn."""
        plain = [path for path in self._paths(first, second) if len(path) <= 3]
        for path in plain:
            at = self._first_tile(path)
            assert at is not None, "a pair without a path has something in the way of each"
            yield Stopped(path, at, self.names[self.cells[at[0] * self.columns + at[1]]])

    def _paths(self, first: Cell, second: Cell) -> Iterator[tuple[Cell, ...]]:
        """Corners of all ways with at most two turns, whether or not tiles stand in them."""
        (top, left), (bottom, right) = first, second
        if top == bottom or left == right:
            yield first, second
        else:
            yield first, (top, right), second
            yield first, (bottom, left), second
        for column in range(-1, self.columns + 1):
            if top != bottom and column not in (left, right):
                yield first, (top, column), (bottom, column), second
        for row in range(-1, self.rows + 1):
            if left != right and row not in (top, bottom):
                yield first, (row, left), (row, right), second

    def _first_tile(self, path: tuple[Cell, ...]) -> Cell | None:
        """The first tile on a way, its two ends left out."""
        for place, (start, stop) in enumerate(pairwise(path)):
            down, right = _sign(stop[0] - start[0]), _sign(stop[1] - start[1])
            row, column = start
            while (row, column) != stop:
                row, column = row + down, column + right
                if (row, column) == stop and place == len(path) - 2:
                    break
                if 0 <= row < self.rows and 0 <= column < self.columns and self.cells[row * self.columns + column]:
                    return row, column
        return None

    def _cell(self, index: int) -> Cell:
        return divmod(index, self.columns)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _length(path: tuple[Cell, ...]) -> int:
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(path))

"""Why two neighbours may be exchanged or not: the lines that this makes, and what they clear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from numpy.random import Generator

from games.board.actions import Pair
from games.core.claims import Claim, Clears, Fills, LinesUp, Shows, TooShort
from games.core.reasons import Candidate, Reasons, draw
from games.core.types import Cell
from games.swap.rules import legal_swaps, matched, swap_cells
from games.swap.solver import MAX_WAVES_AHEAD, count_cleared

MIN_RUN = 3


class Explainer:
    """Looks at the swaps of one board.

    Args:
        cells: A face per cell in row order.
        names: The label of each face.
        cascades: Whether matches that fall into place are cleared in the same move.
    """

    def __init__(self, cells: bytes, rows: int, columns: int, names: tuple[str, ...], cascades: bool) -> None:
        self.cells, self.rows, self.columns, self.names = cells, rows, columns, names
        self.num_waves = MAX_WAVES_AHEAD if cascades else 1

    def explain(self, action: Pair, rng: Generator, num_others: int) -> Reasons:
        """Reasons for a legal swap, beside other legal ones and some that nearly make a line."""
        first, second = sorted(action.indices(self.rows, self.columns))
        legal = legal_swaps(self.cells, self.rows, self.columns)
        known = set(legal)
        others = draw([swap for swap in legal if swap != (first, second)], (num_others + 1) // 2, rng)
        near = [swap for swap in self._neighbours() if swap not in known and len(self._longest(*swap)) == MIN_RUN - 1]
        others += draw(near, num_others - len(others), rng)
        found = [self._candidate(*swap, swap in known) for swap in draw(others, len(others), rng)]
        return Reasons(self._choice(action, first, second), tuple(found), (), len(legal))

    def _candidate(self, first: int, second: int, is_legal: bool) -> Candidate:
        action = Pair.of(first, second, self.columns)
        after = swap_cells(self.cells, first, second)
        if not is_legal:
            cells = self._longest(first, second)
            return Candidate(action, False, (TooShort(self._places(cells), self.names[after[cells[0]]]),))
        runs = {run for index in (first, second) for run in self._lines(after, index) if len(run) >= MIN_RUN}
        claims: list[Claim] = [LinesUp(self._places(run), self.names[after[run[0]]]) for run in sorted(runs)]
        at_once = matched(after, self.rows, self.columns).bit_count()
        in_all = count_cleared(after, self.rows, self.columns, self.num_waves)
        return Candidate(action, True, (*claims, Clears(at_once, in_all - at_once)))

    def _choice(self, action: Pair, first: int, second: int) -> Candidate:
        """A legal swap as it is found: the tiles of a face, two or more of them in a line, and what fills its gap."""
        after = swap_cells(self.cells, first, second)
        run = min(run for index in (first, second) for run in self._lines(after, index) if len(run) >= MIN_RUN)
        face = after[run[0]]
        gap, source = (first, second) if first in run and after[first] == face else (second, first)
        places = [index for index, other in enumerate(self.cells) if other == face]
        shows = Shows(self._places(places), self.names[face])
        line = self._places([index for index in run if index != gap])
        fills = Fills(line, divmod(gap, self.columns), divmod(source, self.columns), self.names[face])
        _, *others = self._candidate(first, second, True).claims
        return Candidate(action, True, (shows, fills, *others))

    def _longest(self, first: int, second: int) -> tuple[int, ...]:
        """The longest line through one of two cells after their exchange."""
        after = swap_cells(self.cells, first, second)
        return max((run for index in (first, second) for run in self._lines(after, index)), key=len)

    def _lines(self, cells: bytes, index: int) -> Iterator[tuple[int, ...]]:
        """The cells of equal tiles across and down through a cell."""
        row, column = divmod(index, self.columns)
        for down, right, place, end in ((0, 1, column, self.columns), (1, 0, row, self.rows)):
            step = down * self.columns + right
            start = stop = index
            for _ in range(place):
                if cells[start - step] != cells[index]:
                    break
                start -= step
            for _ in range(end - place - 1):
                if cells[stop + step] != cells[index]:
                    break
                stop += step
            yield tuple(range(start, stop + 1, step))

    def _neighbours(self) -> Iterator[tuple[int, int]]:
        """Neighbours with different tiles."""
        for index, face in enumerate(self.cells):
            if (index + 1) % self.columns and self.cells[index + 1] != face:
                yield index, index + 1
            if index + self.columns < len(self.cells) and self.cells[index + self.columns] != face:
                yield index, index + self.columns

    def _places(self, run: Sequence[int]) -> tuple[Cell, ...]:
        return tuple(divmod(index, self.columns) for index in run)

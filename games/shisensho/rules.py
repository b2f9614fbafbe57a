"""The rules: which pairs can be removed. Boards are bytes, a face per cell in row order, 0 for an empty cell.

Two tiles can be joined by at most three straight segments through empty cells and outside the border. Such a path
is horizontal, vertical, horizontal, or the other way round, where segments may have length zero. Let the reach of a
tile along its row be its own column and the empty columns beside it up to the next tile, one step outside the
border included, as bits of a whole number. A path of the first kind exists when some column lies in both tiles' row
reach and is empty in all rows strictly between the two: a test of three whole numbers. Bit 0 is the line before the
board, bit i + 1 line i.
"""

from __future__ import annotations

from functools import lru_cache


class Reach:
    """How far the tiles of one board see along their rows and columns, and which lines are clear between any two."""

    __slots__ = (
        "across",
        "between_columns",
        "between_rows",
        "column_of",
        "down",
        "empty_columns",
        "empty_rows",
        "row_of",
    )

    def __init__(self, cells: bytes, rows: int, columns: int) -> None:
        self.row_of, self.column_of = coordinates(rows, columns)
        size = rows * columns
        lines = [range(start, start + columns) for start in range(0, size, columns)]
        self.across, self.empty_rows = _reach(lines, cells, columns)
        lines = [range(start, size, columns) for start in range(columns)]
        self.down, self.empty_columns = _reach(lines, cells, rows)
        self.between_rows: dict[int, int] = {}
        self.between_columns: dict[int, int] = {}

    def joins(self, first: int, second: int) -> bool:
        """Whether a path with at most two turns joins the tiles at two cells, given as indices."""
        across = self.across[first] & self.across[second]
        if across and across & self._clear_rows(self.row_of[first], self.row_of[second]):
            return True
        down = self.down[first] & self.down[second]
        return bool(down and down & self._clear_columns(self.column_of[first], self.column_of[second]))

    def _clear_rows(self, start: int, stop: int) -> int:
        key = start << 8 | stop
        clear = self.between_rows.get(key)
        if clear is None:
            clear = self.between_rows[key] = _clear(self.empty_rows, start, stop)
        return clear

    def _clear_columns(self, start: int, stop: int) -> int:
        key = start << 8 | stop
        clear = self.between_columns.get(key)
        if clear is None:
            clear = self.between_columns[key] = _clear(self.empty_columns, start, stop)
        return clear


@lru_cache(maxsize=64)
def coordinates(rows: int, columns: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Row and column of every cell index."""
    size = rows * columns
    return tuple(i // columns for i in range(size)), tuple(i % columns for i in range(size))


def _reach(lines: list[range], cells: bytes, length: int) -> tuple[list[int], list[int]]:
    """Reach of each tile along these lines, by cell index, and the empty places of each line."""
    reach = [0] * len(cells)
    empties = []
    for line in lines:
        empty = (1 << (length + 2)) - 1
        before, gap_start = -1, 0
        for place, cell in enumerate(line, 1):
            if cells[cell]:
                empty ^= 1 << place
                gap = (1 << place) - (1 << gap_start)
                if before >= 0:
                    reach[before] |= gap
                reach[cell] = gap | 1 << place
                before, gap_start = cell, place + 1
        if before >= 0:
            reach[before] |= (1 << (length + 2)) - (1 << gap_start)
        empties.append(empty)
    return reach, empties


def _clear(empties: list[int], start: int, stop: int) -> int:
    """Places that are empty in all lines strictly between two; all places when there is no line between."""
    if start > stop:
        start, stop = stop, start
    clear = -1
    for line in range(start + 1, stop):
        clear &= empties[line]
    return clear


def can_remove(cells: bytes, rows: int, columns: int, first: int, second: int) -> bool:
    """Whether the two cells, given as indices, hold equal tiles that a path joins."""
    face = cells[first]
    if not face or first == second or face != cells[second]:
        return False
    return Reach(cells, rows, columns).joins(first, second)


def tiles_by_face(cells: bytes) -> dict[int, list[int]]:
    """Cell indices of the tiles left, by face."""
    groups: dict[int, list[int]] = {}
    for index, face in enumerate(cells):
        if face:
            groups.setdefault(face, []).append(index)
    return groups


def legal_pairs(cells: bytes, rows: int, columns: int) -> list[tuple[int, int]]:
    """Every pair that can be removed, as (smaller, larger) cell indices, sorted."""
    joins = Reach(cells, rows, columns).joins
    pairs = []
    for tiles in tiles_by_face(cells).values():
        for place, first in enumerate(tiles):
            pairs += [(first, second) for second in tiles[place + 1 :] if joins(first, second)]
    pairs.sort()
    return pairs


def has_legal_pair(cells: bytes, rows: int, columns: int) -> bool:
    """Whether any pair can be removed."""
    joins = Reach(cells, rows, columns).joins
    for tiles in tiles_by_face(cells).values():
        for place, first in enumerate(tiles):
            for second in tiles[place + 1 :]:
                if joins(first, second):
                    return True
    return False


def remove(cells: bytes, first: int, second: int) -> bytes:
    """The board without the tiles at two cells."""
    after = bytearray(cells)
    after[first] = after[second] = 0
    return bytes(after)

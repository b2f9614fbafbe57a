"""Larger boards in stages: the pieces of the outer rows and columns first, then the rest by its exact table.

Each stage brings one or two pieces home and never again moves those of the stages before. Its table holds the moves
to the end of the stage from every place of these pieces and the gap, so that following it always ends.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import NamedTuple

from games.sliding_puzzle import small
from games.sliding_puzzle.rules import GAP, slide, sources

UNKNOWN = 255


class Stage(NamedTuple):
    """The cells whose pieces are brought home, and all cells that are not settled before."""

    targets: tuple[int, ...]
    cells: frozenset[int]


@lru_cache(maxsize=64)
def stages(rows: int, columns: int) -> tuple[tuple[Stage, ...], int, int]:
    """The stages of a board, and the first row and column of the rest of at most 3 x 3 cells."""
    top = left = 0
    found: list[Stage] = []
    while max(rows - top, columns - left) > small.MAX_SIDE:
        free = {row * columns + column for row in range(top, rows) for column in range(left, columns)}
        if rows - top >= columns - left:
            line = [top * columns + column for column in range(left, columns)]
            top += 1
        else:
            line = [row * columns + left for row in range(top, rows)]
            left += 1
        # The last two of a line go home together: neither could pass the other.
        for targets in [*((cell,) for cell in line[:-2]), tuple(line[-2:])]:
            found.append(Stage(targets, frozenset(free)))
            free -= set(targets)
    return tuple(found), top, left


def next_move(cells: bytes, rows: int, columns: int) -> str:
    """The next move by stages, of a board that is not solved."""
    found, top, left = stages(rows, columns)
    for number, stage in enumerate(found):
        if any(cells[target] != target + 1 for target in stage.targets):
            return _move_in_stage(cells, rows, columns, number, stage)
    return _move_in_rest(cells, rows, columns, top, left)


def _move_in_stage(cells: bytes, rows: int, columns: int, number: int, stage: Stage) -> str:
    table, gap = _stage_table(rows, columns, number), cells.index(GAP)

    def moves_left(source: int) -> int:
        after = slide(cells, gap, source)
        return table[_code(source, [after.index(target + 1) for target in stage.targets], len(cells))]

    options = {word: source for word, source in sources(rows, columns)[gap].items() if source in stage.cells}
    return min(options, key=lambda word: moves_left(options[word]))


def _move_in_rest(cells: bytes, rows: int, columns: int, top: int, left: int) -> str:
    height, width = rows - top, columns - left
    places = [row * columns + column for row in range(top, rows) for column in range(left, columns)]
    number = {place + 1: index + 1 for index, place in enumerate(places[:-1])}
    rest = bytes(number.get(cells[place], GAP) for place in places)
    gap = rest.index(GAP)
    options = sources(height, width)[gap]
    return min(options, key=lambda word: small.fewest_moves(slide(rest, gap, options[word]), height, width))


def _code(gap: int, pieces: list[int], num_cells: int) -> int:
    for piece in pieces:
        gap = gap * num_cells + piece
    return gap


@lru_cache(maxsize=128)
def _stage_table(rows: int, columns: int, number: int) -> bytes:
    """Moves to the end of a stage, by the `_code` of the cells of gap and pieces."""
    stage, num_cells = stages(rows, columns)[0][number], rows * columns
    table = bytearray([UNKNOWN]) * num_cells ** (1 + len(stage.targets))
    near = [[cell for cell in options.values() if cell in stage.cells] for options in sources(rows, columns)]
    queue = deque((gap, list(stage.targets), 0) for gap in sorted(stage.cells - set(stage.targets)))
    for gap, pieces, _ in queue:
        table[_code(gap, pieces, num_cells)] = 0
    while queue:
        gap, pieces, moves = queue.popleft()
        for source in near[gap]:
            moved = [gap if piece == source else piece for piece in pieces]
            code = _code(source, moved, num_cells)
            if table[code] == UNKNOWN:
                table[code] = moves + 1
                queue.append((source, moved, moves + 1))
    return bytes(table)

"""Boards as sets of cells, for the searches of solver and deal: bit i of a whole number stands for cell i.

Boards have walls all around, so that a shift by one step never carries a cell into another row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from games.sokoban.rules import BOX, BOX_ON_GOAL, GOAL, PLAYER_ON_GOAL, WALL, steps

FAR = 255
"""A distance that stands for no way at all."""


class Field(NamedTuple):
    """What never changes on a board: the cells that are no walls, the goals, and the length of a row."""

    floor: int
    goals: int
    columns: int


def cell_set(cells: bytes, *faces: int) -> int:
    """The cells that show one of the faces."""
    return sum(1 << index for index, face in enumerate(cells) if face in faces)


def read_board(cells: bytes, columns: int) -> tuple[Field, int]:
    """The field of a board, and the cells of its boxes."""
    floor = (1 << len(cells)) - 1 ^ cell_set(cells, WALL)
    goals = cell_set(cells, GOAL, BOX_ON_GOAL, PLAYER_ON_GOAL)
    return Field(floor, goals, columns), cell_set(cells, BOX, BOX_ON_GOAL)


def indices(some: int) -> Iterator[int]:
    """The cells of a set, in ascending order."""
    while some:
        lowest = some & -some
        yield lowest.bit_length() - 1
        some ^= lowest


def shifted(some: int, step: int) -> int:
    """The set with every cell moved by `step`."""
    return some << step if step > 0 else some >> -step


def reach(free: int, columns: int, start: int) -> int:
    """The cells of `free` that a walk from the cells of `start` comes to, `start` included."""
    found, before = start, 0
    while found != before:
        before = found
        found |= (found << 1 | found >> 1 | found << columns | found >> columns) & free
    return found


@lru_cache(maxsize=512)
def push_distances(field: Field) -> tuple[bytes, ...]:
    """For every goal, by cell, the pushes that take a lone box there, or FAR; the player may stand anywhere.

    With other boxes about it never takes fewer.
    """
    tables = []
    for goal in indices(field.goals):
        table = bytearray([FAR]) * field.floor.bit_length()
        wave, seen, distance = 1 << goal, 0, 0
        while wave:
            for cell in indices(wave):
                table[cell] = distance
            seen |= wave
            # A box comes from the cell before, pushed by a player on the cell before that.
            before = 0
            for step in steps(field.columns):
                before |= shifted(wave, -step) & shifted(field.floor, step)
            wave, distance = before & field.floor & ~seen, distance + 1
        tables.append(bytes(table))
    return tuple(tables)


def fewest_pushes(tables: Sequence[bytes], boxes: int) -> int | None:
    """Pushes that no solution can do without: the cheapest way to give each box a goal of its own.

    None when there is no way, so that the board cannot be solved.
    """
    totals = {0: 0}
    for box in indices(boxes):
        after: dict[int, int] = {}
        for taken, total in totals.items():
            for goal, table in enumerate(tables):
                if taken >> goal & 1 or table[box] == FAR:
                    continue
                key, cost = taken | 1 << goal, total + table[box]
                if cost < after.get(key, cost + 1):
                    after[key] = cost
        totals = after
    return min(totals.values(), default=None)

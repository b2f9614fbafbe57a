"""Shortest ways to the goal, keys included.

Taking a key changes the maze for good. So the way from a cell is the shortest walk to the goal that takes no key, or a
walk to a key, followed by the way from there in the maze where the key is taken: one search from the goal and the keys
at once, for each of the few sets of keys taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from heapq import heapify, heappop, heappush

from games.maze.rules import GOAL, is_key, is_open, steps, take

FAR = 1 << 30
"""A distance that stands for no way at all."""


def flood(cells: bytes, columns: int, starts: Mapping[int, int]) -> tuple[int, ...]:
    """By cell, the least of a start's value and the moves between it and the cell over open cells; else FAR."""
    found = [FAR] * len(cells)
    for cell, value in starts.items():
        found[cell] = value
    queue = [(value, cell) for cell, value in starts.items()]
    heapify(queue)
    directions = steps(columns)
    while queue:
        value, cell = heappop(queue)
        if value > found[cell]:
            continue
        for step in directions:
            ahead = cell + step
            if value + 1 < found[ahead] and is_open(cells[ahead]):
                found[ahead] = value + 1
                heappush(queue, (value + 1, ahead))
    return tuple(found)


@lru_cache(maxsize=2048)
def distances(cells: bytes, columns: int) -> tuple[int, ...]:
    """By cell, the fewest moves to the goal; from a key's cell, with the key just taken. FAR from walls."""
    starts = {cells.index(GOAL): 0}
    for cell, face in enumerate(cells):
        if is_key(face):
            starts[cell] = distances(take(cells, cell), columns)[cell]
    return flood(cells, columns, starts)


def best_step(cells: bytes, columns: int, player: int) -> int:
    """The first of the steps that begin a shortest way to the goal."""
    ways = distances(cells, columns)
    return min((step for step in steps(columns) if is_open(cells[player + step])), key=lambda step: ways[player + step])

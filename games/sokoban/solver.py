"""A solver: A* over pushes, within a budget of positions looked at.

A position is the set of boxes with the cells that the player can walk to. The heuristic is `fewest_pushes`, which
never falls by more than one a push, so that a way found takes the fewest pushes of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from heapq import heappop, heappush
from typing import TypeAlias

from games.sokoban.field import Field, fewest_pushes, indices, push_distances, reach, read_board, shifted
from games.sokoban.rules import find_player, steps

DEFAULT_BUDGET = 4000
Push: TypeAlias = tuple[int, int]
"""The cell of a box and the step by which it is pushed."""
Position: TypeAlias = tuple[int, int]
"""The cells of the boxes and the cells that the player can walk to."""
Found: TypeAlias = "tuple[int, Position | None, Push | None]"
"""How a position was come to: after how many pushes, from where, and by which."""


def first_step(cells: bytes, columns: int, budget: int = DEFAULT_BUDGET) -> int | None:
    """The step, one of `steps(columns)`, that begins a way to the solution with the fewest pushes.

    Between pushes the player walks a shortest way. The same board gives the same step. None when the board is
    solved, cannot be solved, or the budget was spent before a way was found.
    """
    field, boxes = read_board(cells, columns)
    player = find_player(cells)
    walk = reach(field.floor & ~boxes, columns, 1 << player)
    push = first_push(field, boxes, walk, budget)
    if push is None:
        return None
    box, step = push
    return step if player == box - step else _walk(field.floor & ~boxes, columns, player, box - step)


def _walk(free: int, columns: int, start: int, target: int) -> int:
    """The first step of a shortest walk; the target can be reached and is not the start."""
    near, wave = 0, 1 << target
    while wave:
        for step in steps(columns):
            if wave >> (start + step) & 1:
                return step
        near |= wave
        wave = (wave << 1 | wave >> 1 | wave << columns | wave >> columns) & free & ~near
    raise AssertionError("the player stands where no push begins")


@lru_cache(maxsize=4096)
def first_push(field: Field, boxes: int, walk: int, budget: int) -> Push | None:
    """The first push of `find_pushes`, remembered: while the player walks to a box, the position stays the same."""
    pushes = find_pushes(field, boxes, walk, budget)
    return pushes[0] if pushes else None


def find_pushes(field: Field, boxes: int, walk: int, budget: int = DEFAULT_BUDGET) -> list[Push] | None:
    """As few pushes as there can be that bring all boxes onto goals; None when there are none or the budget is spent.

    Args:
        boxes: The cells of the boxes, as many as there are goals.
        walk: The cells that the player can walk to.
        budget: Most positions looked at.
    """
    tables = push_distances(field)
    bounds = {boxes: fewest_pushes(tables, boxes)}
    bound = bounds[boxes]
    found: dict[Position, Found] = {(boxes, walk): (0, None, None)}
    # By pushes in all; among equals the deepest first, then the one found last.
    queue = [] if bound is None else [(bound, 0, 0, boxes, walk)]
    while queue:
        _, minus_depth, _, boxes, walk = heappop(queue)
        if boxes == field.goals:
            return _line(found, (boxes, walk))
        depth = 1 - minus_depth
        if depth > found[boxes, walk][0] + 1:
            continue
        for push in pushes_from(field, boxes, walk):
            after = boxes ^ (1 << push[0]) ^ (1 << push[0] + push[1])
            if after not in bounds:
                bounds[after] = fewest_pushes(tables, after)
            bound = bounds[after]
            if bound is None:
                continue
            position = after, reach(field.floor & ~after, field.columns, 1 << push[0])
            if position in found and found[position][0] <= depth:
                continue
            if len(found) >= budget:
                return None
            found[position] = depth, (boxes, walk), push
            heappush(queue, (depth + bound, -depth, -len(found), *position))
    return None


def pushes_from(field: Field, boxes: int, walk: int) -> Iterator[Push]:
    """Every push that the player can make."""
    free = field.floor & ~boxes
    for step in steps(field.columns):
        for box in indices(boxes & shifted(walk, step) & shifted(free, -step)):
            yield box, step


def _line(found: dict[Position, Found], position: Position) -> list[Push]:
    line = []
    _, before, push = found[position]
    while before is not None and push is not None:
        line.append(push)
        _, before, push = found[before]
    return line[::-1]

"""Shortest plans on a Minigrid board: to the goal, with keys and doors on the way, or where there is none to a door.

The rules that matter are modelled on the board's own cells: turn, go, pick up, toggle. Things once picked up are kept,
and what moves by itself counts as standing still.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from games.gymnasium_adapter.minigrid_truth import HEADINGS, NAMES, NUMBERS

MAX_NODES = 20_000
LEFT, RIGHT, FORWARD, PICK_UP, DROP, TOGGLE = range(6)
# Rows and columns that a step takes, by heading.
_STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))
_EMPTY = NUMBERS["empty"]


def _numbers(word: str, other: str = "") -> frozenset[int]:
    return frozenset(number for number, name in enumerate(NAMES) if {word, other} - {""} <= set(name.split()))


_GOALS = _numbers("goal")
_SHUT = _numbers("door", "closed") | _numbers("door", "locked")
_FREE = _GOALS | _numbers("floor") | _numbers("door", "open") | {_EMPTY}
_KEYS = _numbers("key") - _numbers("agent")
# By the number of a shut door: its number when open, and the number of the key that it needs, -1 for none.
_OPENED = {
    number: (NUMBERS[f"{colour} door open"], NUMBERS[f"{colour} key"] if state == "locked" else -1)
    for number in sorted(_SHUT)
    for colour, _, state in [NAMES[number].split()]
}


class Node(NamedTuple):
    """A board without its agent, and the agent: cell, heading, and the number of what it carries, -1 for nothing."""

    cells: bytes
    row: int
    column: int
    heading: int
    carried: int


def find_plan(cells: bytes, columns: int) -> list[int] | None:
    """Numbers of the actions that lead to a goal in fewest turns, or open a door where the board has no goal.

    Args:
        cells: From `minigrid_truth.describe_grid`, row order.
        columns: Columns of the board.

    Returns:
        None when nothing is found among the first 20000 situations.
    """
    has_goal = not _GOALS.isdisjoint(cells)
    start = _start(cells, columns)
    parents: dict[Node, tuple[Node, int] | None] = {start: None}
    queue = deque([start])
    while queue and len(parents) < MAX_NODES:
        node = queue.popleft()
        for action, after in _moves(node, columns):
            if after in parents:
                continue
            parents[after] = node, action
            is_there = after.cells[after.row * columns + after.column] in _GOALS
            if is_there if has_goal else action == TOGGLE:
                return _trace(parents, after)
            queue.append(after)
    return None


def _start(cells: bytes, columns: int) -> Node:
    place = next(place for place, number in enumerate(cells) if NAMES[number].startswith("agent"))
    _, heading, *carried = NAMES[cells[place]].split()
    # What it stands on, an open door at most, is free again once it leaves.
    floor = cells[:place] + bytes([_EMPTY]) + cells[place + 1 :]
    number = NUMBERS[" ".join(carried)] if carried else -1
    return Node(floor, *divmod(place, columns), HEADINGS.index(heading), number)


def _moves(node: Node, columns: int) -> Iterator[tuple[int, Node]]:
    cells, row, column, heading, carried = node
    yield LEFT, node._replace(heading=(heading - 1) % 4)
    yield RIGHT, node._replace(heading=(heading + 1) % 4)
    down, across = _STEPS[heading]
    row, column = row + down, column + across
    place = row * columns + column
    ahead = cells[place]
    if ahead in _FREE:
        yield FORWARD, node._replace(row=row, column=column)
    elif ahead in _KEYS and carried < 0:
        yield PICK_UP, node._replace(cells=_put(cells, place, _EMPTY), carried=ahead)
    elif ahead in _SHUT:
        opened, key = _OPENED[ahead]
        if key in (-1, carried):
            yield TOGGLE, node._replace(cells=_put(cells, place, opened))


def _put(cells: bytes, place: int, number: int) -> bytes:
    return cells[:place] + bytes([number]) + cells[place + 1 :]


def _trace(parents: dict[Node, tuple[Node, int] | None], node: Node) -> list[int]:
    plan: list[int] = []
    while (step := parents[node]) is not None:
        node, action = step
        plan.append(action)
    return plan[::-1]

"""A player that eats only where a way out stays: the head can then still follow the tail.

The tail moves on, so a part is only in the way until it has left: a walk may enter the cell of a part when as many
moves are made as the part has places to the end of the body, and one more for each piece of food on the way.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from games.snake.rules import Neighbours, advance, can_enter

CELLS_PER_SEARCH = 4096
"""The search looks at fewer positions where boards are larger, so that it takes about the same time."""
_NEVER = 1 << 30


class Field(NamedTuple):
    """What stays as it is during a search.

    Attributes:
        ways: See `games.snake.rules.neighbours`.
        food: Cells with food.
        full_length: A body of this length needs no way out: the game is over.
    """

    ways: Neighbours
    walls: bytes
    food: bytes
    full_length: int


def best_cell(field: Field, body: bytes) -> int | None:
    """The cell to go to, None where the head can go nowhere.

    It begins the shortest sequence of moves found that eats and stays safe. With none at hand, it keeps the tail within
    reach and takes the longest way to it; where even that is impossible, it goes where the most cells can be reached.
    """
    queue: deque[tuple[bytes, int]] = deque([(body, -1)])
    seen = {body}
    for _ in range(CELLS_PER_SEARCH // len(field.ways)):
        if not queue:
            break
        position, first = queue.popleft()
        meal = _safe_meal(field, position)
        if meal >= 0:
            return meal if first < 0 else first
        for _, cell in _safe_moves(field, position):
            after = advance(position, cell, False)
            if after not in seen:
                seen.add(after)
                queue.append((after, cell if first < 0 else first))
    safe = _safe_moves(field, body)
    if safe:
        return max(safe, key=lambda move: move[0])[1]
    legal = [cell for cell in field.ways[body[0]] if can_enter(body, field.walls, cell)]
    return max(legal, key=lambda cell: _room(field, body, cell), default=None)


def walk(field: Field, body: bytes, goals: bytes) -> list[int]:
    """The cells of a shortest walk of the head to one of the goals; empty where there is none."""
    length = len(body)
    closed = {cell: length - place for place, cell in enumerate(body)}
    closed.update(dict.fromkeys(field.walls, _NEVER))
    origin, wave, moves = {body[0]: -1}, [body[0]], 0
    meals = {body[0]: 0}
    while wave:
        moves += 1
        ahead = []
        for start in wave:
            for cell in field.ways[start]:
                if cell < 0 or cell in origin or closed.get(cell, 0) > moves - meals[start]:
                    continue
                origin[cell] = start
                meals[cell] = meals[start] + (cell in field.food)
                if cell in goals:
                    return _trace(origin, cell)
                ahead.append(cell)
        wave = ahead
    return []


def _trace(origin: dict[int, int], cell: int) -> list[int]:
    cells = []
    while origin[cell] >= 0:
        cells.append(cell)
        cell = origin[cell]
    return cells[::-1]


def _safe_meal(field: Field, body: bytes) -> int:
    """The first cell of a shortest walk to food after which the tail can be reached; -1 if it cannot."""
    way = walk(field, body, field.food)
    if not way:
        return -1
    after = (bytes(reversed(way)) + body)[: len(body) + 1]
    left = field._replace(food=field.food.replace(bytes(way[-1:]), b""))
    is_safe = len(after) >= field.full_length or walk(left, after, after[-1:])
    return way[0] if is_safe else -1


def _safe_moves(field: Field, body: bytes) -> list[tuple[int, int]]:
    """Moves that eat nothing and leave the tail within reach: (moves to the tail then, the cell to go to)."""
    found = []
    for cell in field.ways[body[0]]:
        if not can_enter(body, field.walls, cell) or cell in field.food:
            continue
        after = advance(body, cell, False)
        way = walk(field, after, after[-1:])
        if way:
            found.append((len(way), cell))
    return found


def _room(field: Field, body: bytes, start: int) -> int:
    """Number of cells without a part or a wall that can be reached from a cell."""
    reached, edge = {start}, [start]
    while edge:
        for cell in field.ways[edge.pop()]:
            if cell >= 0 and cell not in reached and cell not in body and cell not in field.walls:
                reached.add(cell)
                edge.append(cell)
    return len(reached)

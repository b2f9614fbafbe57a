"""Openings: walls that leave no dead end, a snake, and its first food."""

from __future__ import annotations

from numpy.random import Generator

from games.snake.rules import Neighbours, can_enter, free_cells

CELLS_PER_WALL = 10
_MAX_TRIES = 1000


def deal_snake(
    rng: Generator, ways: Neighbours, num_walls: int, length: int, num_food: int
) -> tuple[bytes, bytes, bytes]:
    """Body, walls and food of an opening in which the head can move.

    Args:
        ways: The cells of the board, see `games.snake.rules.neighbours`.
        length: Parts of the body, which may lie in bends.
        num_food: Cells with food, as far as there is room.
    """
    walls = _deal_walls(rng, ways, num_walls)
    body = _deal_body(rng, ways, walls, length)
    return body, walls, add_food(rng, body, walls, b"", num_food, len(ways))


def add_food(rng: Generator, body: bytes, walls: bytes, food: bytes, num_food: int, num_cells: int) -> bytes:
    """Food in ascending order, with new pieces on free cells, drawn uniformly, until there are `num_food`."""
    missing = num_food - len(food)
    if missing <= 0:
        return food
    free = free_cells(body, walls, food, num_cells)
    if missing == 1 and free:
        return bytes(sorted([*food, free[int(rng.integers(len(free)))]]))
    return bytes(sorted([*food, *(free[place] for place in rng.permutation(len(free))[:missing])]))


def _deal_walls(rng: Generator, ways: Neighbours, num_walls: int) -> bytes:
    """Cells drawn one by one, without those that leave a cell with a single way out; again if they cut the board."""
    for _ in range(_MAX_TRIES):
        walls: set[int] = set()
        for cell in map(int, rng.permutation(len(ways))):
            if len(walls) == num_walls:
                break
            if _leaves_ways_out(ways, walls, cell):
                walls.add(cell)
        if len(walls) == num_walls and _is_one_piece(ways, walls):
            return bytes(sorted(walls))
    raise AssertionError("so few walls always find a place")


def _leaves_ways_out(ways: Neighbours, walls: set[int], new: int) -> bool:
    """Whether the cells beside a new wall keep two ways out or more."""
    for beside in ways[new]:
        if beside >= 0 and beside not in walls:
            num_ways = sum(cell >= 0 and cell != new and cell not in walls for cell in ways[beside])
            if num_ways < 2:
                return False
    return True


def _is_one_piece(ways: Neighbours, walls: set[int]) -> bool:
    start = next(cell for cell in range(len(ways)) if cell not in walls)
    reached, edge = {start}, [start]
    while edge:
        for cell in ways[edge.pop()]:
            if cell >= 0 and cell not in walls and cell not in reached:
                reached.add(cell)
                edge.append(cell)
    return len(reached) + len(walls) == len(ways)


def _deal_body(rng: Generator, ways: Neighbours, walls: bytes, length: int) -> bytes:
    """A random walk that never meets itself, from the tail to a head that can go on."""
    free = free_cells(b"", walls, b"", len(ways))
    for _ in range(_MAX_TRIES):
        body = bytes([free[int(rng.integers(len(free)))]])
        while len(body) < length:
            ahead = [cell for cell in ways[body[0]] if cell >= 0 and cell not in walls and cell not in body]
            if not ahead:
                break
            body = bytes([ahead[int(rng.integers(len(ahead)))]]) + body
        if len(body) == length and any(can_enter(body, walls, cell) for cell in ways[body[0]]):
            return body
    raise AssertionError("a short body always finds a place")

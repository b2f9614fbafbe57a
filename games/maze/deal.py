"""Openings: a maze, the player and the goal in it, doors on the way between them and keys that can be had in time.

Rooms are the cells with odd row and column; the cells between two rooms beside each other are walls or passages.
"""

from __future__ import annotations

from numpy.random import Generator

from games.maze.rules import FIRST_DOOR, FIRST_KEY, FLOOR, GOAL, NUM_COLOURS, WALL, steps
from games.maze.solver import FAR, flood

KINDS = ("winding", "uniform")


def room_cells(rows: int, columns: int) -> list[int]:
    """The rooms, in row order."""
    return [row * columns + column for row in range(1, rows, 2) for column in range(1, columns, 2)]


def deal_maze(rng: Generator, rows: int, columns: int, kind: str, loops: int, doors: int) -> tuple[bytes, int]:
    """A maze and the player's cell.

    Args:
        kind: One of KINDS: `winding` for long passages, `uniform` for any tree of rooms with the same chance.
        loops: Walls opened besides, each of which closes a loop.
        doors: Doors, each with a key of its own; at most two fewer than rooms on the way from corner to corner.
    """
    rooms = room_cells(rows, columns)
    cells = bytearray([WALL]) * (rows * columns)
    carve = _carve_winding if kind == "winding" else _carve_uniform
    carve(rng, cells, rooms, columns)
    _open_loops(rng, cells, rooms, columns, loops)
    player, goal = _place_ends(rng, bytes(cells), rooms, columns, 2 * (doors + 1))
    cells[goal] = GOAL
    if doors:
        _place_doors(rng, cells, columns, player, goal, doors)
    return bytes(cells), player


def _neighbours(room: int, rooms: set[int], columns: int) -> list[int]:
    return [room + 2 * step for step in steps(columns) if room + 2 * step in rooms]


def _join(cells: bytearray, room: int, other: int) -> None:
    cells[room] = cells[(room + other) // 2] = cells[other] = FLOOR


def _draw(rng: Generator, some: list[int]) -> int:
    return some[int(rng.integers(len(some)))]


def _carve_winding(rng: Generator, cells: bytearray, rooms: list[int], columns: int) -> None:
    """A random walk that enters new rooms only, and goes on from the last room with a new one beside it."""
    new = set(rooms)
    trail = [_draw(rng, rooms)]
    new.remove(trail[0])
    while trail:
        ahead = _neighbours(trail[-1], new, columns)
        if not ahead:
            trail.pop()
            continue
        room = _draw(rng, ahead)
        _join(cells, trail[-1], room)
        new.remove(room)
        trail.append(room)


def _carve_uniform(rng: Generator, cells: bytearray, rooms: list[int], columns: int) -> None:
    """Wilson's algorithm: random walks to what is carved already, their loops left out, are carved in turn."""
    every, carved = set(rooms), {_draw(rng, rooms)}
    for start in rooms:
        last_exit: dict[int, int] = {}
        room = start
        while room not in carved:
            last_exit[room] = _draw(rng, _neighbours(room, every, columns))
            room = last_exit[room]
        room = start
        while room not in carved:
            _join(cells, room, last_exit[room])
            carved.add(room)
            room = last_exit[room]


def _open_loops(rng: Generator, cells: bytearray, rooms: list[int], columns: int, loops: int) -> None:
    known = set(rooms)
    between = [room + step for room in rooms for step in (1, columns) if room + 2 * step in known]
    closed = [cell for cell in between if cells[cell] == WALL]
    for place in rng.permutation(len(closed))[:loops]:
        cells[closed[place]] = FLOOR


def _place_ends(rng: Generator, cells: bytes, rooms: list[int], columns: int, min_moves: int) -> tuple[int, int]:
    """A room for the player, and one for the goal from the farther half of the others, `min_moves` away or more."""
    for place in rng.permutation(len(rooms)):
        player = rooms[place]
        ways = flood(cells, columns, {player: 0})
        others = sorted((room for room in rooms if room != player), key=lambda room: ways[room])
        far = [room for room in others[len(others) // 2 :] if ways[room] >= min_moves]
        if far:
            return player, _draw(rng, far)
    raise AssertionError("opposite corners are far enough apart")


def _place_doors(rng: Generator, cells: bytearray, columns: int, player: int, goal: int, doors: int) -> None:
    """Doors in passages of a shortest way, and for each a key where the player comes before opening it.

    The first passage gets no door. So there are two free cells before the first door, and one more before each of the
    others: room for all keys.
    """
    passages = _way(bytes(cells), columns, player, goal)[2::2]
    chosen = [passages[place] for place in sorted(rng.permutation(len(passages))[:doors])]
    colours = [int(colour) for colour in rng.permutation(NUM_COLOURS)[:doors]]
    for door in chosen:
        cells[door] = WALL
    for door, colour in zip(chosen, colours, strict=True):
        ways = flood(bytes(cells), columns, {player: 0})
        free = [cell for cell, way in enumerate(ways) if 0 < way < FAR and cells[cell] == FLOOR and cell not in chosen]
        cells[_draw(rng, free)] = FIRST_KEY + colour
        cells[door] = FLOOR
    for door, colour in zip(chosen, colours, strict=True):
        cells[door] = FIRST_DOOR + colour


def _way(cells: bytes, columns: int, player: int, goal: int) -> list[int]:
    """The cells of a shortest way, without the player's."""
    ways = flood(cells, columns, {goal: 0})
    way, cell = [], player
    while cell != goal:
        cell = next(cell + step for step in steps(columns) if ways[cell + step] == ways[cell] - 1)
        way.append(cell)
    return way

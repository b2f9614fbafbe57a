"""Openings, made backwards: from a room with every box on its goal, boxes are pulled until they are far enough away."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from games.sokoban.field import Field, fewest_pushes, indices, push_distances, reach, shifted
from games.sokoban.rules import FLOOR, GOAL, PLACING_A_BOX, PLACING_THE_PLAYER, WALL, steps

MAX_ROOMS = 100
NUM_DRAWN = 3
NUM_OPTIONS = 3
MIN_PULLS, PULLS_PER_PUSH = 20, 4


@dataclass(frozen=True, slots=True)
class Opening:
    """A position that pulls led to: no solution has fewer than `num_pushes` pushes."""

    field: Field
    boxes: int
    player: int
    num_pushes: int


def deal_opening(rng: Generator, rows: int, columns: int, boxes: int, walls: int, min_pushes: int) -> bytes:
    """A board that can be solved, in `min_pushes` pushes or more.

    Where none of `MAX_ROOMS` rooms gives such a board, the one found that needs the most pushes.
    """
    best, num_rooms = _pull(rng, _room(rng, rows, columns, boxes, walls), min_pushes), 1
    while best.num_pushes < min_pushes and (num_rooms < MAX_ROOMS or not best.num_pushes):
        found = _pull(rng, _room(rng, rows, columns, boxes, walls), min_pushes)
        best, num_rooms = max(best, found, key=lambda option: option.num_pushes), num_rooms + 1
    # The player stands anywhere on this side of the boxes, not always behind the box that was pulled last.
    walk = reach(best.field.floor & ~best.boxes, columns, 1 << best.player)
    return _draw(best, _any_cell(rng, walk), rows * columns)


def _room(rng: Generator, rows: int, columns: int, boxes: int, walls: int) -> Field:
    """A room with a goal for each box."""
    floor = _build(rng, rows, columns, walls)
    goals = rng.permutation(list(indices(floor)))[:boxes]
    return Field(floor, sum(1 << cell for cell in goals.tolist()), columns)


def _build(rng: Generator, rows: int, columns: int, walls: int) -> int:
    """The floor of a room with walls all around and `walls` more inside, which leave it in one piece."""
    cells = [row * columns + column for row in range(1, rows - 1) for column in range(1, columns - 1)]
    floor = sum(1 << cell for cell in cells)
    while walls:
        # Of three cells drawn, the one with most floor beside it is spared first: walls in clumps leave room to push.
        drawn = [cells[int(share * len(cells))] for share in rng.random(NUM_DRAWN)]
        for cell in sorted(drawn, key=lambda cell: (floor & _around(cell, columns)).bit_count()):
            left = floor & ~(1 << cell)
            if left != floor and reach(left, columns, left & -left) == left:
                floor, walls = left, walls - 1
                break
    return floor


def _around(cell: int, columns: int) -> int:
    return 1 << cell - 1 | 1 << cell + 1 | 1 << cell - columns | 1 << cell + columns


def _pull(rng: Generator, field: Field, min_pushes: int) -> Opening:
    """Pull boxes at random from their goals, until the way back needs `min_pushes` pushes or time is up."""
    tables, boxes = push_distances(field), field.goals
    player = _any_cell(rng, field.floor & ~boxes)
    best = Opening(field, boxes, player, 0)
    for shares in rng.random((MIN_PULLS + PULLS_PER_PUSH * min_pushes, NUM_OPTIONS)).tolist():
        pulls = _pulls(field, boxes, reach(field.floor & ~boxes, field.columns, 1 << player))
        if not pulls:
            break
        options = []
        for box, step in (pulls[int(share * len(pulls))] for share in shares):
            after = boxes ^ (1 << box) ^ (1 << box + step)
            num_pushes = fewest_pushes(tables, after)
            assert num_pushes is not None, "what was pulled away can be pushed back"
            options.append(Opening(field, after, box + 2 * step, num_pushes))
        # Of the pulls drawn, the one that leads furthest: a plain random walk would stay near the goals.
        found = max(options, key=lambda option: option.num_pushes)
        boxes, player = found.boxes, found.player
        best = max(best, found, key=lambda option: option.num_pushes)
        if best.num_pushes >= min_pushes:
            break
    return best


def _any_cell(rng: Generator, cells: int) -> int:
    places = list(indices(cells))
    return places[int(rng.integers(len(places)))]


def _pulls(field: Field, boxes: int, walk: int) -> list[tuple[int, int]]:
    """Every box and step by which the player, one cell further on, can pull it."""
    free = field.floor & ~boxes
    pulls = []
    for step in steps(field.columns):
        stands = shifted(walk, -step) & shifted(free, -2 * step)
        pulls += [(box, step) for box in indices(boxes & stands)]
    return pulls


def _draw(opening: Opening, player: int, num_cells: int) -> bytes:
    field, cells = opening.field, bytearray([WALL]) * num_cells
    for cell in indices(field.floor):
        cells[cell] = GOAL if field.goals >> cell & 1 else FLOOR
    for cell in indices(opening.boxes):
        cells[cell] += PLACING_A_BOX
    cells[player] += PLACING_THE_PLAYER
    return bytes(cells)

"""The faces of cells. A part of the snake is drawn towards the parts beside it, so that the whole reads as one.

Figures are described looking up and turned into place. An arrow on every part between head and tail points to the next
part towards the head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from games.drawing.face import Face, Mark
from games.drawing.shapes import Axis, Mask, Points, disc, polygon
from games.snake.rules import DIRECTIONS, NUM_DIRECTIONS, Neighbours

EMPTY, WALL, FOOD = range(3)
FIRST_HEAD = FOOD + 1
FIRST_BODY = FIRST_HEAD + NUM_DIRECTIONS
FIRST_TAIL = FIRST_BODY + NUM_DIRECTIONS * NUM_DIRECTIONS
_HALF_WIDTH, _SKIN = 500, 90
_LEAF: Points = ((40, -520), (240, -820), (560, -820), (400, -560))
_ARROW: Points = ((0, -380), (370, 330), (0, 150), (-370, 330))


@dataclass(frozen=True, slots=True)
class _Turned:
    """A figure that looks up, turned to look elsewhere, and moved."""

    figure: Callable[[Axis, Axis], Mask]
    looks: int
    right: int = 0
    down: int = 0

    def __call__(self, x: Axis, y: Axis) -> Mask:
        x, y = x - self.right, y - self.down
        return self.figure(*((x, y), (-x, -y), (-y, x), (y, -x))[self.looks])


@dataclass(frozen=True, slots=True)
class _Tube:
    """The skin or the inside of a part that runs from one side of the cell to another, with an arrow cut out of it.

    Through the arrow the tile is seen, which is light where the theme is light, and dark where it is dark.
    """

    head_side: int
    tail_side: int
    half_width: int

    def __call__(self, x: Axis, y: Axis) -> Mask:
        right, down = _corner(self.head_side, self.tail_side)
        arrow = _Turned(_arrow, self.head_side, 300 * right, 300 * down)(x, y)
        if right:
            bend = disc(x, y, 1024 * right, 1024 * down, 1024 + self.half_width)
            return bend & ~disc(x, y, 1024 * right, 1024 * down, 1024 - self.half_width) & ~arrow
        across = x if self.head_side < 2 else y
        return (abs(across) <= self.half_width) & ~arrow


@dataclass(frozen=True, slots=True)
class _Head:
    half_width: int

    def __call__(self, x: Axis, y: Axis) -> Mask:
        neck = (abs(x) <= self.half_width) & (y >= 0)
        return neck | disc(x, y, 0, 40, self.half_width + 130) | disc(x, y, 0, -220, self.half_width)


@dataclass(frozen=True, slots=True)
class _Tail:
    half_width: int

    def __call__(self, x: Axis, y: Axis) -> Mask:
        tip = self.half_width * 2 // 5
        cone = ((-self.half_width, -1025), (self.half_width, -1025), (tip, 560), (-tip, 560))
        return polygon(x, y, cone) | disc(x, y, 0, 560, tip)


def _corner(first: int, second: int) -> tuple[int, int]:
    """Right and down, as signs, of the corner between two sides; (0, 0) for sides that face each other."""
    if first // 2 == second // 2:
        return 0, 0
    upright, level = sorted((first, second))
    return 2 * (level % 2) - 1, 2 * (upright % 2) - 1


def _eyes(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -290, -160, 190) | disc(x, y, 290, -160, 190)


def _pupils(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -280, -220, 100) | disc(x, y, 280, -220, 100)


def _tongue(x: Axis, y: Axis) -> Mask:
    stem = (abs(x) <= 60) & (y >= -860) & (y <= -600)
    fork = (abs(abs(x) + y + 800) <= 80) & (abs(x) <= 190) & (y <= -760)
    return np.asarray(stem | fork)


def _arrow(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _ARROW)


def _apple(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -240, 130, 500) | disc(x, y, 240, 130, 500)


def _stem(x: Axis, y: Axis) -> Mask:
    return (abs(x) <= 70) & (y >= -640) & (y <= -200)


def _leaf(x: Axis, y: Axis) -> Mask:
    return polygon(x, y, _LEAF)


def _shine(x: Axis, y: Axis) -> Mask:
    return disc(x, y, -350, -20, 130)


def _stones(x: Axis, y: Axis) -> Mask:
    """Two courses of two blocks."""
    down, along = (y + 1024) % 1024, (x + 1024 + 512 * ((y + 1024) // 1024)) % 1024
    return (down >= 60) & (down < 964) & (along >= 60) & (along < 964)


def _skinned(outer: Callable[[Axis, Axis], Mask], inner: Callable[[Axis, Axis], Mask]) -> tuple[Mark, Mark]:
    return Mark(outer, "black", outlined=False), Mark(inner, "green", outlined=False)


def _head(looks: int) -> Face:
    skin = _skinned(_Turned(_Head(_HALF_WIDTH), looks), _Turned(_Head(_HALF_WIDTH - _SKIN), looks))
    tongue = Mark(_Turned(_tongue, looks), "red", outlined=False)
    eyes = (
        Mark(_Turned(_eyes, looks), "white", outlined=False),
        Mark(_Turned(_pupils, looks), "black", outlined=False),
    )
    return Face(f"head {DIRECTIONS[looks]}", (tongue, *skin, *eyes), can_turn=False)


def _body(head_side: int, tail_side: int) -> Face:
    outer = _Tube(head_side, tail_side, _HALF_WIDTH)
    inner = _Tube(head_side, tail_side, _HALF_WIDTH - _SKIN)
    return Face(f"body {DIRECTIONS[head_side]}", _skinned(outer, inner), can_turn=False)


def _tail(head_side: int) -> Face:
    skin = _skinned(_Turned(_Tail(_HALF_WIDTH), head_side), _Turned(_Tail(_HALF_WIDTH - _SKIN), head_side))
    return Face(f"tail {DIRECTIONS[head_side]}", skin, can_turn=False)


@cache
def snake_faces() -> tuple[Face, ...]:
    """Empty, wall, food, then heads by where they look, parts by the sides of head and tail, tails by the next part.

    Parts whose two sides are the same have a number, but never appear.
    """
    sides = range(NUM_DIRECTIONS)
    apple = (
        Mark(_stem, "brown", outlined=False),
        Mark(_leaf, "green"),
        Mark(_apple, "red"),
        Mark(_shine, "white", outlined=False),
    )
    return (
        Face("empty"),
        Face("wall", (Mark(_stones, "grey", outlined=False),), "dark"),
        Face("food", apple),
        *(_head(looks) for looks in sides),
        *(_body(head_side, tail_side) for head_side in sides for tail_side in sides),
        *(_tail(head_side) for head_side in sides),
    )


def face_cells(body: bytes, walls: bytes, food: bytes, ways: Neighbours) -> bytes:
    """The face number of every cell, in row order."""
    faces = bytearray(len(ways))
    for cell in walls:
        faces[cell] = WALL
    for cell in food:
        faces[cell] = FOOD
    head_side = ways[body[0]].index(body[1]) ^ 1
    faces[body[0]] = FIRST_HEAD + head_side
    for before, cell, after in zip(body, body[1:], body[2:]):
        sides = ways[cell]
        faces[cell] = FIRST_BODY + NUM_DIRECTIONS * sides.index(before) + sides.index(after)
    faces[body[-1]] = FIRST_TAIL + ways[body[-1]].index(body[-2])
    return bytes(faces)

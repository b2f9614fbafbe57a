"""Where ball, paddle and bricks of Atari's Breakout are, from its memory and its picture; x to the right, y down, px.

The field is cut into cells of 16 by 12 px, such that the wall of bricks fills whole cells, two by two bricks each, and
the paddle is as wide as a cell.
"""

from __future__ import annotations

from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image

ROWS, COLUMNS = 14, 9
CELL_HEIGHT, CELL_WIDTH = 12, 16
# The field without its walls, and the wall of bricks in it; what lies at the right or below begins there.
FIELD_TOP, FIELD_LEFT, FIELD_BOTTOM, FIELD_RIGHT = 33, 8, 201, 152
BRICK_ROWS, BRICK_COLUMNS, BRICK_HEIGHT, BRICK_WIDTH = 6, 18, 6, 8
BRICKS_TOP, BRICKS_BOTTOM = 57, 93
# From the top row to the bottom one; ball and paddle have the first colour where they cross no row of bricks.
BRICK_COLOURS = ((200, 72, 72), (198, 108, 58), (180, 122, 48), (162, 162, 42), (72, 160, 72), (66, 72, 200))
_COLOURS = np.array(BRICK_COLOURS, np.uint8).reshape(BRICK_ROWS, 1, 1, 1, 3)
BALL_WIDTH, BALL_HEIGHT = 2, 4
PADDLE_TOP, PADDLE_HEIGHT, PADDLE_WIDTH = 189, 4, 16

# Addresses in the console's memory, and what their values count from; 0 at BALL_Y says that no ball is in play.
PADDLE_X, BALL_X, BALL_Y = 72, 99, 101
PADDLE_ORIGIN, BALL_LEFT, BALL_TOP = 47, 49, 9

MAX_BRICKS = 4
_BRICKS = ("empty", "1 brick", *(f"{count} bricks" for count in range(2, MAX_BRICKS + 1)))
_BALL = ("ball", *(f"ball and {name}" for name in _BRICKS[1:]))
NAMES = (*_BRICKS, *_BALL, "paddle", "ball and paddle")
WITH_BALL, PADDLE, PADDLE_AND_BALL = len(_BRICKS), len(_BRICKS) + len(_BALL), len(_BRICKS) + len(_BALL) + 1


class Moving(NamedTuple):
    """What moves: the visible part of the paddle and the ball's upper left corner, in px; None for no visible ball."""

    paddle_x: int
    paddle_width: int
    ball: tuple[int, int] | None


def find_bricks(frame: Image) -> NDArray[np.bool_]:
    """Which bricks stand: bool (6, 18).

    A brick stands when at least two of its corners have its colour: a ball, which takes the colour of the row of bricks
    that it crosses, covers at most one corner of a gap.
    """
    wall = frame[BRICKS_TOP:BRICKS_BOTTOM, FIELD_LEFT:FIELD_RIGHT]
    bricks = wall.reshape(BRICK_ROWS, BRICK_HEIGHT, BRICK_COLUMNS, BRICK_WIDTH, 3)
    corners = bricks[:, :: BRICK_HEIGHT - 1, :, :: BRICK_WIDTH - 1]
    found: NDArray[np.bool_] = (corners == _COLOURS).all(axis=4).sum(axis=(1, 3)) >= 2
    return found


def find_moving(ram: NDArray[np.uint8], frame: Image, bricks: NDArray[np.bool_]) -> Moving:
    """Paddle and ball; a ball counts as visible when half of it shows, outside standing bricks and the paddle.

    Args:
        ram: The console's 128 bytes of memory.
        frame: uint8 (210, 160, 3).
        bricks: From `find_bricks`.
    """
    left = int(ram[PADDLE_X]) - PADDLE_ORIGIN
    paddle_x, end = max(left, FIELD_LEFT), min(left + PADDLE_WIDTH, FIELD_RIGHT)
    paddle_width = int((frame[PADDLE_TOP + 1, paddle_x:end] == BRICK_COLOURS[0]).all(axis=1).sum())
    if not ram[BALL_Y]:
        return Moving(paddle_x, paddle_width, None)
    x, y = int(ram[BALL_X]) - BALL_LEFT, int(ram[BALL_Y]) + BALL_TOP
    # One row more above and below: in some frames the ball is drawn a pixel away from where the memory has it.
    top, left = max(y - 1, FIELD_TOP - 1), max(x, FIELD_LEFT)
    box = frame[top : min(y + BALL_HEIGHT + 1, FIELD_BOTTOM), left : min(x + BALL_WIDTH, FIELD_RIGHT)]
    shown = 0
    lit: list[list[bool]] = np.asarray(box.any(axis=2)).tolist()
    for row, is_lit in enumerate(lit, top):
        for column in compress(range(left, FIELD_RIGHT), is_lit):
            if BRICKS_TOP <= row < BRICKS_BOTTOM:
                shown += not bricks[(row - BRICKS_TOP) // BRICK_HEIGHT, (column - FIELD_LEFT) // BRICK_WIDTH]
            else:
                is_paddle = PADDLE_TOP <= row < PADDLE_TOP + PADDLE_HEIGHT
                shown += not (is_paddle and paddle_x <= column < paddle_x + paddle_width)
    return Moving(paddle_x, paddle_width, (x, y) if 2 * shown >= BALL_HEIGHT * BALL_WIDTH else None)


def describe(ram: NDArray[np.uint8], frame: Image) -> bytes:
    """The number in `NAMES` of every cell, in row order: bricks in it, and whether a ball's or paddle's middle is."""
    cells = np.zeros((ROWS, COLUMNS), np.uint8)
    first = (BRICKS_TOP - FIELD_TOP) // CELL_HEIGHT
    bricks = find_bricks(frame)
    cells[first : first + BRICK_ROWS // 2] = bricks.reshape(BRICK_ROWS // 2, 2, COLUMNS, 2).sum(axis=(1, 3))
    moving = find_moving(ram, frame, bricks)
    cells[-1, _column(moving.paddle_x + moving.paddle_width // 2)] = PADDLE
    if moving.ball is not None:
        x, y = moving.ball
        row, column = (y + BALL_HEIGHT // 2 - FIELD_TOP) // CELL_HEIGHT, _column(x + BALL_WIDTH // 2)
        if 0 <= row < ROWS:
            cells[row, column] = PADDLE_AND_BALL if cells[row, column] == PADDLE else cells[row, column] + WITH_BALL
    return cells.tobytes()


def _column(x: int) -> int:
    return min(max((x - FIELD_LEFT) // CELL_WIDTH, 0), COLUMNS - 1)

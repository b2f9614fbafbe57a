"""The rules: where the player can go, what a key opens, and what the player sees.

A maze is bytes, a face per cell in row order, with walls all around and without the player, who is a cell index of its
own. A key lies on the floor; taking it turns it and the doors of its colour into floor, so that nothing is carried.
"""

from __future__ import annotations

import numpy as np

COLOURS = ("red", "blue", "green")
NUM_COLOURS = len(COLOURS)
WALL, FLOOR, GOAL, PLAYER, PLAYER_ON_GOAL, HIDDEN = range(6)
FIRST_KEY = HIDDEN + 1
FIRST_DOOR = FIRST_KEY + NUM_COLOURS
DIRECTIONS = ("up", "down", "left", "right")
_FLOOR = bytes([FLOOR])


def steps(columns: int) -> tuple[int, int, int, int]:
    """By how much a cell's index grows from one cell to the next, for each of `DIRECTIONS`."""
    return -columns, columns, -1, 1


def is_open(face: int) -> bool:
    """Whether the player can go onto a cell with this face: it is no wall and no door."""
    return WALL < face < FIRST_DOOR


def is_key(face: int) -> bool:
    """Whether a key lies there."""
    return FIRST_KEY <= face < FIRST_DOOR


def take(cells: bytes, cell: int) -> bytes:
    """The maze when the player has come onto a cell: a key there is gone, and so are the doors of its colour."""
    face = cells[cell]
    if not is_key(face):
        return cells
    return cells.replace(bytes([face]), _FLOOR).replace(bytes([face + NUM_COLOURS]), _FLOOR)


def look(seen: bytes, player: int, columns: int, radius: int) -> bytes:
    """What has been seen, 1 per cell, when the player looks around, through walls.

    Args:
        seen: What was known before, a byte per cell.
        radius: Cells of at most as many rows and columns away are seen.
    """
    after = bytearray(seen)
    row, column = divmod(player, columns)
    left, right = max(0, column - radius), min(columns, column + radius + 1)
    line = b"\1" * (right - left)
    for start in range(max(0, row - radius) * columns, min(len(seen), (row + radius + 1) * columns), columns):
        after[start + left : start + right] = line
    return bytes(after)


def show(cells: bytes, player: int, seen: bytes | None) -> bytes:
    """The faces as the player sees them; None for `seen` shows all."""
    shown = bytearray(cells)
    shown[player] = PLAYER_ON_GOAL if cells[player] == GOAL else PLAYER
    if seen is None:
        return bytes(shown)
    return np.where(np.frombuffer(seen, np.bool_), np.frombuffer(shown, np.uint8), np.uint8(HIDDEN)).tobytes()

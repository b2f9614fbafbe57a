"""The rules: how a move changes a board. Boards are bytes, a face per cell in row order, with walls all around.

A face tells what stands on a cell (nothing, a box, the player) and whether the cell is a goal. They are numbered so
that a goal adds 1, a box 2 and the player 4 to the number of the bare floor.
"""

from __future__ import annotations

WALL, FLOOR, GOAL, BOX, BOX_ON_GOAL, PLAYER, PLAYER_ON_GOAL = range(7)
PLACING_A_BOX, PLACING_THE_PLAYER = BOX - FLOOR, PLAYER - FLOOR
DIRECTIONS = ("up", "down", "left", "right")
SOLVED_BONUS = 10.0


def steps(columns: int) -> tuple[int, int, int, int]:
    """By how much a cell's index grows from one cell to the next, for each of `DIRECTIONS`."""
    return -columns, columns, -1, 1


def find_player(cells: bytes) -> int:
    """Index of the player's cell."""
    index = cells.find(PLAYER)
    return index if index >= 0 else cells.index(PLAYER_ON_GOAL)


def can_move(cells: bytes, player: int, step: int) -> bool:
    """Whether the player can go to the next cell: it is free, or holds a box with a free cell behind it."""
    face = cells[player + step]
    if face in (BOX, BOX_ON_GOAL):
        face = cells[player + 2 * step]
    return face in (FLOOR, GOAL)


def move(cells: bytes, player: int, step: int) -> bytes:
    """The board after a move that `can_move` allows."""
    after = bytearray(cells)
    ahead = player + step
    if after[ahead] in (BOX, BOX_ON_GOAL):
        after[ahead] -= PLACING_A_BOX
        after[ahead + step] += PLACING_A_BOX
    after[player] -= PLACING_THE_PLAYER
    after[ahead] += PLACING_THE_PLAYER
    return bytes(after)


def is_solved(cells: bytes) -> bool:
    """Whether every box is on a goal."""
    return BOX not in cells


def reward(before: bytes, after: bytes) -> float:
    """1.0 for a box that came onto a goal, -1.0 for one that left its goal, and the bonus when all are on goals."""
    change = after.count(BOX_ON_GOAL) - before.count(BOX_ON_GOAL)
    return change + SOLVED_BONUS * is_solved(after)


def has_cornered_box(cells: bytes, columns: int) -> bool:
    """Whether a box off the goals has a wall above or below it and one to its left or right: it can never move."""
    box = cells.find(BOX)
    while box >= 0:
        beside_a_wall = WALL in (cells[box - 1], cells[box + 1])
        if beside_a_wall and WALL in (cells[box - columns], cells[box + columns]):
            return True
        box = cells.find(BOX, box + 1)
    return False

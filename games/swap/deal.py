"""What is drawn at random: openings, the tiles that refill a board, and reshuffles."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from games.drawing.coloured_shapes import face_numbers
from games.swap.rules import Mask, clear, fall, has_legal_swap, matched

MAX_SHUFFLES = 100
MAX_WAVES = 64


def draw_faces(rng: Generator, num_faces: int, colours: int, shapes: int) -> bytes:
    """Which faces an episode plays with: `num_faces` different ones of the palette, sorted."""
    return bytes(sorted(rng.permutation(face_numbers(colours, shapes))[:num_faces].tolist()))


def deal_board(rng: Generator, faces: bytes, rows: int, columns: int) -> bytes:
    """A board without a match and with a legal swap, from at least three faces on at least 3x3 cells.

    Boards are drawn until one has a legal swap. Of 8x8 boards with 12 faces 96% have; of 3x3 boards with 64 faces, the
    worst case, one in 165, and the search takes a millisecond.
    """
    while True:
        cells = _draw_board(rng, faces, rows, columns)
        if has_legal_swap(cells, rows, columns):
            return cells


def _draw_board(rng: Generator, faces: bytes, rows: int, columns: int) -> bytes:
    """Cell by cell, a face drawn uniformly among those that complete no run with the cells to the left and above."""
    board = bytearray()
    for index, share in enumerate(rng.random(rows * columns).tolist()):
        left = board[-1] if index % columns >= 2 and board[-1] == board[-2] else 0
        above = board[-columns] if index >= 2 * columns and board[-columns] == board[-2 * columns] else 0
        allowed = [face for face in faces if face not in (left, above)] if left or above else faces
        board.append(allowed[int(share * len(allowed))])
    return bytes(board)


def is_settled(cells: bytes, rows: int, columns: int) -> bool:
    """Whether no match stands on the board and some swap makes one."""
    return not matched(cells, rows, columns) and has_legal_swap(cells, rows, columns)


def settle(
    rng: Generator, cells: bytes, mask: Mask, faces: bytes, rows: int, columns: int, cascades: bool
) -> tuple[bytes, int]:
    """Clear the matches of a board, let tiles fall and refill it from `faces`, until it can be played on.

    Args:
        mask: The matches, not 0.
        cascades: Whether matches that fall into place are cleared too; otherwise they stand.

    Returns:
        The board, with a legal swap, and the number of cells cleared. Few faces on a large board may match without
        end: after MAX_WAVES waves the board is dealt anew.
    """
    num_cleared = 0
    for _ in range(MAX_WAVES):
        num_fresh = mask.bit_count()
        fresh = bytes([faces[int(share * len(faces))] for share in rng.random(num_fresh).tolist()])
        cells = fall(clear(cells, mask), columns, fresh)
        num_cleared += num_fresh
        mask = matched(cells, rows, columns) if cascades else 0
        if not mask:
            break
    if mask:
        return deal_board(rng, faces, rows, columns), num_cleared
    if not has_legal_swap(cells, rows, columns):
        cells = reshuffle(rng, cells, faces, rows, columns)
    return cells, num_cleared


def reshuffle(rng: Generator, cells: bytes, faces: bytes, rows: int, columns: int) -> bytes:
    """The same tiles in another order, without a match and with a legal swap; a new deal where none is found."""
    tiles = np.frombuffer(cells, np.uint8)
    for _ in range(MAX_SHUFFLES):
        shuffled = rng.permutation(tiles).tobytes()
        if is_settled(shuffled, rows, columns):
            return shuffled
    return deal_board(rng, faces, rows, columns)

"""Openings: which faces appear, and where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from games.shisensho.rules import Reach, has_legal_pair, remove, tiles_by_face
from games.shisensho.solver import find_pairs

MAX_SHUFFLES = 100
MAX_SOLVER_SHUFFLES = 8


def draw_pairs(rng: Generator, num_pairs: int, num_faces: int, palette: Sequence[int]) -> list[int]:
    """A face for every pair of tiles: `num_faces` of the palette, drawn at random, with as equal shares as possible."""
    chosen = rng.permutation(np.array(palette, np.uint8))[:num_faces]
    return [int(chosen[pair % num_faces]) for pair in range(num_pairs)]


def draw_photos(rng: Generator, cells: bytes, counts: Sequence[int]) -> tuple[int, ...]:
    """A number for the photograph of every tile, 0 where there is none; tiles of a face have different ones.

    Args:
        counts: Photographs of each face, from face 1 on.
    """
    photos = [0] * len(cells)
    for face, tiles in sorted(tiles_by_face(cells).items()):
        numbers = rng.choice(counts[face - 1], len(tiles), replace=False)
        for tile, number in zip(tiles, numbers.tolist(), strict=True):
            photos[tile] = number
    return tuple(photos)


def deal_shuffled(rng: Generator, pairs: list[int], rows: int, columns: int) -> bytes:
    """A full board, uniform among those with a legal pair."""
    tiles = np.repeat(np.array(pairs, np.uint8), 2)
    for _ in range(MAX_SHUFFLES):
        cells = rng.permutation(tiles).tobytes()
        if has_legal_pair(cells, rows, columns):
            return cells
    return tiles.tobytes()  # Equal tiles lie side by side.


def deal_solvable(rng: Generator, pairs: list[int], rows: int, columns: int) -> bytes:
    """A full board that can be cleared: a shuffle that the solver clears, else one laid out backwards."""
    for _ in range(MAX_SOLVER_SHUFFLES):
        cells = deal_shuffled(rng, pairs, rows, columns)
        if len(find_pairs(cells, rows, columns)) == len(pairs):
            return cells
    return lay_out(rng, pairs, rows, columns)[0]


def lay_out(rng: Generator, pairs: list[int], rows: int, columns: int) -> tuple[bytes, list[tuple[int, int]]]:
    """A full board, and the removals, as cell indices, that clear it.

    A board without faces is cleared by removing any two tiles that a path joins, drawn at random, and each pair is
    given a face. Some two can always be joined: two tiles in the outermost row or column that is not empty, on the
    same side, meet outside it.
    """
    occupied = bytes([1]) * (rows * columns)
    board = bytearray(len(occupied))
    removals = []
    for pair in rng.permutation(len(pairs)):
        first, second = _joined_pair(rng, occupied, rows, columns)
        board[first] = board[second] = pairs[pair]
        occupied = remove(occupied, first, second)
        removals.append((first, second))
    return bytes(board), removals


def _joined_pair(rng: Generator, occupied: bytes, rows: int, columns: int) -> tuple[int, int]:
    joins = Reach(occupied, rows, columns).joins
    tiles = [index for index, tile in enumerate(occupied) if tile]
    for first in rng.permutation(tiles):
        partners = [second for second in tiles if second != first and joins(int(first), second)]
        if partners:
            return int(first), partners[int(rng.integers(len(partners)))]
    raise AssertionError("an even number of tiles always has two that can be joined")

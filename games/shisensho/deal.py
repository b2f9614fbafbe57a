"""Openings: which faces appear, and where."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from games.shisensho.faces import face_numbers
from games.shisensho.rules import has_legal_pair

MAX_SHUFFLES = 100


def draw_pairs(rng: Generator, num_pairs: int, num_faces: int, colours: int, shapes: int) -> list[int]:
    """A face for every pair of tiles: `num_faces` faces drawn without replacement, each given as evenly many pairs as possible."""
    palette = np.array(face_numbers(colours, shapes), np.uint8)
    chosen = rng.permutation(palette)[:num_faces]
    return [int(chosen[pair % num_faces]) for pair in range(num_pairs)]


def deal_shuffled(rng: Generator, pairs: list[int], rows: int, columns: int) -> bytes:
    """A full board, uniform among those with a legal pair."""
    tiles = np.repeat(np.array(pairs, np.uint8), 2)
    for _ in range(MAX_SHUFFLES):
        cells = rng.permutation(tiles).tobytes()
        if has_legal_pair(cells, rows, columns):
            return cells
    return tiles.tobytes()  # Equal tiles lie side by side.

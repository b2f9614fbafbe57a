"""Textures: brightness patterns that lie on every tile and say nothing. T: tile side in px."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

TEXTURES = ("plain", "stripes", "checks", "dots", "grain")
DEPTH = 14


@lru_cache(maxsize=64)
def grain(texture: str, tile_px: int) -> NDArray[np.int32]:
    """What a texture adds to every channel of a tile: int32 (T, T), -DEPTH .. DEPTH, read-only."""
    row, column = np.indices((tile_px, tile_px), np.int32)
    step = max(2, tile_px // 14)
    if texture == "stripes":
        high = (row + column) // step % 2
    elif texture == "checks":
        high = (row // step + column // step) % 2
    elif texture == "dots":
        down, right = row % (2 * step) * 2 + 1 - 2 * step, column % (2 * step) * 2 + 1 - 2 * step
        high = (down * down + right * right < step * step).astype(np.int32)
    elif texture == "grain":
        blocks = SeedSequence(tile_px).generate_state(tile_px * tile_px, np.uint32).reshape(tile_px, tile_px)
        high = (blocks[row // 2, column // step] >> 31).astype(np.int32)
    else:
        high = np.zeros((tile_px, tile_px), np.int32)
    pattern = np.asarray(high * 2 * DEPTH - DEPTH if texture != "plain" else high, np.int32)
    pattern.setflags(write=False)
    return pattern

"""A truth for any picture: cut it into a grid and say which colour covers most of each cell.

Exact by rule, so that what a model says of an environment that nobody has described can still be right or wrong.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image

# A colour has the name of the nearest of these by the sum of squared differences of red, green and blue; among the
# first three only where its red, green and blue are nearly equal.
ANCHORS = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "red": (208, 48, 48),
    "orange": (240, 136, 32),
    "yellow": (240, 216, 48),
    "green": (48, 168, 72),
    "cyan": (64, 208, 224),
    "blue": (40, 80, 208),
    "purple": (136, 48, 176),
    "pink": (240, 144, 192),
    "brown": (136, 88, 40),
}
NAMES = tuple(ANCHORS)
_BITS = 5
_NUM_GREYS, _GREY_SPREAD = 3, 32


@cache
def _name_table() -> NDArray[np.uint8]:
    """The name number of every colour, by its upper five bits of red, green and blue: (32768,), read-only."""
    level = (np.arange(2**_BITS, dtype=np.int32) * 2 + 1) << (7 - _BITS)
    colours = np.stack(np.meshgrid(level, level, level, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    distance = ((colours - np.array(list(ANCHORS.values()), np.int32)) ** 2).sum(axis=2)
    is_grey = np.ptp(colours, axis=2) <= _GREY_SPREAD
    distance[:, _NUM_GREYS:] += is_grey * np.int32(2**24)
    table: NDArray[np.uint8] = distance.argmin(axis=1).astype(np.uint8)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=64)
def _cell_bases(frame_size: tuple[int, int], rows: int, columns: int) -> NDArray[np.intp]:
    """For every pixel, its cell's number times the number of names: (H, W), read-only."""
    down, across = (
        np.arange(side, dtype=np.intp) * count // side for side, count in zip(frame_size, (rows, columns), strict=True)
    )
    bases: NDArray[np.intp] = (down[:, None] * columns + across) * len(NAMES)
    bases.setflags(write=False)
    return bases


def commonest_colours(frame: Image, rows: int, columns: int) -> bytes:
    """The number in `NAMES` of the colour with most pixels in each cell, in row order; the first one of equals.

    Args:
        frame: uint8 (H, W, 3), at least `rows` by `columns` px; where a side does not divide, cells differ by 1 px.
        rows: Rows of cells.
        columns: Columns of cells.
    """
    coarse = frame.astype(np.intp) >> (8 - _BITS)
    names = _name_table()[(coarse[..., 0] << 2 * _BITS) | (coarse[..., 1] << _BITS) | coarse[..., 2]]
    bases = _cell_bases((frame.shape[0], frame.shape[1]), rows, columns)
    counts = np.bincount((bases + names).ravel(), minlength=rows * columns * len(NAMES))
    return bytes(counts.reshape(-1, len(NAMES)).argmax(axis=1).tolist())

"""Square pictures in another size, bit for bit the same everywhere. S, T: side before and after, in px."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image


def resize(image: Image, side: int) -> Image:
    """The picture at another size: uint8 (S, S, 3) to (T, T, 3), bilinear upwards, a tent over all pixels downwards.

    Weights and sums are whole numbers far below 2**53, so that matrix products of floats are exact in any order.
    """
    weights = _weights(len(image), side)
    planes = weights @ image.transpose(2, 0, 1).astype(np.float64) @ weights.T
    totals = weights.sum(axis=1)
    whole = totals[:, None] * totals
    # A quotient of such numbers is never rounded up to the next whole number, so that its floor is exact as well.
    rounded = ((planes + whole // 2) / whole).astype(np.uint8)
    return np.ascontiguousarray(rounded.transpose(1, 2, 0))


@lru_cache(maxsize=64)
def _weights(size: int, side: int) -> NDArray[np.float64]:
    """What each pixel before gives to each pixel after, (T, S); beyond the border the outermost pixel goes on."""
    reach = max(size, side)
    margin = reach // side + 2
    place = np.arange(-margin, size + margin)
    distance = abs((2 * np.arange(side)[:, None] + 1) * size - (2 * place[None, :] + 1) * side)
    tent = np.maximum(2 * reach - distance, 0)
    weights: NDArray[np.float64] = tent.astype(np.float64) @ (place.clip(0, size - 1)[:, None] == np.arange(size))
    weights.setflags(write=False)
    return weights

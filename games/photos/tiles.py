"""Photographs as tiles of a board. T: tile side in px; F: fixed tiles; P: places for photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image
from games.drawing.face import Look, finish
from games.drawing.palette import THEMES
from games.drawing.texture import grain
from games.photos.photo_set import KINDS, PhotoSet
from games.photos.resize import resize

KEPT_BYTES = 24 * 2**20
MIN_PLACES = 256
"""As many as the largest board has cells."""
TileKey: TypeAlias = tuple[int, int, int]
"""Face (1 + kind), number and variant of a photograph; (0, 0, variant) for an empty cell."""


class TilePool:
    """A table of tiles from which boards are drawn: fixed ones, then the photographs drawn last, up to KEPT_BYTES.

    A tile that is not there is painted in the place of the one that was drawn longest ago. Threads may share a pool.

    Args:
        fixed: (F, T, T, 3); tile number v is the empty cell in variant v.
    """

    def __init__(self, photos: PhotoSet, look: Look, fixed: Image) -> None:
        self._photos, self._look, self._num_fixed = photos, look, len(fixed)
        self.num_places = max(MIN_PLACES, KEPT_BYTES // fixed[0].nbytes)
        # Memory is taken only as places are filled.
        self._table: Image = np.empty((len(fixed) + self.num_places, *fixed.shape[1:]), np.uint8)
        self._table[: len(fixed)] = fixed
        self._numbers: dict[TileKey, int] = {(0, 0, variant): variant for variant in range(look.num_variants)}
        self._keys: list[TileKey | None] = [None] * self.num_places
        self._drawn_at = np.zeros(self.num_places + len(fixed), np.int64)
        self._clock = 0
        self._lock = Lock()

    def draw(self, keys: Iterable[TileKey], draw: Callable[[Image, NDArray[np.intp]], Image]) -> Image:
        """What `draw` makes of the table, (F + P, T, T, 3), and the tile numbers of these keys; it must copy."""
        with self._lock:
            keys = list(keys)
            self._clock += 1
            found = list(map(self._numbers.get, keys))
            if None in found:
                self._drawn_at[[number for number in found if number is not None]] = self._clock
                found = list(map(self._add, keys))
            numbers = np.array(found, np.intp)
            self._drawn_at[numbers] = self._clock
            return draw(self._table, numbers)

    def _add(self, key: TileKey) -> int:
        """The number of a tile, which is painted where it is missing."""
        if key in self._numbers:
            return self._numbers[key]
        place = int(self._drawn_at[self._num_fixed :].argmin())
        number = self._num_fixed + place
        before = self._keys[place]
        if before is not None:
            del self._numbers[before]
            self._keys[place] = None
        self._table[number] = photo_tile(self._photos, self._look, key)
        self._keys[place] = key
        self._numbers[key] = number
        self._drawn_at[number] = self._clock
        return number


def photo_tile(photos: PhotoSet, look: Look, key: TileKey) -> Image:
    """A photograph on the bare background, which shows as a thin frame: a read-only tile, uint8 (T, T, 3)."""
    face, photo, variant = key
    tile_px, edge = look.tile_px, max(1, look.tile_px // 28)
    image = np.full((tile_px, tile_px, 3), THEMES[look.theme].background, np.int32)
    inner = resize(photos.photo(face - 1, photo), tile_px - 2 * edge)
    image[edge:-edge, edge:-edge] = np.rot90(inner, variant % 4) if look.rotation else inner
    if look.texture != "plain":
        image += grain(look.texture, tile_px)[:, :, None]
    return finish(image, look, f"{KINDS[face - 1]}/{photo}/{variant}")

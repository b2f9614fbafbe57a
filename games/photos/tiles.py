"""Photographs as tiles of a board, kept for a while. T: tile side in px."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TypeAlias

import numpy as np

from games.core.types import Image
from games.drawing.face import Look, finish
from games.drawing.palette import THEMES
from games.drawing.texture import grain
from games.photos.photo_set import KINDS, PhotoSet
from games.photos.resize import resize

MAX_KEPT_BYTES = 96 * 2**20
_Key: TypeAlias = tuple[str, int, int, int, Look]


class TileShelf:
    """The tiles asked for last, up to a number of bytes; safe to share between threads."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.num_bytes = 0
        self._tiles: OrderedDict[_Key, Image] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> Image | None:
        """The tile, if it is still there."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: _Key, tile: Image) -> None:
        """Keep a tile; those asked for longest ago make room."""
        with self._lock:
            if key not in self._tiles:
                self._tiles[key] = tile
                self.num_bytes += tile.nbytes
            while self.num_bytes > self.max_bytes:
                self.num_bytes -= self._tiles.popitem(last=False)[1].nbytes


_shelf = TileShelf(MAX_KEPT_BYTES)


def photo_tile(photos: PhotoSet, kind: int, number: int, look: Look, variant: int = 0) -> Image:
    """A photograph on the bare background, which shows as a thin frame: a read-only tile, uint8 (T, T, 3).

    Args:
        variant: One of 0 .. look.num_variants - 1: what is random in the look, and the turn.
    """
    key = (photos.name, kind, number, variant, look)
    tile = _shelf.get(key)
    if tile is None:
        tile = _paint(photos.photo(kind, number), look, f"{KINDS[kind]}/{number}/{variant}", variant)
        _shelf.put(key, tile)
    return tile


def _paint(photo: Image, look: Look, key: str, variant: int) -> Image:
    tile_px, edge = look.tile_px, max(1, look.tile_px // 28)
    image = np.full((tile_px, tile_px, 3), THEMES[look.theme].background, np.int32)
    inner = resize(photo, tile_px - 2 * edge)
    image[edge:-edge, edge:-edge] = np.rot90(inner, variant % 4) if look.rotation else inner
    if look.texture != "plain":
        image += grain(look.texture, tile_px)[:, :, None]
    return finish(image, look, key)

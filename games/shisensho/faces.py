"""The faces of tiles: colours times shapes. Face 0 is the empty cell; face 1 + 8 * colour + shape is a tile."""

from __future__ import annotations

from functools import lru_cache

from games.core.types import Image
from games.drawing.board import face_tile, make_atlas, solid_tile
from games.drawing.palette import BACKGROUND, COLOURS
from games.drawing.shapes import SHAPES

EMPTY = 0
EMPTY_LABEL = "empty"
MAX_COLOURS, MAX_SHAPES = len(COLOURS), len(SHAPES)
LABELS = (EMPTY_LABEL, *(f"{colour} {shape}" for colour in COLOURS for shape in SHAPES))


def face_numbers(colours: int, shapes: int) -> list[int]:
    """The faces of the first `colours` colours with the first `shapes` shapes."""
    return [1 + MAX_SHAPES * colour + shape for colour in range(colours) for shape in range(shapes)]


@lru_cache(maxsize=8)
def face_atlas(tile_px: int) -> Image:
    """Every face as a tile: uint8 (65, T, T, 3), read-only."""
    tiles = [face_tile(colour, shape, tile_px) for colour in COLOURS for shape in SHAPES]
    return make_atlas([solid_tile(tile_px, BACKGROUND), *tiles])

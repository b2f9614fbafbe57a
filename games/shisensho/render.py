"""The picture of a board."""

from __future__ import annotations

import numpy as np

from games.core.types import Image
from games.drawing.board import draw_board
from games.shisensho.faces import face_atlas


def draw(cells: bytes, rows: int, columns: int, tile_px: int, image_size: tuple[int, int]) -> Image:
    """Draw a board at its final size: uint8 (H, W, 3) RGB, tiles of `tile_px` px, centred in `image_size` = (H, W)."""
    grid = np.frombuffer(cells, np.uint8).reshape(rows, columns)
    return draw_board(face_atlas(tile_px), grid, image_size)

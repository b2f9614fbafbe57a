"""Boards drawn from tiles. T: tile side in px; F: number of tiles in an atlas; H, W: image height and width in px."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image
from games.drawing.face import Face, Look, Mark, paint
from games.drawing.palette import RGB, THEMES
from games.drawing.text import word


@lru_cache(maxsize=32)
def face_atlas(faces: tuple[Face, ...], look: Look) -> Image:
    """Every face in V = look.num_variants paintings, (faces * V, T, T, 3), read-only: face * V + variant."""
    return make_atlas([paint(face, look, variant) for face in faces for variant in range(look.num_variants)])


def make_atlas(tiles: list[Image]) -> Image:
    """Equal square tiles stacked into one read-only table, (F, T, T, 3), for `draw_board`."""
    atlas = np.ascontiguousarray(np.stack(tiles))
    atlas.setflags(write=False)
    return atlas


@lru_cache(maxsize=64)
def number_faces(count: int) -> tuple[Face, ...]:
    """What stands beside rows and above columns: the numbers 0 .. count - 1, then an empty corner."""
    numbers = [Face(str(n), (Mark(word(str(n)), "light", outlined=False),), "floor", False) for n in range(count)]
    return (*numbers, Face("corner", (), "floor"))


def with_axes(tiles: NDArray[np.intp], first: int, count: int) -> NDArray[np.intp]:
    """Tile numbers (rows, columns) with a row of column numbers on top and a column of row numbers at the left.

    Args:
        first: Tile number of the first of `number_faces(count)` in the atlas.
    """
    rows, columns = tiles.shape
    framed = np.empty((rows + 1, columns + 1), np.intp)
    framed[0, 0] = first + count
    framed[0, 1:] = np.arange(first, first + columns)
    framed[1:, 0] = np.arange(first, first + rows)
    framed[1:, 1:] = tiles
    return framed


@lru_cache(maxsize=64)
def _pixel_rows(rows: int, columns: int, tile_px: int) -> NDArray[np.intp]:
    """Pixel row within its tile of every strip of a board: (rows, T, columns), read-only."""
    steps = np.arange(tile_px, dtype=np.intp)[None, :, None]
    strips = np.broadcast_to(steps, (rows, tile_px, columns)).copy()
    strips.setflags(write=False)
    return strips


@lru_cache(maxsize=16)
def _margin(height: int, width: int, colour: RGB) -> Image:
    image = np.empty((height, width, 3), np.uint8)
    image[:] = colour
    image.setflags(write=False)
    return image


def draw_board(
    atlas: Image, grid: NDArray[np.integer], image_size: tuple[int, int], margin: RGB = THEMES["classic"].margin
) -> Image:
    """The picture of a board, a fresh uint8 (H, W, 3): the atlas tile of each cell, centred in the margin.

    Args:
        atlas: (F, T, T, 3) from `make_atlas`.
        grid: Tile number of each cell, (rows, columns).
        image_size: (H, W), at least rows * T by columns * T.
        margin: Colour around the board.
    """
    (rows, columns), tile_px = grid.shape, atlas.shape[1]
    # One gather of the pixel rows of tiles writes the board in its final order, without a transposed copy.
    strips = _pixel_rows(rows, columns, tile_px) + grid.astype(np.intp)[:, None, :] * tile_px
    table = atlas.reshape(-1, tile_px * 3)
    board: Image = table.take(strips.ravel(), axis=0, mode="clip").reshape(rows * tile_px, columns * tile_px, 3)
    return board if board.shape[:2] == image_size else _centre(board, image_size, margin)


def _centre(board: Image, image_size: tuple[int, int], colour: RGB) -> Image:
    margin = _margin(*image_size, colour)
    image = np.empty_like(margin)
    top, left = (image_size[0] - board.shape[0]) // 2, (image_size[1] - board.shape[1]) // 2
    bottom, right = top + board.shape[0], left + board.shape[1]
    image[:top], image[bottom:] = margin[:top], margin[bottom:]
    image[top:bottom, :left] = margin[top:bottom, :left]
    image[top:bottom, right:] = margin[top:bottom, right:]
    image[top:bottom, left:right] = board
    return image

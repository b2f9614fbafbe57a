"""Tiles and boards. T: tile side in px; F: number of tiles in an atlas; H, W: image height and width in px."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image
from games.drawing.palette import BACKGROUND, COLOURS, MARGIN, RGB, TILE, TILE_EDGE, darker
from games.drawing.shapes import Mask, shape_mask, shrink

SAMPLES_PER_PX = 4


def _coverage(mask: Mask, tile_px: int) -> NDArray[np.int32]:
    """Samples covered in each pixel, (T, T), 0 .. SAMPLES_PER_PX squared."""
    blocks = mask.reshape(tile_px, SAMPLES_PER_PX, tile_px, SAMPLES_PER_PX)
    return np.asarray(blocks.sum(axis=(1, 3), dtype=np.int32))


def _blend(image: NDArray[np.int32], coverage: NDArray[np.int32], colour: RGB) -> None:
    whole = SAMPLES_PER_PX**2
    weight = coverage[:, :, None]
    image[:] = (image * (whole - weight) + np.array(colour, np.int32) * weight + whole // 2) // whole


def solid_tile(tile_px: int, colour: RGB) -> Image:
    """A tile of one colour: uint8 (T, T, 3)."""
    return np.full((tile_px, tile_px, 3), colour, np.uint8)


def face_tile(colour: str, shape: str, tile_px: int) -> Image:
    """A light tile with a bevelled edge and an outlined shape on it: uint8 (T, T, 3)."""
    edge = max(1, tile_px // 28)
    image = np.full((tile_px, tile_px, 3), BACKGROUND, np.int32)
    image[edge : tile_px - edge, edge : tile_px - edge] = TILE_EDGE
    image[edge : tile_px - 2 * edge, edge : tile_px - 2 * edge] = TILE
    mask = shape_mask(shape, tile_px * SAMPLES_PER_PX)
    _blend(image, _coverage(mask, tile_px), darker(COLOURS[colour]))
    _blend(image, _coverage(shrink(mask, max(2, tile_px // 8)), tile_px), COLOURS[colour])
    return image.astype(np.uint8)


def make_atlas(tiles: list[Image]) -> Image:
    """Equal square tiles stacked into one read-only table, (F, T, T, 3), for `draw_board`."""
    atlas = np.ascontiguousarray(np.stack(tiles))
    atlas.setflags(write=False)
    return atlas


@lru_cache(maxsize=64)
def _pixel_rows(rows: int, columns: int, tile_px: int) -> NDArray[np.intp]:
    """Pixel row within its tile of every strip of a board: (rows, T, columns), read-only."""
    steps = np.arange(tile_px, dtype=np.intp)[None, :, None]
    strips = np.broadcast_to(steps, (rows, tile_px, columns)).copy()
    strips.setflags(write=False)
    return strips


@lru_cache(maxsize=16)
def _margin(height: int, width: int) -> Image:
    image = np.empty((height, width, 3), np.uint8)
    image[:] = MARGIN
    image.setflags(write=False)
    return image


def draw_board(atlas: Image, grid: NDArray[np.uint8], image_size: tuple[int, int]) -> Image:
    """The picture of a board, a fresh uint8 (H, W, 3): the atlas tile of each cell, centred in the margin.

    Args:
        atlas: (F, T, T, 3) from `make_atlas`.
        grid: Tile number of each cell, (rows, columns).
        image_size: (H, W), at least rows * T by columns * T.
    """
    (rows, columns), tile_px = grid.shape, atlas.shape[1]
    # One gather of the pixel rows of tiles writes the board in its final order, without a transposed copy.
    strips = _pixel_rows(rows, columns, tile_px) + grid.astype(np.intp)[:, None, :] * tile_px
    table = atlas.reshape(-1, tile_px * 3)
    board: Image = table.take(strips.ravel(), axis=0, mode="clip").reshape(rows * tile_px, columns * tile_px, 3)
    return board if board.shape[:2] == image_size else _centre(board, image_size)


def _centre(board: Image, image_size: tuple[int, int]) -> Image:
    margin = _margin(*image_size)
    image = np.empty_like(margin)
    top, left = (image_size[0] - board.shape[0]) // 2, (image_size[1] - board.shape[1]) // 2
    bottom, right = top + board.shape[0], left + board.shape[1]
    image[:top], image[bottom:] = margin[:top], margin[bottom:]
    image[top:bottom, :left] = margin[top:bottom, :left]
    image[top:bottom, right:] = margin[top:bottom, right:]
    image[top:bottom, left:right] = board
    return image

"""Pieces and boards as pictures. T: side of a cell in px; H, W: height and width of the image in px."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image
from games.drawing.board import draw_board, make_atlas, number_faces, with_axes
from games.drawing.face import Face, Look, Mark, paint
from games.drawing.palette import THEMES
from games.drawing.text import word
from games.sliding_puzzle.scenes import NUM_PICTURES, paint_scene

_GAP = Face("gap", (), "floor")


@lru_cache(maxsize=64)
def plate_faces(num_cells: int) -> tuple[Face, ...]:
    """The gap, then a plate with its number for each piece."""
    numbers = (str(number) for number in range(1, num_cells))
    plates = (
        Face(number, (Mark(word(number), "white", outlined=False),), "blue", can_turn=False) for number in numbers
    )
    return (_GAP, *plates)


class Frame(NamedTuple):
    """(height, width) of an image in px, and the top left corner of the cells on it."""

    image_size: tuple[int, int]
    board: tuple[int, int]


@lru_cache(maxsize=NUM_PICTURES)
def picture_tiles(picture: int, rows: int, columns: int, look: Look) -> Image:
    """The gap, then the pieces of a picture: (rows * columns, T, T, 3), read-only."""
    side, plain = look.tile_px, Look(look.tile_px, look.theme)
    finished = paint_scene(picture, rows * side, columns * side).astype(np.int32)
    tiles = [paint(_GAP, look, picture % look.num_variants)]
    for place in range(rows * columns - 1):
        row, column = divmod(place, columns)
        piece = finished[row * side : (row + 1) * side, column * side : (column + 1) * side].copy()
        _darken_rim(piece, max(1, side // 56))
        # What texture, noise and dots change on a bare tile, they change on the piece as well.
        change = paint(_GAP, look, (picture + place) % look.num_variants).astype(np.int32) - paint(_GAP, plain)
        tiles.append((piece + change).clip(0, 255).astype(np.uint8))
    return make_atlas(tiles)


def _darken_rim(piece: NDArray[np.int32], width: int) -> None:
    for rim in (piece[:width], piece[-width:], piece[width:-width, :width], piece[width:-width, -width:]):
        rim[:] = rim * 2 // 5


@lru_cache(maxsize=NUM_PICTURES)
def picture_canvas(picture: int, rows: int, columns: int, look: Look, axes: bool, frame: Frame) -> Image:
    """The image without its pieces, (H, W, 3), read-only: margin, axes, and the finished picture at the right.

    The finished picture is half as large as the board, a quarter of a cell away from it, level with its middle.
    """
    theme, side, (top, left) = THEMES[look.theme], look.tile_px, frame.board
    image = np.full((*frame.image_size, 3), theme.margin, np.uint8)
    if axes:
        numbers = make_atlas([paint(face, Look(side, look.theme)) for face in number_faces(max(rows, columns))])
        cells = with_axes(np.zeros((rows, columns), np.intp), 0, max(rows, columns))
        size = (rows + 1) * side, (columns + 1) * side
        image[top - side : top + rows * side, left - side : left + columns * side] = draw_board(numbers, cells, size)
    top, left = top + rows * side // 2 - rows * (side // 2) // 2, left + columns * side + side // 4
    side //= 2
    part = image[top : top + rows * side, left : left + columns * side]
    part[:] = paint_scene(picture, rows * side, columns * side)
    part[(rows - 1) * side :, (columns - 1) * side :] = theme.background
    part[side::side] = theme.margin
    part[:, side::side] = theme.margin
    image.setflags(write=False)
    return image

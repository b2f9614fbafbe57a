from __future__ import annotations

import itertools

import numpy as np
import pytest

from games.drawing.board import draw_board, face_tile, make_atlas, solid_tile
from games.drawing.palette import COLOURS, MARGIN
from games.drawing.shapes import SHAPES, shape_mask, shrink
from games.shisensho.faces import LABELS, face_atlas


@pytest.mark.parametrize("tile_px", [28, 56])
def test_any_two_faces_differ_clearly(tile_px: int) -> None:
    atlas = face_atlas(tile_px).astype(np.int32)
    for first, second in itertools.combinations(range(len(LABELS)), 2):
        distance = abs(atlas[first] - atlas[second]).sum(axis=2)
        assert (distance > 90).mean() > 0.04, f"{LABELS[first]} and {LABELS[second]} look alike"


def test_any_two_colours_are_far_apart() -> None:
    for (first, one), (second, other) in itertools.combinations(COLOURS.items(), 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) > 75**2, f"{first} and {second}"


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_fill_their_tile_and_stay_inside(shape: str) -> None:
    mask = shape_mask(shape, 112)
    assert 0.15 < mask.mean() < 0.5
    assert not mask[:6].any() and not mask[-6:].any() and not mask[:, :6].any() and not mask[:, -6:].any()
    if shape != "moon":
        assert np.array_equal(mask, mask[:, ::-1]), "mirror image"
    inner = shrink(mask, 2)
    assert (inner <= mask).all() and 0 < inner.sum() < mask.sum()


@pytest.mark.parametrize("tile_px", [8, 9, 28, 53, 256])
def test_tiles_of_any_size(tile_px: int) -> None:
    tile = face_tile("yellow", "star", tile_px)
    assert tile.shape == (tile_px, tile_px, 3) and tile.dtype == np.uint8
    assert len(np.unique(tile.reshape(-1, 3), axis=0)) > 4


def test_cached_tables_cannot_be_written() -> None:
    for table in (face_atlas(28), shape_mask("circle", 112)):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


@pytest.mark.parametrize("image_size", [(20, 30), (21, 37), (20, 41), (33, 30)])
def test_a_board_is_its_tiles(image_size: tuple[int, int]) -> None:
    colours = [(10, 20, 30), (200, 100, 50), (0, 255, 0)]
    atlas = make_atlas([solid_tile(10, colour) for colour in colours])
    grid = np.array([[0, 1, 2], [2, 2, 1]], np.uint8)
    image = draw_board(atlas, grid, image_size)
    assert image.shape == (*image_size, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    top, left = (image_size[0] - 20) // 2, (image_size[1] - 30) // 2
    board = image[top : top + 20, left : left + 30]
    for row, column in itertools.product(range(2), range(3)):
        cell = board[10 * row : 10 * row + 10, 10 * column : 10 * column + 10]
        assert (cell == colours[grid[row, column]]).all()
    outside = np.ones(image_size, bool)
    outside[top : top + 20, left : left + 30] = False
    assert (image[outside] == MARGIN).all()

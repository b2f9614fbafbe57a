from __future__ import annotations

import itertools

import numpy as np
import pytest

from games.drawing.board import draw_board, face_atlas, make_atlas
from games.drawing.coloured_shapes import LABELS, coloured_faces
from games.drawing.face import Face, Look, Mark, paint
from games.drawing.palette import COLOURS, HELD_OUT_THEMES, THEMES, TRAINING_THEMES
from games.drawing.shapes import SHAPES, shape_mask, shrink
from games.drawing.text import word
from games.drawing.texture import TEXTURES

CIRCLE = Face("red circle", (Mark(SHAPES["circle"], "red"),))
HEART = Face("red heart", (Mark(SHAPES["heart"], "red"),))


@pytest.mark.parametrize("look", [Look(28), Look(56), *(Look(28, theme) for theme in THEMES if theme != "classic")])
def test_any_two_faces_differ_clearly(look: Look) -> None:
    atlas = face_atlas(coloured_faces(), look).astype(np.int32)
    for first, second in itertools.combinations(range(len(LABELS)), 2):
        distance = abs(atlas[first] - atlas[second]).sum(axis=2)
        assert (distance > 90).mean() > 0.04, f"{LABELS[first]} and {LABELS[second]} look alike"


@pytest.mark.parametrize("theme", THEMES)
def test_any_two_colours_are_far_apart(theme: str) -> None:
    tones = {colour: THEMES[theme].tone(colour) for colour in COLOURS}
    for (first, one), (second, other) in itertools.combinations(tones.items(), 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) > 75**2, f"{first} and {second}"


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_fill_their_tile_and_stay_inside(shape: str) -> None:
    mask = shape_mask(SHAPES[shape], 112)
    assert 0.15 < mask.mean() < 0.5
    assert not mask[:6].any() and not mask[-6:].any() and not mask[:, :6].any() and not mask[:, -6:].any()
    if shape != "moon":
        assert np.array_equal(mask, mask[:, ::-1]), "mirror image"
    inner = shrink(mask, 2)
    assert (inner <= mask).all() and 0 < inner.sum() < mask.sum()


@pytest.mark.parametrize("tile_px", [8, 9, 28, 53, 256])
def test_tiles_of_any_size(tile_px: int) -> None:
    tile = paint(HEART, Look(tile_px))
    assert tile.shape == (tile_px, tile_px, 3) and tile.dtype == np.uint8
    assert len(np.unique(tile.reshape(-1, 3), axis=0)) > 4


def test_cached_tables_cannot_be_written() -> None:
    for table in (face_atlas(coloured_faces(), Look(28)), paint(HEART, Look(28)), shape_mask(SHAPES["circle"], 112)):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0


@pytest.mark.parametrize("image_size", [(20, 30), (21, 37), (20, 41), (33, 30)])
def test_a_board_is_its_tiles(image_size: tuple[int, int]) -> None:
    colours = [(10, 20, 30), (200, 100, 50), (0, 255, 0)]
    atlas = make_atlas([np.full((10, 10, 3), colour, np.uint8) for colour in colours])
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
    assert (image[outside] == THEMES["classic"].margin).all()


def test_no_theme_is_trained_on_and_held_out() -> None:
    assert set(TRAINING_THEMES) | set(HELD_OUT_THEMES) == set(THEMES)
    assert not set(TRAINING_THEMES) & set(HELD_OUT_THEMES) and HELD_OUT_THEMES


@pytest.mark.parametrize("texture", [name for name in TEXTURES if name != "plain"])
def test_a_texture_shows_and_keeps_the_figure(texture: str) -> None:
    plain, textured = (paint(HEART, Look(56, texture=name)).astype(np.int32) for name in ("plain", texture))
    changed = abs(plain - textured).max(axis=2)
    assert 0 < changed.max() <= 28, "a texture is faint"
    inside = shrink(shape_mask(SHAPES["heart"], 224), 30)[2::4, 2::4]
    assert not changed[inside].any(), "and lies under the figure"


def test_noise_changes_every_channel_alike_and_within_its_bound() -> None:
    plain = paint(CIRCLE, Look(56)).astype(np.int32)
    noisy = [paint(CIRCLE, Look(56, noise=20), variant).astype(np.int32) for variant in range(8)]
    for tile in noisy:
        assert abs(tile - plain).max() <= 20 and (tile != plain).mean() > 0.5
    assert all((one != other).any() for one, other in itertools.combinations(noisy, 2))


def test_rotation_turns_what_may_turn() -> None:
    turned = [paint(HEART, Look(28, rotation=True), variant) for variant in range(4)]
    assert all((one != other).any() for one, other in itertools.combinations(turned, 2))
    upright = Face("red heart", HEART.marks, can_turn=False)
    assert all((paint(upright, Look(28, rotation=True), v) == paint(HEART, Look(28))).all() for v in range(4))


def test_distractors_leave_the_middle_alone() -> None:
    plain, marked = paint(CIRCLE, Look(56)), paint(CIRCLE, Look(56, distractors=4), 3)
    assert (plain != marked).any()
    assert (plain[16:40, 16:40] == marked[16:40, 16:40]).all()


@pytest.mark.parametrize("text", ["2", "16", "128", "2048", "131072", "GO", "2\n10"])
def test_words_fill_their_tile_and_stay_inside(text: str) -> None:
    mask = shape_mask(word(text), 224)
    assert 0.02 < mask.mean() < 0.4
    assert not mask[:20].any() and not mask[-20:].any() and not mask[:, :10].any() and not mask[:, -10:].any()
    columns = np.flatnonzero(mask.any(axis=0))
    assert abs(int(columns[0]) + int(columns[-1]) - 223) < 60, "centred"


def test_any_two_digits_differ() -> None:
    for size in ("{}", "111{}"):
        masks = [shape_mask(word(size.format(digit)), 112) for digit in range(10)]
        for one, other in itertools.combinations(masks, 2):
            assert (one != other).any()

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from games import ChatEnv, KnobError, check_game, make_game
from games.drawing.palette import THEMES
from games.drawing.texture import TEXTURES
from games.shisensho.game import Board

ID = "games/ShisenSho-v0"
SMALL: dict[str, Any] = {"rows": 2, "columns": 4, "num_faces": 3, "tile_px": 28}
STATE = Board(bytes([1, 3, 0, 12, 12, 1, 0, 3]))
LOOKS: list[dict[str, Any]] = [
    *({"theme": theme} for theme in THEMES if theme != "classic"),
    *({"texture": texture} for texture in TEXTURES if texture != "plain"),
    {"noise": 30},
    {"distractors": 3},
    {"rotation": True},
]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_look_changes_the_picture_and_nothing_else(look: dict[str, Any]) -> None:
    plain, game = make_game(ID, **SMALL), make_game(ID, **SMALL, **look)
    assert game.text(STATE) == plain.text(STATE) and game.instructions() == plain.instructions()
    image = game.image(STATE)
    assert image.shape == (56, 112, 3) and (image != plain.image(STATE)).any()
    assert np.array_equal(image, make_game(ID, **SMALL, **look).image(STATE))
    assert ChatEnv(game).open(5) == ChatEnv(plain).open(5)


def test_all_knobs_of_the_look_at_once_keep_the_contract() -> None:
    look = {"theme": "neon", "texture": "grain", "noise": 12, "distractors": 2, "rotation": True, "axes": True}
    check_game(ID, **{**SMALL, "rows": 4, "image_px": [168, 196]}, **look)


def test_equal_faces_are_painted_in_several_ways() -> None:
    game = make_game(ID, rows=8, columns=8, num_faces=1, tile_px=28, rotation=True)
    image = game.image(Board(bytes([7]) * 64))
    tiles = {tile.tobytes() for row in np.split(image, 8) for tile in np.split(row, 8, axis=1)}
    assert len(tiles) == 4, "a heart turned by quarter turns"


def test_axes_stand_beside_the_board() -> None:
    plain, game = make_game(ID, **SMALL), make_game(ID, **SMALL, axes=True)
    image = game.image(STATE)
    assert image.shape == (*game.image_size, 3) == (84, 140, 3)
    assert np.array_equal(image[28:, 28:], plain.image(STATE))
    on_top = [image[:28, 28 * column : 28 * column + 28] for column in range(5)]
    assert np.array_equal(image[28:56, :28], on_top[1]), "row 0 and column 0 bear the same number"
    assert len({tile.tobytes() for tile in on_top}) == 5
    assert "numbers at the left and above" in game.instructions()
    assert "numbers at the left and above" not in plain.instructions()


def test_the_margin_has_the_tone_of_the_theme() -> None:
    image = make_game(ID, **SMALL, theme="ice", image_px=(112, 140)).image(STATE)
    assert tuple(image[0, 0]) == THEMES["ice"].margin and tuple(image[28, 14]) != THEMES["ice"].margin


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"theme": "dusk"}, "theme must be one of classic, night, .*, got 'dusk'"),
        ({"texture": 3}, "texture must be one of plain, .*, got 3"),
        ({"noise": 65}, "noise must be a whole number from 0 to 64, got 65"),
        ({"distractors": -1}, "distractors must be a whole number from 0 to 4, got -1"),
        ({"rotation": "yes"}, "rotation must be true or false, got 'yes'"),
        ({"axes": 1}, "axes must be true or false, got 1"),
        ({"axes": True, "image_px": (56, 140)}, "image_px height must be a whole number from 84 to 4096, got 56"),
    ],
)
def test_bad_looks(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}$"):
        make_game(ID, **SMALL, **knobs)


def test_a_game_travels_as_its_knobs() -> None:
    game = make_game(ID, **SMALL)
    before = len(pickle.dumps(game))
    game.image(STATE), game.text(STATE)
    assert len(pickle.dumps(game)) == before < 1000
    copy = pickle.loads(pickle.dumps(game))
    assert copy == game and np.array_equal(copy.image(STATE), game.image(STATE))

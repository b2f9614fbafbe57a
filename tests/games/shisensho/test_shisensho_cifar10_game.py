from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import ChatEnv, KnobError, Level, make_game
from games.board.actions import Pair
from games.photos.photo_set import KINDS
from games.shisensho.cifar10 import ShisenShoCifar10
from games.shisensho.game import Board, PhotoBoard, ShisenSho
from tests.contracts.digest import digest
from tests.games.photos.cifar_files import FORMS

ID = "games/ShisenShoCifar10-v0"
SMALL = {"rows": 2, "columns": 4, "num_faces": 2, "tile_px": 12}
RNG = np.random.default_rng(0)


@pytest.fixture
def cifar10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tiny files in every published form, each in a folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CIFAR10_FOLDER", raising=False)
    for name, write in FORMS.items():
        write(tmp_path / name)
    return tmp_path


@given(st.integers(0, 2**32), st.integers(0, 12), st.sampled_from([(6, 6, 9), (2, 4, 1), (5, 4, 10)]))
@settings(max_examples=40)
def test_openings(seed: int, spread_moves: int, size: tuple[int, int, int]) -> None:
    rows, columns, num_faces = size
    game = ShisenShoCifar10(rows=rows, columns=columns, num_faces=num_faces, spread_moves=spread_moves)
    state = game.deal(np.random.default_rng(seed))
    assert isinstance(state, PhotoBoard) and pickle.loads(pickle.dumps(state)) == state
    tiles = [pair for pair in zip(state.cells, state.photos, strict=True) if pair[0]]
    assert len(set(tiles)) == len(tiles), "no picture twice"
    assert all(photo == 0 for face, photo in zip(state.cells, state.photos, strict=True) if not face)
    assert max(state.cells) <= 10 and len(set(state.cells) - {0}) <= num_faces
    assert set(game.labels(state).values()) <= {*KINDS, "empty"}
    assert not game.is_terminal(state)


def test_tiles_of_one_kind_match_and_others_do_not() -> None:
    game = ShisenShoCifar10(**SMALL)  # type: ignore[arg-type]
    state = PhotoBoard(bytes([4, 4, 6, 6, 4, 6, 4, 6]), (10, 11, 10, 12, 13, 11, 14, 13))
    assert game.text(state).splitlines()[0] == "(0,0) cat; (0,1) cat; (0,2) dog; (0,3) dog"
    step = game.transition(state, Pair(0, 0, 0, 1), RNG)
    assert step.is_legal and step.reward == 1.0
    assert step.state == PhotoBoard(bytes([0, 0, 6, 6, 4, 6, 4, 6]), (0, 0, 10, 12, 13, 11, 14, 13))
    assert game.transition(state, Pair(0, 0, 0, 2), RNG) == game.transition(state, Pair(0, 0, 1, 1), RNG)
    assert not game.transition(state, Pair(0, 0, 0, 2), RNG).is_legal, "the same number, but another kind"
    plain = ShisenSho(**SMALL)  # type: ignore[arg-type]
    assert game.legal_actions(state) == plain.legal_actions(Board(state.cells))
    assert game.solve(state) == plain.solve(Board(state.cells))


@pytest.mark.parametrize(
    "look",
    [{}, {"axes": True, "image_px": (40, 80)}, {"noise": 9, "rotation": True, "distractors": 1}, {"theme": "sand"}],
)
def test_a_picture_shows_its_tiles_where_they_are(look: dict[str, Any]) -> None:
    game = ShisenShoCifar10(**SMALL, **look)
    height, width = game.image_size
    axis = 12 * game.axes
    top, left = (height - 24 - axis) // 2 + axis, (width - 48 - axis) // 2 + axis
    state = game.deal(np.random.default_rng(3))
    assert isinstance(state, PhotoBoard)
    first, second = 1, state.cells.index(state.cells[1], 2)
    others = list(state.photos)
    others[5] += 1
    bare = game.image(PhotoBoard(bytes(8), (0,) * 8))
    assert np.array_equal(bare, ShisenSho(**SMALL, **look).image(Board(bytes(8))))
    for after, changed in (
        (state.without(first, second), {first, second}),
        (PhotoBoard(state.cells, tuple(others)), {5}),
    ):
        difference = (game.image(state) != game.image(after)).any(axis=2)
        places = {(row - top) // 12 * 4 + (column - left) // 12 for row, column in np.argwhere(difference)}
        assert places == changed
    assert game.text(state) == game.text(PhotoBoard(state.cells, tuple(others)))


def test_training_and_evaluation_share_no_picture() -> None:
    boards = {}
    for split in ("train", "test"):
        game = ShisenShoCifar10(split=split, tile_px=28)
        images = [game.image(game.deal(np.random.default_rng(seed))) for seed in range(4)]
        tiles = [image.reshape(6, 28, 6, 28, 3).swapaxes(1, 2).reshape(36, -1) for image in images]
        boards[split] = {tile.tobytes() for tile in np.concatenate(tiles)}
        assert len(boards[split]) > 130
    assert not boards["train"] & boards["test"]


def test_shapes_are_as_before() -> None:
    state = ShisenSho().deal(np.random.default_rng(0))
    assert type(state) is Board and type(state.without(0, 1)) is Board
    assert "photograph" not in ChatEnv(ShisenSho()).prompt


def test_the_prompt_says_what_the_tiles_show(cifar10: Path) -> None:
    drawn = ChatEnv(make_game(ID)).prompt
    photos = ChatEnv(make_game(ID, faces="cifar10", photos=str(cifar10 / "binary"), **SMALL)).prompt
    assert "a drawing of" in drawn and "photograph" not in drawn
    assert "a photograph of" in photos and "drawing" not in photos
    for prompt in (drawn, photos):
        assert all(kind in prompt for kind in KINDS) and "two tiles of the same kind that" in prompt
        assert len(prompt.split()) < 200


def test_the_form_of_the_files_makes_no_difference(cifar10: Path) -> None:
    found = set()
    for form in FORMS:
        env = ChatEnv.from_level(Level(ID, {**SMALL, "faces": "cifar10", "photos": str(cifar10 / form)}, 5))
        state = env.open(5)
        found.add((pickle.dumps(state), env.observe(state).image.tobytes()))
    assert len(found) == 1


def test_photographs_are_the_same_in_another_process(cifar10: Path) -> None:
    knobs = {**SMALL, "faces": "cifar10", "photos": str(cifar10 / "python"), "split": "test"}
    here = digest("games/ShisenSho-v0", knobs, range(2))
    code = f"from tests.contracts.digest import digest; print(digest('games/ShisenSho-v0', {knobs!r}, range(2)))"
    root = Path(__file__).parents[3]
    there = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


BAD_KNOBS: list[tuple[dict[str, Any], str]] = [
    ({"faces": "cifar"}, "faces must be one of shapes, drawn10, cifar10, got 'cifar'"),
    ({"num_faces": 11}, "num_faces must be at most the kinds of drawn10 = 10, got 11"),
    ({"colours": 4}, "colours must be left out with faces=drawn10, got 4"),
    ({"shapes": 4}, "shapes must be left out with faces=drawn10"),
    ({"photos": "/data"}, "photos must be left out with faces=drawn10"),
    ({"photos_digest": "0"}, "photos_digest must be left out with faces=drawn10"),
    ({"split": "dev"}, "split must be one of train, test, got 'dev'"),
    ({"faces": "shapes", "split": "test"}, "split must be left out with faces=shapes, got 'test'"),
    ({"faces": "shapes", "photos": "/data"}, "photos must be left out with faces=shapes"),
    ({"faces": "cifar10"}, "photos must name the folder of CIFAR-10's files"),
    ({"faces": "cifar10", "photos": "/no/such"}, "photos must name a folder with CIFAR-10, and /no/such is no folder"),
]


@pytest.mark.parametrize(("knobs", "message"), BAD_KNOBS)
def test_bad_knobs_are_one_line_that_names_the_knob(
    knobs: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CIFAR10_FOLDER", raising=False)
    with pytest.raises(KnobError, match=f"^{message}") as error:
        make_game(ID, **knobs)
    assert "\n" not in str(error.value)


def test_files_that_do_not_fit_the_level(cifar10: Path) -> None:
    knobs = {"faces": "cifar10", "photos": str(cifar10 / "binary")}
    with pytest.raises(KnobError, match=r"^photos .* at least 8 photographs of every kind .* the train files have 6"):
        make_game(ID, **knobs, num_faces=5)
    with pytest.raises(KnobError, match=r"^photos_digest must be that of the train photographs found, [0-9a-f]{16}"):
        make_game(ID, **knobs, photos_digest="0123456789abcdef")


@pytest.mark.parametrize("rung", ShisenShoCifar10.LADDER)
def test_every_rung_opens(rung: str) -> None:
    game = make_game(ID, rung=rung)
    assert game.legal_actions(game.deal(np.random.default_rng(0)))

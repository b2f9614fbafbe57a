from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.core.types import Transition
from games.errors import KnobError
from games.sliding_puzzle import rules
from games.sliding_puzzle.game import Board, SlidingPuzzle
from games.sliding_puzzle.render import picture_tiles
from games.sliding_puzzle.scenes import NUM_PICTURES, paint_scene

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"rows": 1}, "rows must be a whole number from 2 to 6, got 1"),
        ({"columns": 7}, "columns must be"),
        ({"pieces": "letters"}, "pieces must be one of numbers, picture, got 'letters'"),
        ({"shuffle_moves": 0}, "shuffle_moves must be a whole number from 1 to 1000, got 0"),
        ({"pieces": "picture", "image_px": (504, 504)}, "image_px width must be a whole number from 700 to 4096"),
    ],
)
def test_bad_knobs(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}"):
        SlidingPuzzle(**knobs)  # type: ignore[arg-type]


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(list(SlidingPuzzle.LADDER)), st.integers(0, 30))
def test_random_play(seed: int, rung: str, spread_moves: int) -> None:
    game = SlidingPuzzle(**SlidingPuzzle.LADDER[rung], spread_moves=spread_moves)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    state = game.deal(rng)
    assert not game.is_terminal(state)
    expected = {"gap", *(str(number) for number in range(1, game.rows * game.columns))}
    for _ in range(10):
        assert set(game.labels(state).values()) == expected
        legal = game.legal_actions(state)
        for word in rules.DIRECTIONS:
            before, step = pickle.dumps(state), game.transition(state, word, rng)
            assert pickle.dumps(state) == before and step.is_legal == (word in legal) == (step.state != state)
            nearer = rules.total_distance(state.cells, game.columns) - rules.total_distance(
                step.state.cells, game.columns
            )
            bonus = rules.SOLVED_BONUS * (step.is_legal and game.is_terminal(step.state))
            assert step.reward == nearer + bonus and step.state.picture == state.picture
        if not legal:
            break
        state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state


def test_nothing_is_legal_when_solved() -> None:
    game, state = SlidingPuzzle(rows=2, columns=2), Board(bytes([1, 2, 3, 0]))
    assert game.is_terminal(state) and game.legal_actions(state) == [] and game.solve(state) is None
    for word in (*rules.DIRECTIONS, "jump"):
        assert game.transition(state, word, RNG) == Transition(state, 0.0, False)


def test_the_last_move() -> None:
    game, state = SlidingPuzzle(rows=2, columns=2), Board(bytes([1, 2, 0, 3]))
    assert game.legal_actions(state) == ["down", "left"] and game.solve(state) == "left"
    assert game.transition(state, "left", RNG) == Transition(Board(bytes([1, 2, 3, 0])), 11.0, True)
    assert game.transition(state, "down", RNG) == Transition(Board(bytes([0, 2, 1, 3])), -1.0, True)


@pytest.mark.parametrize("picture", range(NUM_PICTURES))
def test_pieces_of_a_picture_can_be_told_apart(picture: int) -> None:
    look = SlidingPuzzle(tile_px=28).look
    for side in (4, 6):
        pieces = picture_tiles(picture, side, side, look)[1:].astype(np.int32)
        for number, piece in enumerate(pieces):
            assert all(abs(piece - other).mean() > 4 for other in pieces[:number])


def test_all_pictures_appear_and_differ() -> None:
    game = SlidingPuzzle(pieces="picture")
    assert {game.deal(np.random.default_rng(seed)).picture for seed in range(100)} == set(range(NUM_PICTURES))
    assert len({paint_scene(picture, 56, 84).tobytes() for picture in range(NUM_PICTURES)}) == NUM_PICTURES


@pytest.mark.parametrize("axes", [False, True])
def test_a_solved_picture_shows_itself(axes: bool) -> None:
    game = SlidingPuzzle(rows=2, columns=3, pieces="picture", tile_px=28, axes=axes, image_px=(120, 200))
    board, picture = game.image(Board(rules.solved_board(2, 3), 4)), paint_scene(4, 56, 84)
    top, left = (120 - 56 - 28 * axes) // 2 + 28 * axes, (200 - 84 - 28 * axes - 56) // 2 + 28 * axes
    inside = board[top + 1 : top + 27, left + 1 : left + 27]
    assert np.array_equal(inside, picture[1:27, 1:27])
    preview = board[top + 14 : top + 27, left + 84 + 7 : left + 84 + 20]
    assert np.array_equal(preview, paint_scene(4, 28, 42)[:13, :13])


def test_a_picture_can_be_disturbed_like_any_board() -> None:
    plain = SlidingPuzzle(pieces="picture", tile_px=28)
    state = plain.deal(np.random.default_rng(0))
    for knobs in ({"noise": 9}, {"texture": "dots"}, {"distractors": 2}, {"theme": "night"}):
        assert not np.array_equal(plain.image(state), replace(plain, **knobs).image(state))
    assert np.array_equal(plain.image(state), replace(plain, rotation=True).image(state))

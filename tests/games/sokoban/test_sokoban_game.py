from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.core.types import Transition
from games.errors import KnobError
from games.sokoban import rules
from games.sokoban.game import Board, Sokoban
from tests.games.sokoban.oracle import board

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"rows": 4}, "rows must be a whole number from 5 to 12, got 4"),
        ({"columns": 13}, "columns must be"),
        ({"boxes": 0}, "boxes must be a whole number from 1 to 6, got 0"),
        ({"rows": 5, "columns": 5, "boxes": 3}, "boxes must be at most a quarter of the cells inside = 2, got 3"),
        ({"walls": 9}, "walls must be a whole number from 0 to 8, got 9"),
        ({"min_pushes": 13}, "min_pushes must be a whole number from 1 to 12, got 13"),
        ({"end_when_stuck": 1}, "end_when_stuck must be"),
        ({"move_limit": 0}, "move_limit must be"),
    ],
)
def test_bad_knobs(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}"):
        Sokoban(**knobs)  # type: ignore[arg-type]


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(list(Sokoban.LADDER)), st.booleans(), st.integers(0, 30))
def test_random_play_keeps_boxes_goals_and_walls(seed: int, rung: str, end_when_stuck: bool, spread_moves: int) -> None:
    game = Sokoban(**Sokoban.LADDER[rung], end_when_stuck=end_when_stuck, spread_moves=spread_moves)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    state = game.deal(rng)
    assert not game.is_terminal(state)
    for _ in range(20):
        labels = list(game.labels(state).values())
        assert labels.count("box") + labels.count("box on goal") == game.boxes
        assert labels.count("goal") + labels.count("box on goal") + labels.count("player on goal") == game.boxes
        assert labels.count("player") + labels.count("player on goal") == 1
        assert labels.count("wall") == 2 * (game.rows + game.columns) - 4 + game.walls
        legal = game.legal_actions(state)
        assert bool(legal) != game.is_terminal(state)
        for word in rules.DIRECTIONS:
            before, step = pickle.dumps(state), game.transition(state, word, rng)
            assert pickle.dumps(state) == before and step.is_legal == (word in legal)
            assert step.is_legal == (step.state != state)
        if not legal:
            break
        state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state


SHUT_IN = board("#####", "#+$##", "#$###", "##.##", "#####")
CORNERED = board("#####", "#$  #", "#. @#", "#   #", "#####")
SOLVED = board("#####", "#*  #", "#  @#", "#   #", "#####")
SMALL = {"rows": 5, "columns": 5, "boxes": 1, "min_pushes": 1}


@pytest.mark.parametrize("state", [Board(SHUT_IN), Board(SOLVED), Board(CORNERED, 0)])
def test_nothing_is_legal_at_the_end(state: Board) -> None:
    game = Sokoban(**SMALL)  # type: ignore[arg-type]
    assert game.is_terminal(state) and game.legal_actions(state) == [] and game.solve(state) is None
    for word in rules.DIRECTIONS:
        assert game.transition(state, word, RNG) == Transition(state, 0.0, False)


def test_a_box_in_a_corner_ends_the_game_where_that_is_asked_for() -> None:
    game, strict = (Sokoban(**SMALL, end_when_stuck=value) for value in (False, True))  # type: ignore[arg-type]
    assert game.legal_actions(Board(CORNERED)) == ["up", "down", "left"]
    assert strict.is_terminal(Board(CORNERED)) and not strict.transition(Board(CORNERED), "up", RNG).is_legal
    assert "corner" in strict.instructions() and "corner" not in game.instructions()


def test_the_limit_of_moves() -> None:
    game = replace(Sokoban(), move_limit=3, spread_moves=30)
    state = game.deal(np.random.default_rng(1))
    assert state.moves_left == 3 and "ends after 3 moves" in game.instructions()
    for _ in range(3):
        assert not game.is_terminal(state)
        state = game.transition(state, game.legal_actions(state)[0], RNG).state
    assert game.is_terminal(state)


def test_what_is_no_direction_is_illegal() -> None:
    state = Sokoban().deal(np.random.default_rng(0))
    for word in ("", "jump", "UP "):
        assert Sokoban().transition(state, word, RNG) == Transition(state, 0.0, False)


def test_the_faces_look_different_even_when_small_and_grey() -> None:
    game = Sokoban(rows=7, columns=5, tile_px=28)
    image = game.image(Board(bytes(range(7)) * 5)).astype(int).mean(axis=2)
    tiles = [image[:28, 28 * i : 28 * i + 28] for i in range(5)] + [image[28:56, :28], image[28:56, 28:56]]
    for place, tile in enumerate(tiles):
        assert all(abs(tile - other).mean() > 5 for other in tiles[:place])

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import ChatEnv
from games.core.types import Transition
from games.errors import KnobError
from games.snake import rules
from games.snake.faces import FIRST_BODY, FIRST_HEAD, FIRST_TAIL, FOOD, WALL, snake_faces
from games.snake.game import Board, Snake

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"rows": 3}, "rows must be a whole number from 4 to 16, got 3"),
        ({"columns": 17}, "columns must be"),
        ({"length": 2}, "length must be a whole number from 3 to 16, got 2"),
        ({"rows": 4, "columns": 4, "length": 5}, "length must be a whole number from 3 to 4, got 5"),
        ({"num_food": 6}, "num_food must be a whole number from 1 to 5, got 6"),
        ({"walls": 7}, "walls must be a whole number from 0 to 6, got 7"),
        ({"wrap": 1}, "wrap must be"),
        ({"target": 3}, "target must be a whole number from 4 to 64, got 3"),
        ({"target": 64, "walls": 1}, "target must be a whole number from 4 to 63, got 64"),
    ],
)
def test_bad_knobs(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}"):
        Snake(**knobs)  # type: ignore[arg-type]


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.sampled_from([{}, {"num_food": 5, "wrap": True}, {"walls": 3, "length": 6}, {"target": 5, "num_food": 3}]),
    st.integers(0, 40),
)
def test_random_play(seed: int, knobs: dict[str, object], spread_moves: int) -> None:
    game = Snake(rows=5, columns=6, spread_moves=spread_moves, **knobs)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    state = game.deal(rng)
    assert not game.is_terminal(state)
    for _ in range(40):
        shown = list(game.labels(state).values())
        assert shown.count("food") == game.num_food and shown.count("wall") == game.walls
        assert [sum(label.startswith(part) for label in shown) for part in ("head", "tail")] == [1, 1]
        legal = game.legal_actions(state)
        assert bool(legal) != game.is_terminal(state)
        for word in rules.DIRECTIONS:
            before, step = pickle.dumps(state), game.transition(state, word, np.random.default_rng(seed))
            assert pickle.dumps(state) == before and step.is_legal == (word in legal)
            assert step.is_legal == (step.state != state)
            assert step.reward == len(step.state.body) - len(state.body)
            assert step == game.transition(state, word, np.random.default_rng(seed)), "food hangs on the rng alone"
        if not legal:
            break
        state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state


TRAPPED = Board(bytes([0, 1, 5, 4, 8]), bytes([15]), b"")
LONG_ENOUGH = Board(bytes([0, 1, 2, 3, 7]), bytes([15]), b"")
FULL = Board(bytes([0, 1, 2, 3, 7, 11, 15, 14, 13, 12, 8, 9, 10, 6, 5, 4]), b"", b"")


@pytest.mark.parametrize("state", [TRAPPED, LONG_ENOUGH, FULL])
def test_nothing_is_legal_at_the_end(state: Board) -> None:
    game = Snake(rows=4, columns=4, target=5 if state is LONG_ENOUGH else None)
    assert game.is_terminal(state) and game.legal_actions(state) == [] and game.solve(state) is None
    for word in (*rules.DIRECTIONS, "jump", "UP"):
        assert game.transition(state, word, RNG) == Transition(state, 0.0, False)
    assert len(game.text(state).splitlines()) == 4


def test_following_the_tail_turning_back_and_going_over_the_edge() -> None:
    game, ring = Snake(rows=4, columns=4), Board(bytes([0, 1, 5, 4]), bytes([15]), b"")
    assert game.legal_actions(ring) == ["down"]
    step = game.transition(ring, "down", RNG)
    assert step == Transition(Board(bytes([4, 0, 1, 5]), bytes([15]), b""), 0.0, True)
    assert not game.transition(ring, "right", RNG).is_legal, "the neck"
    wrapped = replace(game, wrap=True)
    assert wrapped.legal_actions(ring) == ["up", "down", "left"]
    assert wrapped.transition(ring, "up", RNG).state.body == bytes([12, 0, 1, 5])
    labels = wrapped.labels(wrapped.transition(ring, "up", RNG).state)
    assert (labels[3, 0], labels[0, 0], labels[0, 1], labels[1, 1]) == ("head up", "body up", "body left", "tail up")


def test_eating() -> None:
    game, state = Snake(rows=4, columns=4, num_food=2), Board(bytes([5, 6, 7]), bytes([4, 9]), b"")
    for seed in range(20):
        step = game.transition(state, "left", np.random.default_rng(seed))
        assert step.reward == 1.0 and step.state.body == bytes([4, 5, 6, 7])
        assert len(step.state.food) == 2 and 9 in step.state.food and not set(step.state.food) & set(step.state.body)
        assert game.transition(state, "up", np.random.default_rng(seed)) == game.transition(state, "up", RNG)


def test_the_prompt_says_what_there_is() -> None:
    plain = Snake().instructions()
    assert "wall" not in plain and "ends at its edges" in plain and "fills the board" in plain
    special = Snake(walls=2, wrap=True, target=9).instructions()
    assert "grey stones" in special and "Edges are open" in special and "has 9 parts" in special


def test_the_faces_look_different_even_when_small_and_grey() -> None:
    image = _sheet(28).astype(int).mean(axis=2)
    tiles = [image[28 * (i // 7) :, 28 * (i % 7) :][:28, :28] for i in range(28)]
    names = [face.label for face in snake_faces()]
    folded = [FIRST_BODY + 4 * side + side for side in range(4)]
    real = [face for face in range(28) if face not in folded]
    for face in real:
        assert all(abs(tiles[face] - tiles[other]).mean() > 3.5 for other in real if other < face), names[face]


class _Sheet(Snake):
    def cells(self, state: Board) -> bytes:
        return bytes(range(28))


def _sheet(tile_px: int) -> np.ndarray:
    return _Sheet(rows=4, columns=7, tile_px=tile_px, walls=1).image(Board(b"", b"", b""))


def test_parts_beside_each_other_join() -> None:
    """Along the border of two cells, one part shows the same as the next."""
    sheet = _sheet(56).astype(int)
    tile = {face: sheet[56 * (face // 7) :, 56 * (face % 7) :][:56, :56] for face in range(28)}
    up, down, left, right = range(4)
    for lower in (FIRST_TAIL + up, *(FIRST_BODY + 4 * up + side for side in (down, left, right))):
        for upper in (FIRST_HEAD + up, *(FIRST_BODY + 4 * side + down for side in (up, left, right))):
            assert abs(tile[lower][0, 8:48] - tile[upper][-1, 8:48]).max() < 60
            assert tile[upper][-1, 28].tolist() == tile[lower][0, 28].tolist() != tile[FOOD][0, 28].tolist()
    assert tile[WALL][0, 28].tolist() != tile[0][28, 28].tolist()


def test_the_longest_reply() -> None:
    game = Snake(walls=6, num_food=5)
    env, rng = ChatEnv(game), np.random.default_rng(0)
    state = game.deal(rng)
    for _ in range(100):
        assert len(env.truth_reply(state, "right")) <= game.max_reply_chars
        state = game.transition(state, game.solve(state), rng).state

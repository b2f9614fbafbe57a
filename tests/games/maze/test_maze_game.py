from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import ChatEnv
from games.core.types import Transition
from games.errors import KnobError
from games.maze import rules
from games.maze.game import Board, Maze
from games.maze.solver import distances
from tests.games.maze import oracle
from tests.games.maze.oracle import maze

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"rows": 4}, "rows must be a whole number from 5 to 21, got 4"),
        ({"columns": 23}, "columns must be"),
        ({"columns": 8}, "columns must be odd, for walls lie between rooms and around them, got 8"),
        ({"kind": "round"}, "kind must be one of winding, uniform, got 'round'"),
        ({"rows": 5, "columns": 7, "loops": 3}, "loops must be a whole number from 0 to 2, got 3"),
        ({"doors": 4}, "doors must be a whole number from 0 to 3, got 4"),
        ({"rows": 5, "columns": 5, "loops": 0, "doors": 2}, "doors must be a whole number from 0 to 1, got 2"),
        ({"view": 0}, "view must be a whole number from 1 to 21, got 0"),
        ({"memory": 1}, "memory must be"),
        ({"shaping": None}, "shaping must be"),
    ],
)
def test_bad_knobs(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}"):
        Maze(**knobs)  # type: ignore[arg-type]


@given(
    st.integers(0, 10**6),
    st.sampled_from([{"doors": 3}, {"view": 2}, {"view": 1, "memory": False}, {"doors": 0, "shaping": True}]),
    st.integers(0, 30),
)
def test_random_play(seed: int, knobs: dict[str, object], spread_moves: int) -> None:
    game = Maze(rows=7, columns=9, spread_moves=spread_moves, **knobs)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    state = game.deal(rng)
    assert not game.is_terminal(state) and state.num_moves == distances(state.cells, 9)[state.player]
    for _ in range(20):
        shown = list(game.labels(state).values())
        assert shown.count("player") + shown.count("player on goal") == 1
        assert ("hidden" in shown) <= (game.view is not None)
        legal = game.legal_actions(state)
        assert bool(legal) != game.is_terminal(state)
        for word in rules.DIRECTIONS:
            before, step = pickle.dumps(state), game.transition(state, word, rng)
            assert pickle.dumps(state) == before and step.is_legal == (word in legal)
            assert step.is_legal == (step.state != state)
        if not legal:
            break
        state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state


def test_nothing_is_legal_on_the_goal() -> None:
    cells, _ = maze("#####", "#@ X#", "# # #", "#   #", "#####")
    game, state = Maze(rows=5, columns=5, loops=0, doors=0), Board(cells, 8, 2)
    assert game.is_terminal(state) and game.legal_actions(state) == [] and game.solve(state) is None
    assert game.labels(state)[1, 3] == "player on goal"
    for word in (*rules.DIRECTIONS, "jump", ""):
        assert game.transition(state, word, RNG) == Transition(state, 0.0, False)
    assert not game.transition(Board(cells, 6, 2), "UP", RNG).is_legal


@pytest.mark.parametrize("shaping", [False, True])
@pytest.mark.parametrize("rung", Maze.LADDER)
def test_the_solver_takes_a_shortest_way_and_earns_one(rung: str, shaping: bool) -> None:
    game = Maze(**{**Maze.LADDER[rung], "shaping": shaping})  # type: ignore[arg-type]
    for seed in range(4):
        state, rewards = game.deal(np.random.default_rng(seed)), []
        num_moves = oracle.fewest_moves(state.cells, game.columns, state.player)
        while not game.is_terminal(state):
            step = game.transition(state, game.solve(state), RNG)
            state, rewards = step.state, [*rewards, step.reward]
        assert len(rewards) == num_moves and sum(rewards) == pytest.approx(1.0)
        assert rewards == ([1 / len(rewards)] * len(rewards) if shaping else [0.0] * (len(rewards) - 1) + [1.0])


def test_shaped_rewards_are_paid_back() -> None:
    cells, player = maze("#######", "#@#r#X#", "# # #R#", "#     #", "#######")
    game = Maze(rows=5, columns=7, loops=0, doors=1, shaping=True)
    state = game.after_spread(Board(cells, player, 0))
    assert state.num_moves == oracle.fewest_moves(cells, 7, player) == 12
    rewards = []
    for word in ("down", "up", "down", "down", "right", "left"):
        step = game.transition(state, word, RNG)
        state, rewards = step.state, [*rewards, step.reward]
    assert rewards == [1 / 12, -1 / 12, 1 / 12, 1 / 12, 1 / 12, -1 / 12]


def test_what_is_remembered() -> None:
    lines = "#########", "#@ r  RX#", "#########", "#########", "#########"
    cells, player = maze(*lines)
    start = Board(cells, player, 6, rules.look(bytes(45), player, 9, 2))
    seen = {}
    for memory in (True, False):
        game, state = Maze(rows=5, columns=9, loops=0, doors=1, view=2, memory=memory), start
        for _ in range(4):
            state = game.transition(state, "right", RNG).state
        seen[memory] = [game.labels(state)[1, column] for column in range(9)]
    assert seen[False] == ["hidden"] * 3 + ["floor", "floor", "player", "floor", "goal", "hidden"]
    assert seen[True] == ["wall", "floor", "floor", *seen[False][3:]]


def test_a_remembered_door_is_shown_open_once_its_key_is_taken() -> None:
    cells, player = maze("#########", "#X R@  r#", "#########", "#########", "#########")
    game = Maze(rows=5, columns=9, loops=0, doors=1, view=1)
    state = Board(cells, player, 0, rules.look(bytes(45), player, 9, 1))
    labels = []
    for _ in range(4):
        labels.append(game.labels(state)[1, 3])
        state = game.transition(state, "right", RNG).state
    assert labels == ["red door"] * 3 + ["floor"]


def test_the_prompt_says_what_can_be_seen() -> None:
    plain, doors = Maze(doors=0).instructions(), Maze(doors=1).instructions()
    assert "key" not in plain and "key" in doors and "hidden" not in doors
    near, blind = Maze(view=3).instructions(), Maze(view=1, memory=False).instructions()
    assert "at most 3 rows and 3 columns away; what was once seen stays in view" in near
    assert "at most 1 row and 1 column away; what is farther away is hidden again" in blind


@pytest.mark.parametrize("knobs", [{}, {"doors": 0}, {"doors": 0, "view": 2}, {"rows": 21, "columns": 21, "doors": 3}])
def test_no_cell_shows_what_the_prompt_does_not_know(knobs: dict[str, object]) -> None:
    game = Maze(**knobs)  # type: ignore[arg-type]
    possible = set(game.possible_faces)
    for seed in range(5):
        state = game.deal(np.random.default_rng(seed))
        while not game.is_terminal(state):
            assert set(game.cells(state)) <= possible
            assert len(ChatEnv(game).truth_reply(state, "right")) <= game.max_reply_chars
            state = game.transition(state, game.solve(state), RNG).state


def test_the_faces_look_different_even_when_small_and_grey() -> None:
    class Sheet(Maze):
        def cells(self, state: object) -> bytes:
            return bytes(range(12)) * 5 + bytes(3)

    image = Sheet(rows=7, columns=9, tile_px=28).image(None).astype(int).mean(axis=2)  # type: ignore[arg-type]
    tiles = [image[28 * (i // 9) :, 28 * (i % 9) :][:28, :28] for i in range(12)]
    for place, tile in enumerate(tiles):
        assert all(abs(tile - other).mean() > 5 for other in tiles[:place])


def test_the_way_grows_with_the_rungs() -> None:
    lengths = []
    for rung in Maze.LADDER.values():
        game = Maze(**rung)  # type: ignore[arg-type]
        lengths.append(np.mean([game.deal(np.random.default_rng(seed)).num_moves for seed in range(30)]))
    assert all(shorter < 0.8 * longer for shorter, longer in pairwise(lengths))

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from games import ChatEnv, KnobError, make_game
from games.core.types import Image
from games.gymnasium_adapter import breakout_truth as truth
from games.gymnasium_adapter.breakout import Breakout

pytest.importorskip("ale_py")


@pytest.fixture(scope="module")
def frames() -> list[tuple[Any, Image]]:
    """Memory and picture of every tenth frame of some play: bricks go, balls are lost and served."""
    machine, rng = Breakout().machine(), default_rng(1)
    machine.open(0)
    ale, seen = machine.environment.ale, []
    for frame in range(2400):
        ram = ale.getRAM()
        ball, paddle = int(ram[truth.BALL_X]) - 49, int(ram[truth.PADDLE_X]) - 47
        action = 1 if ram[truth.BALL_Y] == 0 else 2 if ball > paddle + 9 else 3 if ball < paddle + 5 else 0
        machine.step(action if rng.random() < 0.85 else int(rng.integers(4)), rng)
        if frame % 10 == 0:
            seen.append((ale.getRAM(), machine.frame()))
    return seen


def bricks_of(frame: Image) -> Any:
    """Which bricks stand, bool (6, 18): most of their place has the colour of their row."""
    bricks = np.zeros((6, 18), bool)
    for row, colour in enumerate(truth.BRICK_COLOURS):
        for column in range(18):
            place = frame[57 + 6 * row : 63 + 6 * row, 8 + 8 * column : 16 + 8 * column]
            bricks[row, column] = int((place == colour).all(axis=2).sum()) > 24
    return bricks


def loose_pixels(frame: Image) -> Any:
    """(y, x) of whatever is lit in the field besides bricks and the paddle's rows."""
    lit = frame.any(axis=2)
    lit[:32] = lit[189:] = False
    lit[:, :8] = lit[:, 152:] = False
    lit[57:93, 8:152] &= ~bricks_of(frame).repeat(6, axis=0).repeat(8, axis=1)
    return np.argwhere(lit)


def test_bricks_and_ball_and_paddle_are_where_the_picture_shows_them(frames: list[tuple[Any, Image]]) -> None:
    num_bricks, num_balls = set(), 0
    for ram, frame in frames:
        cells = np.frombuffer(truth.describe(ram, frame), np.uint8).reshape(truth.ROWS, truth.COLUMNS)
        names = np.array(truth.NAMES)[cells]
        bricks = bricks_of(frame)
        for row in range(3):
            for column in range(9):
                count = int(bricks[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].sum())
                label = names[2 + row, column].removeprefix("ball and ").replace("ball", "empty")
                assert label == truth.NAMES[count]
        num_bricks.add(int(bricks.sum()))
        loose = loose_pixels(frame)
        if len(loose) == 8:
            row, column = ((loose.min(axis=0) + loose.max(axis=0) + 1) // 2 - (33, 8)) // (12, 16)
            assert names[row, column].startswith("ball")
            num_balls += 1
        assert sum("ball" in name for name in names.ravel()) <= 1
        reds = np.flatnonzero((frame[190, 8:152] == truth.BRICK_COLOURS[0]).all(axis=1))
        if len(reds) <= 16:
            assert "paddle" in names[-1, (reds[0] + len(reds) // 2) // 16]
    assert min(num_bricks) < 104 and num_balls > 150


def test_a_ball_that_is_hidden_is_not_told(frames: list[tuple[Any, Image]]) -> None:
    hidden = [(ram, frame) for ram, frame in frames if len(loose_pixels(frame)) < 4 and ram[truth.BALL_Y] < 160]
    assert hidden
    for ram, frame in hidden:
        assert not any("ball" in truth.NAMES[number] for number in truth.describe(ram, frame))


def test_a_missing_ball_is_served_and_a_seen_one_followed() -> None:
    game = Breakout(spread_moves=0)
    env = ChatEnv(game)
    state = env.open(0)
    assert "ball" not in game.text(state) and game.solve(state) == "fire"
    state = env.play(0, state, 0, "fire").state
    assert game.text(state).count("ball") == 1 and game.solve(state) in ("left", "right")


def test_the_solver_scores_more_than_chance() -> None:
    game = Breakout()
    env, totals = ChatEnv(game), {"solver": 0.0, "random": 0.0}
    for seed in range(3):
        for policy in totals:
            state, rng = env.open(seed), default_rng(seed)
            while not game.is_terminal(state):
                action = game.solve(state) if policy == "solver" else game.random_action(rng)
                step = env.play(seed, state, state.turns, action)
                state, totals[policy] = step.state, totals[policy] + step.reward
            assert state.turns <= 64
    assert totals["solver"] >= 8 > totals["random"]


def test_the_last_ball_ends_the_episode() -> None:
    game = Breakout(max_turns=400, frames_per_turn=8)
    env = ChatEnv(game)
    state, turn = env.open(0), 0
    while not game.is_terminal(state):
        state = env.play(0, state, turn, "fire").state
        turn += 1
    assert state.turns < 400 and state.is_over


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"mode": 6}, "mode must be a multiple of 4, got 6"),
        ({"mode": 48}, "mode must be a whole number from 0 to 44, got 48"),
        ({"difficulty": 2}, "difficulty must be a whole number from 0 to 1, got 2"),
        ({"image_px": (209, 160)}, "image_px height must be a whole number from 210 to 4096, got 209"),
    ],
)
def test_bad_knobs(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(KnobError) as caught:
        make_game("games/Breakout-v0", **knobs)
    assert str(caught.value) == message

"""Scores that independent simulators found over 100 actions from a fresh board, 4x4, one new tile in ten a 4.

An action that changes nothing is one of the 100, and a board on which nothing moves is followed by a fresh one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from games import make_game
from games.twenty_forty_eight.rules import slide

GAME = make_game("games/TwentyFortyEight-v0")
NUM_EPISODES, NUM_ACTIONS = 250, 100
Policy = Callable[[Any, Generator], str]


def random(state: Any, rng: Generator) -> str:
    return GAME.random_action(rng)


def random_legal(state: Any, rng: Generator) -> str:
    legal = GAME.legal_actions(state)
    return legal[int(rng.integers(len(legal)))]


def fixed_priority(state: Any, rng: Generator) -> str:
    legal = GAME.legal_actions(state)
    return next(action for action in ("down", "left", "right", "up") if action in legal)


def greedy_merge(state: Any, rng: Generator) -> str:
    return max(GAME.legal_actions(state), key=lambda action: slide(state.cells, 4, 4, action)[1])


def score(policy: Policy, seed: int) -> float:
    rng = np.random.default_rng(seed)
    state, total = GAME.deal(rng), 0.0
    for _ in range(NUM_ACTIONS):
        if GAME.is_terminal(state):
            state = GAME.deal(rng)
        step = GAME.transition(state, policy(state, rng), rng)
        state, total = step.state, total + step.reward
    return total


@pytest.mark.parametrize(
    ("policy", "anchor"), [(random, 708), (random_legal, 854), (fixed_priority, 932), (greedy_merge, 971)]
)
def test_simple_players_score_what_others_found(policy: Policy, anchor: float) -> None:
    scores = [score(policy, seed) for seed in range(NUM_EPISODES)]
    assert abs(np.mean(scores) - anchor) < 3 * np.std(scores) / NUM_EPISODES**0.5
    if policy is random:
        assert abs(np.std(scores) - 129) < 3 * 129 / (2 * NUM_EPISODES) ** 0.5, "as the paper has it: 707 +- 129"


def test_the_solver_scores_more() -> None:
    scores = [score(lambda state, rng: str(GAME.solve(state)), seed) for seed in range(4)]
    assert np.mean(scores) > 1000

from __future__ import annotations

import numpy as np
import pytest

from games import make_game
from games.shisensho import rules
from tests.games.shisensho import oracle


@pytest.mark.parametrize(
    ("side", "num_faces", "num_boards", "mean", "share"),
    [(6, 9, 1000, 17.65, 0.936), (8, 16, 250, 29.65, 0.83), (12, 36, 60, 24.1, 0.10)],
)
def test_random_legal_play_matches_the_independent_simulator(
    side: int, num_faces: int, num_boards: int, mean: float, share: float
) -> None:
    """Pairs removed by random choice among the legal ones, and boards cleared; four tiles of each face."""
    game = make_game("games/ShisenSho-v0", rows=side, columns=side, num_faces=num_faces, copies=4)
    removed = []
    for seed in range(num_boards):
        rng = np.random.default_rng(seed)
        state, num_removed = game.deal(rng), 0
        while legal := game.legal_actions(state):
            state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state
            num_removed += 1
        removed.append(num_removed)
    assert abs(np.mean(removed) - mean) < 3 * np.std(removed) / num_boards**0.5
    cleared = np.mean(np.array(removed) == side * side // 2)
    assert abs(cleared - share) < 3 * (share * (1 - share) / num_boards) ** 0.5


def test_a_fresh_board_has_as_many_pairs_as_the_independent_simulator_finds() -> None:
    game = make_game("games/ShisenSho-v0", num_faces=9, copies=4)
    fresh = [len(game.legal_actions(game.deal(np.random.default_rng(seed)))) for seed in range(2000)]
    assert min(fresh) > 0 and abs(np.mean(fresh) - 8.6) < 3 * np.std(fresh) / len(fresh) ** 0.5


def test_every_board_of_a_12x12_game_agrees_with_the_oracle() -> None:
    game = make_game("games/ShisenSho-v0", rows=12, columns=12, num_faces=36, copies=4)
    rng = np.random.default_rng(3)
    state = game.deal(rng)
    while legal := game.legal_actions(state):
        assert rules.legal_pairs(state.cells, 12, 12) == oracle.legal_pairs(state.cells, 12, 12)
        state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state

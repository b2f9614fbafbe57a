from __future__ import annotations

import numpy as np

from games import make_game


def test_random_legal_play_matches_the_independent_simulator() -> None:
    """6x6, 9 faces x 4 tiles: 17.65 of 18 pairs, 93.6% cleared, 8.6 legal pairs on a fresh board."""
    game = make_game("games/ShisenSho-v0", num_faces=9, copies=4)
    removed, fresh = [], []
    for seed in range(2000):
        rng = np.random.default_rng(seed)
        state, num_removed = game.deal(rng), 0
        fresh.append(len(game.legal_actions(state)))
        while legal := game.legal_actions(state):
            state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state
            num_removed += 1
        removed.append(num_removed)
    error = np.std(removed) / len(removed) ** 0.5
    assert abs(np.mean(removed) - 17.65) < 3 * error
    cleared = np.mean(np.array(removed) == 18)
    assert abs(cleared - 0.936) < 3 * (0.936 * 0.064 / len(removed)) ** 0.5
    assert abs(np.mean(fresh) - 8.6) < 3 * np.std(fresh) / len(fresh) ** 0.5

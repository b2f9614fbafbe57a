from __future__ import annotations

import numpy as np

from games import make_game

NUM_BOARDS = 3000


def test_fresh_boards_match_the_independent_simulator() -> None:
    """8x8, 12 faces: 4.27 legal swaps of 112, one in ten boards has exactly one, a random swap is legal in 3.8%."""
    game = make_game("games/Swap-v0")
    counts, num_hits = [], 0
    swaps = [((r, c), (r + down, c + 1 - down)) for r in range(8) for c in range(8) for down in (0, 1)]
    swaps = [(first, second) for first, second in swaps if max(second) < 8]
    assert len(swaps) == 112
    for seed in range(NUM_BOARDS):
        rng = np.random.default_rng(seed)
        legal = game.legal_actions(game.deal(rng))
        first, second = swaps[int(rng.integers(112))]
        counts.append(len(legal))
        num_hits += (*first, *second) in legal
    assert min(counts) >= 1
    assert abs(np.mean(counts) - 4.27) < 3 * np.std(counts) / NUM_BOARDS**0.5
    assert abs(np.mean(np.array(counts) == 1) - 0.10) < 3 * (0.1 * 0.9 / NUM_BOARDS) ** 0.5
    assert abs(num_hits / NUM_BOARDS - 0.038) < 3 * (0.038 * 0.962 / NUM_BOARDS) ** 0.5

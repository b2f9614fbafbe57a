"""Costs that training relies on, with room for a busy machine; the best of several runs leaves out other work."""

from __future__ import annotations

import time
from collections.abc import Callable

from games import ChatEnv, make_game

PAPER = {"tile_px": 80, "image_px": (640, 840)}


def measure(call: Callable[[], object], number: int = 50, repeats: int = 7) -> float:
    """Seconds a call, at best."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            call()
        best = min(best, time.perf_counter() - start)
    return best / number


def test_a_step_with_image_and_text_against_the_original() -> None:
    """The original takes 16.2 ms at 640 x 840 on 8x8 with 12 faces; a fiftieth is asked for."""
    env = ChatEnv(make_game("games/Swap-v0", **PAPER))
    state = env.open(0)
    action = env.game.legal_actions(state)[0]

    def step() -> None:
        after = env.play(0, state, 0, action).state
        env.game.is_terminal(after)
        env.observe(after)

    assert measure(step) < 0.00032


def test_a_step_without_a_picture() -> None:
    """The original takes 0.77 ms."""
    env = ChatEnv(make_game("games/Swap-v0"))
    state = env.open(0)
    action = env.game.legal_actions(state)[0]
    assert measure(lambda: env.game.is_terminal(env.play(0, state, 0, action).state)) < 0.00015


def test_the_slowest_board() -> None:
    """With three faces on 16x16 cells there are about two hundred legal swaps, each with long cascades."""
    env = ChatEnv(make_game("games/Swap-v0", rows=16, columns=16, num_faces=3))
    state = env.open(0)
    assert measure(lambda: env.game.solve(state), number=2, repeats=3) < 0.02
    assert measure(lambda: env.game.legal_actions(state), number=10) < 0.001


def test_spreading_128_states() -> None:
    env = ChatEnv(make_game("games/Swap-v0", spread_moves=20))
    assert measure(lambda: [env.open(seed) for seed in range(128)], number=1, repeats=3) < 0.5

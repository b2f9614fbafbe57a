"""Costs that training relies on, with room for a busy machine; `min` over repeats leaves out other people's work."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from games import ChatEnv, make_game

BIG = {"rows": 12, "columns": 12, "num_faces": 36, "copies": 4}


def measure(call: Callable[[], object], number: int = 50, repeats: int = 7) -> float:
    """Seconds a call, at best."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            call()
        best = min(best, time.perf_counter() - start)
    return best / number


def test_legal_actions_on_12x12() -> None:
    game = make_game("games/ShisenSho-v0", **BIG)
    state = ChatEnv(game).open(0)
    assert measure(lambda: game.legal_actions(state)) < 0.002


@pytest.mark.parametrize("knobs", [{"tile_px": 52, "image_px": (640, 840)}, {"tile_px": 56}])
def test_an_observation_against_a_copy_of_its_image(knobs: dict[str, object]) -> None:
    env = ChatEnv(make_game("games/ShisenSho-v0", **BIG, **knobs))
    state = env.open(0)
    image = env.observe(state).image
    ratio = min(measure(lambda: env.observe(state)) / measure(image.copy) for _ in range(3))
    assert ratio < 4.0


def test_a_step_with_image_and_text_against_the_original() -> None:
    """The original takes 35 ms at 640 x 840 on 12x12; a hundredth is asked for."""
    env = ChatEnv(make_game("games/ShisenSho-v0", **BIG, tile_px=52, image_px=(640, 840)))
    state = env.open(0)
    action = env.game.legal_actions(state)[0]

    def step() -> None:
        after = env.play(0, state, 0, action).state
        env.game.is_terminal(after)
        env.observe(after)

    assert measure(step) < 0.00035 * 2


def test_the_warm_up_of_the_paper() -> None:
    """128 states of 12x12 spread by 250 uniform random pairs: 777 s in the original."""
    env = ChatEnv(make_game("games/ShisenSho-v0", **BIG, spread_moves=250, spread_kind="uniform"))
    assert measure(lambda: [env.open(seed) for seed in range(128)], number=1, repeats=3) < 1.0

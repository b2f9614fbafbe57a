"""What the code released with arXiv 2505.13426 gets wrong, on Swap; the numbers are those of the other defect tests."""

from __future__ import annotations

import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor

import gymnasium
import numpy as np
import pytest

from games import ChatEnv, Level, make_game
from games.core.tags import format_reply
from games.core.types import ReplyStatus

PAPER = Level("games/Swap-v0", {"tile_px": 80, "image_px": [640, 840]}, 42)


def test_1_siblings_start_from_the_same_state_and_stream() -> None:
    """n replies to one state are graded as each would be alone, in any order and in threads, refills included."""
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    legal = env.game.legal_actions(state)
    replies = [env.truth_reply(state, action) for action in (*legal, *legal, *map(env.game.action_at, range(20)))]
    alone = [ChatEnv.from_level(PAPER).turn(42, env.open(42), 0, reply) for reply in replies]
    assert [env.turn(42, state, 0, reply) for reply in reversed(replies)] == alone[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda reply: env.turn(42, state, 0, reply), replies)) == alone
    assert alone[: len(legal)] == alone[len(legal) : 2 * len(legal)], "the same swap draws the same new tiles"
    assert all(result.perception.exact for result in alone), "the truth is the state's, not the first batch's"


def test_3_out_of_range_answers_are_no_other_answer() -> None:
    game = make_game("games/Swap-v0", rows=5, columns=6)
    for cells in itertools.product(range(8), repeat=4):
        r1, c1, r2, c2 = cells
        is_on_board = max(r1, r2) < 5 and max(c1, c2) < 6 and (r1, c1) != (r2, c2)
        assert game.parse(f"({r1},{c1}) ({r2},{c2})") == (cells if is_on_board else None)


@pytest.mark.parametrize("answer", ["(0,1)  (1,1)", "(0,1),(1,1)", "(0, 1), (1, 1)", "(0,1)\n(1,1)", "\n(0,1) (1,1)\n"])
def test_3_spaces_and_commas_are_no_mistake(answer: str) -> None:
    assert make_game("games/Swap-v0").parse(answer) == (0, 1, 1, 1)


def test_4_image_text_and_truth_agree_after_every_move() -> None:
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    for turn in range(20):
        result = env.turn(42, state, turn, env.truth_reply(state, env.game.solve(state)))
        assert result.perception.exact and result.reward >= 3.0 and not result.is_terminal
        state = result.state
        seen = env.observe(state)
        assert env.game.read(seen.text) == env.game.labels(state)
        tiles = seen.image[:, 100:740].reshape(8, 80, 8, 80, 3).swapaxes(1, 2).reshape(64, -1)
        pictures = {(face, tile.tobytes()) for face, tile in zip(state.cells, tiles, strict=True)}
        assert len(pictures) == len(set(state.cells)) == len({picture for _, picture in pictures})


def test_6_levels_are_seeded_and_the_global_streams_left_alone() -> None:
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].copy()
    env = ChatEnv.from_level(PAPER)
    states = [env.open(seed) for seed in range(20)]
    after = [env.turn(0, state, 0, env.truth_reply(state, env.game.solve(state))) for state in states]
    assert random.getstate() == before[0] and np.array_equal(np.random.get_state()[1], before[1])
    assert len(set(states)) == 20
    np.random.seed(2)
    random.seed(2)
    assert [env.open(seed) for seed in range(20)] == states
    assert [env.turn(0, state, 0, env.truth_reply(state, env.game.solve(state))) for state in states] == after


def test_6_closing_one_environment_leaves_the_others() -> None:
    first, second = (gymnasium.make("games/Swap-v0") for _ in range(2))
    first.reset(seed=1)
    image, _ = second.reset(seed=1)
    first.close()
    assert np.array_equal(second.unwrapped.game.image(second.unwrapped.state), image)
    second.step(0)


def test_7_images_are_drawn_at_their_final_size() -> None:
    env = ChatEnv.from_level(PAPER)
    state = env.open(3)
    image, board = env.observe(state).image, make_game("games/Swap-v0", tile_px=80).image(state)
    assert image.shape == (640, 840, 3)
    assert np.array_equal(image[:, 100:740], board), "cells are not resampled"


@pytest.mark.parametrize("num_chars", [800, 9_280, 500_000])
def test_9_an_unclosed_answer_costs_no_time(num_chars: int) -> None:
    """0.55 s at 800 digits, 6.8 s at 9,280 characters in the original."""
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    start = time.perf_counter()
    for reply in ("<answer>" + "1" * num_chars, "<answer>" * (num_chars // 8), "<answer>(" + "(1," * (num_chars // 3)):
        assert env.turn(42, state, 0, reply).status is ReplyStatus.UNREADABLE
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize(
    "answer",
    [
        *(f"({'1' * num_digits},0) (0,1)" for num_digits in (20, 4300, 5000)),
        *(f"({number},0) (0,1)" for number in ("-1", "0.5", "\u0661", "\uff11", "\u00b9", "\U0001d7cf")),
    ],
)
def test_9_numbers_that_are_none(answer: str) -> None:
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    assert env.turn(42, state, 0, format_reply("", "", answer)).status is ReplyStatus.UNREADABLE


def test_10_an_evaluation_repeats() -> None:
    def evaluate() -> list[float]:
        env, rewards = ChatEnv.from_level(PAPER), []
        for seed in range(5):
            state, rng = env.open(seed), np.random.default_rng(seed)
            for turn in range(20):
                legal = env.game.legal_actions(state)
                result = env.play(seed, state, turn, legal[int(rng.integers(len(legal)))])
                rewards.append(result.reward)
                state = result.state
        return rewards

    first = evaluate()
    assert len(set(first)) > 1 and all(evaluate() == first for _ in range(4))

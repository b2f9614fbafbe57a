"""What the code released with arXiv 2505.13426 gets wrong about Shisen-Sho, seeds and replies, defect by defect."""

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

PAPER = Level("games/ShisenSho-v0", {"num_faces": 9, "copies": 4, "spread_moves": 250, "spread_kind": "uniform"}, 42)


def test_1_siblings_start_from_the_same_state() -> None:
    """n replies to one state are graded as each would be alone, in any order and in threads."""
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    legal = env.game.legal_actions(state)
    replies = [env.truth_reply(state, action) for action in (*legal, *map(env.game.action_at, range(20)))]
    alone = [ChatEnv.from_level(PAPER).turn(42, env.open(42), 0, reply) for reply in replies]
    assert [env.turn(42, state, 0, reply) for reply in reversed(replies)] == alone[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda reply: env.turn(42, state, 0, reply), replies)) == alone
    assert all(result.perception.exact for result in alone), "the truth is the state's, not the first batch's"
    assert sum(result.reward for result in alone) >= len(legal)


def test_2_every_answer_on_12x12_is_the_action_it_says() -> None:
    game = make_game("games/ShisenSho-v0", rows=12, columns=12, num_faces=36, copies=4)
    for index in range(game.num_actions):
        action = game.action_at(index)
        assert game.index_of(action) == index
    for cell in itertools.product(range(12), range(12)):
        if cell != (11, 11):
            assert game.parse(f"({cell[0]},{cell[1]}) (11,11)") == (*cell, 11, 11)


def test_3_out_of_range_answers_are_no_other_answer() -> None:
    game = make_game("games/ShisenSho-v0")
    for cells in itertools.product(range(9), repeat=4):
        is_on_board = max(cells) < 6 and cells[:2] != cells[2:]
        r1, c1, r2, c2 = cells
        assert game.parse(f"({r1},{c1}) ({r2},{c2})") == (cells if is_on_board else None)


@pytest.mark.parametrize("answer", ["(0,1)  (2,3)", "(0,1),(2,3)", "(0, 1), (2, 3)", "(0,1)\n(2,3)", "\n(0,1) (2,3)\n"])
def test_3_spaces_and_commas_are_no_mistake(answer: str) -> None:
    assert make_game("games/ShisenSho-v0").parse(answer) == (0, 1, 2, 3)


def test_4_the_last_reward_is_paid_and_the_end_can_be_seen() -> None:
    game = make_game("games/ShisenSho-v0", rows=2, columns=2, num_faces=1)
    env = ChatEnv(game)
    state = env.open(0)
    middle = env.turn(0, state, 0, "<answer>(0,0) (0,1)</answer>")
    end = env.turn(0, middle.state, 1, "<answer>(1,0) (1,1)</answer>")
    assert (middle.reward, middle.is_terminal, end.reward, end.is_terminal) == (1.0, False, 1.0, True)
    assert env.observe(end.state).text.count("empty") == 4
    assert len(np.unique(env.observe(end.state).image)) <= 3, "an empty board is drawn empty"
    after = env.turn(0, end.state, 2, "<answer>(1,0) (1,1)</answer>")
    assert (after.status, after.reward, after.state) == (ReplyStatus.ILLEGAL, 0.0, end.state)


def test_5_form_and_perception_are_graded_by_block() -> None:
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    truth, answer = env.game.text(state), env.game.format(env.game.solve(state))
    scrambled = "</answer></think></perception><answer><think><perception>" + truth
    assert not env.turn(42, state, 0, scrambled).is_well_formed
    elsewhere = env.turn(42, state, 0, format_reply("", truth, answer))
    assert elsewhere.is_well_formed and elsewhere.perception.cells == 0.0
    assert env.game.perception_form in env.prompt and env.game.answer_form in env.prompt


def test_6_levels_are_seeded_and_the_global_streams_left_alone() -> None:
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].copy()
    env = ChatEnv.from_level(PAPER)
    states = [env.open(seed) for seed in range(20)]
    env.turn(0, states[0], 0, env.truth_reply(states[0], env.game.solve(states[0])))
    assert random.getstate() == before[0] and np.array_equal(np.random.get_state()[1], before[1])
    assert len(set(states)) == 20
    np.random.seed(2)
    random.seed(2)
    assert [env.open(seed) for seed in range(20)] == states


def test_6_closing_one_environment_leaves_the_others() -> None:
    first, second = (gymnasium.make("games/ShisenSho-v0") for _ in range(2))
    first.reset(seed=1)
    image, _ = second.reset(seed=1)
    first.close()
    assert np.array_equal(second.unwrapped.game.image(second.unwrapped.state), image)
    second.step(0)


def test_7_images_are_drawn_at_their_final_size() -> None:
    game = make_game("games/ShisenSho-v0", tile_px=84, image_px=(640, 840))
    state = ChatEnv(game).open(3)
    image, board = game.image(state), make_game("games/ShisenSho-v0", tile_px=84).image(state)
    assert image.shape == (640, 840, 3)
    assert np.array_equal(image[68 : 68 + 504, 168 : 168 + 504], board), "cells are not resampled"


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
            for turn in range(50):
                result = env.turn(seed, state, turn, env.truth_reply(state, env.game.random_action(rng)))
                rewards.append(result.reward)
                state = result.state
        return rewards

    first = evaluate()
    assert sum(first) > 0 and all(evaluate() == first for _ in range(4))

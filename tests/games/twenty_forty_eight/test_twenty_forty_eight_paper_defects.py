"""What the code released with arXiv 2505.13426 gets wrong about 2048, defect by defect."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor

import gymnasium
import numpy as np
import pytest

from games import ChatEnv, Level
from games.core.tags import format_reply
from games.core.types import ReplyStatus
from games.twenty_forty_eight import rules
from games.twenty_forty_eight.game import Board, TwentyFortyEight

ID = "games/TwentyFortyEight-v0"
PAPER = Level(ID, {"spread_moves": 100, "spread_kind": "uniform"}, 42)


def test_1_siblings_start_from_the_same_state() -> None:
    """n replies to one state are graded as each would be alone, in any order and in threads; tiles come the same."""
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    replies = [env.truth_reply(state, action) for action in rules.MOVES for _ in range(5)]
    alone = [ChatEnv.from_level(PAPER).turn(42, env.open(42), 0, reply) for reply in replies]
    assert [env.turn(42, state, 0, reply) for reply in reversed(replies)] == alone[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda reply: env.turn(42, state, 0, reply), replies)) == alone
    legal = set(env.game.legal_actions(state))
    assert [result.status is ReplyStatus.LEGAL for result in alone] == [
        move in legal for move in rules.MOVES for _ in range(5)
    ]


def test_1_the_truth_is_that_of_the_state_shown() -> None:
    """The original compared every later batch with the boards of its first one."""
    env, rng = ChatEnv.from_level(PAPER), np.random.default_rng(0)
    state, texts = env.open(42), []
    for turn in range(30):
        text = env.game.text(state)
        texts.append(text)
        legal = env.game.legal_actions(state)
        result = env.turn(42, state, turn, env.truth_reply(state, legal[int(rng.integers(len(legal)))]))
        assert result.perception.exact
        assert not env.turn(42, result.state, turn + 1, format_reply(text, "", "up")).perception.exact
        state = result.state
        if result.is_terminal:
            break
    assert len(set(texts)) == len(texts) > 5


def test_4_the_last_reward_is_paid_and_the_end_can_be_seen() -> None:
    game = TwentyFortyEight(rows=2, columns=2, four_probability=0)
    env, state = ChatEnv(game), Board(bytes([3, 3, 2, 4]))
    end = env.turn(0, state, 0, "<answer>left</answer>")
    assert (end.reward, end.is_terminal) == (16.0, True)
    assert env.observe(end.state).text == "(0,0) 16; (0,1) 2\n(1,0) 4; (1,1) 16"
    assert np.array_equal(env.observe(end.state).image, game.image(Board(bytes([4, 1, 2, 4]))))
    after = env.turn(0, end.state, 1, "<answer>left</answer>")
    assert (after.status, after.reward, after.state) == (ReplyStatus.ILLEGAL, 0.0, end.state)


def test_6_tiles_of_256_and_more_do_not_overflow() -> None:
    """The original holds numbers in a byte: 256 becomes 0, with numpy 2 the score of such a merge too."""
    game = TwentyFortyEight()
    for exponent in range(1, 17):
        state = Board(bytes([exponent, exponent, *[0] * 14]))
        step = game.transition(state, "left", np.random.default_rng(0))
        assert step.reward == 2.0 ** (exponent + 1)
        assert game.labels(step.state)[0, 0] == str(2 ** (exponent + 1))
        assert game.read(game.text(step.state)) == game.labels(step.state)
    images = {game.image(Board(bytes([exponent, *[0] * 15]))).tobytes() for exponent in range(18)}
    assert len(images) == 18


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (3, 3), (5, 5), (3, 7), (8, 8)])
def test_6_every_size_is_played(rows: int, columns: int) -> None:
    env = ChatEnv(TwentyFortyEight(rows=rows, columns=columns, tile_px=28))
    state = env.open(1)
    for turn in range(20):
        if env.game.is_terminal(state):
            break
        result = env.turn(1, state, turn, env.truth_reply(state, env.game.solve(state)))
        assert result.status is ReplyStatus.LEGAL and result.perception.exact
        state = result.state
        assert env.observe(state).image.shape == (28 * rows, 28 * columns, 3)


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
    first, second = (gymnasium.make(ID, render_mode="rgb_array") for _ in range(2))
    first.reset(seed=1)
    image, _ = second.reset(seed=1)
    first.close()
    assert np.array_equal(second.render(), image)
    second.step(0)


@pytest.mark.parametrize("num_chars", [800, 9_280, 500_000])
def test_9_an_unclosed_answer_costs_no_time(num_chars: int) -> None:
    """0.55 s at 800 digits, 6.8 s at 9,280 characters in the original."""
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    start = time.perf_counter()
    for reply in ("<answer>" + "1" * num_chars, "<answer>" * (num_chars // 8), "<answer>" + "up " * (num_chars // 3)):
        assert env.turn(42, state, 0, reply).status is ReplyStatus.UNREADABLE
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "-1", "0.5", "0", "1", "3", "+1", "4", "1e0", "\u0660", "\u0661", "\u0663", "\uff11", "\u00b9", "\U0001d7cf",
        "1" * 20, "1" * 4300, "1" * 5000, "up down", "not up", "-up", "\uff55\uff50", "u p", "up!", "<b>up</b>",
    ],
)  # fmt: skip
def test_9_what_names_no_direction_plays_none(answer: str) -> None:
    """In the original "-1" plays Right, "0.5" plays Up, Arabic and full-width digits count, 20 digits crash it."""
    env = ChatEnv.from_level(PAPER)
    state = env.open(42)
    result = env.turn(42, state, 0, format_reply("", "", answer))
    assert (result.status, result.action, result.state) == (ReplyStatus.UNREADABLE, None, state)


def test_10_an_evaluation_repeats() -> None:
    def evaluate() -> list[float]:
        env, rewards = ChatEnv.from_level(Level(ID, {}, 42)), []
        for seed in range(42, 46):
            state, rng = env.open(seed), np.random.default_rng(seed)
            for turn in range(100):
                result = env.turn(seed, state, turn, env.truth_reply(state, env.game.random_action(rng)))
                rewards.append(result.reward)
                state = result.state
        return rewards

    first = evaluate()
    assert sum(first) > 1000 and all(evaluate() == first for _ in range(2))


def test_10_a_merge_scores_its_sum_however_large() -> None:
    cells = bytes([7, 7, 8, 8, 10, 10, 16, 16])
    assert rules.slide(cells, 2, 4, "right")[1] == 256 + 512 + 2048 + 131072

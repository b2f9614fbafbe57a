"""The novice: what it sees is true, what it says leads to what it answers, and it seldom knows what is legal."""

from __future__ import annotations

import re

import numpy as np
import pytest

from easyr1.tiny.teacher import different_neighbours, looks_right, matching_pairs, relation, teacher_reply, thinking
from games.board.actions import Pair
from games.core.chat import ChatEnv
from games.core.types import ReplyStatus

pytestmark = pytest.mark.engine

SEEDS = range(200)
SEEN = "See red star at (0,0) (1,0); blue star at (1,1)"
LABELS = {(0, 0): "red star", (0, 1): "empty", (1, 0): "red star", (1, 1): "blue star"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 1), (0, 2), "side by side"),
        ((1, 1), (2, 1), "side by side"),
        ((0, 0), (0, 2), "same row"),
        ((0, 3), (2, 3), "same column"),
        ((0, 0), (1, 1), "apart"),
    ],
)
def test_relation(first: tuple[int, int], second: tuple[int, int], expected: str) -> None:
    assert relation(first, second) == expected


@pytest.mark.parametrize(
    ("action", "words", "said"),
    [
        (Pair(1, 0, 0, 0), "(1,0) (0,0)", f"{SEEN}. Take (0,0) and (1,0): side by side"),
        (Pair(1, 0, 1, 1), "(1,0) (1,1)", f"{SEEN}. Swap red star (1,0) and blue star (1,1)"),
        ("left", "left", "Go left"),
    ],
)
def test_thinking_names_what_the_answer_is_about(action: object, words: str, said: str) -> None:
    assert thinking(LABELS, action, words) == said


def test_matching_pairs_are_all_pairs_of_one_face_and_no_empty_cells() -> None:
    assert matching_pairs(LABELS) == [Pair(0, 0, 1, 0)]


def test_neighbours_differ_and_share_a_side() -> None:
    assert different_neighbours(LABELS) == [Pair(0, 0, 0, 1), Pair(0, 1, 1, 1), Pair(1, 0, 1, 1)]


@pytest.mark.parametrize("care", [0.0, 1.0])
def test_replies_are_true_well_formed_and_consistent(envs: list[ChatEnv], care: float) -> None:
    rng = np.random.default_rng(0)
    for seed in SEEDS:
        env = envs[seed % len(envs)]
        state = env.open(seed)
        reply = teacher_reply(env, state, rng, care)
        result = env.turn(seed, state, 0, reply)
        assert result.perception.exact
        assert result.is_well_formed
        assert result.status != ReplyStatus.UNREADABLE
        last, answered = (
            re.findall(r"\(\d,\d\)|up|down|left|right", part)
            for part in (re.split("Take|Swap|Go", reply.partition("</think>")[0])[1], reply.partition("<answer>")[2])
        )
        assert last == answered


def test_care_decides_how_often_an_answer_is_legal(envs: list[ChatEnv]) -> None:
    def legal_share(env: ChatEnv, care: float) -> float:
        rng = np.random.default_rng(1)
        plays = [(seed, env.open(seed)) for seed in SEEDS]
        results = [env.turn(seed, state, 0, teacher_reply(env, state, rng, care)) for seed, state in plays]
        return float(np.mean([result.status == ReplyStatus.LEGAL for result in results]))

    assert all(legal_share(env, 1.0) == 1.0 for env in envs)
    shisensho, drawn, swap, slides = (legal_share(env, 0.0) for env in envs)
    assert 0.7 < shisensho < 0.9 and 0.7 < drawn < 0.9 and 0.15 < swap < 0.35 and 0.65 < slides < 0.9


def test_what_looks_right_can_be_answered(envs: list[ChatEnv]) -> None:
    for env in envs:
        state = env.open(3)
        assert all(env.game.parse(env.game.format(action)) == action for action in looks_right(env, state))

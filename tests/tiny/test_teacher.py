"""The teacher: what it sees is true, what it says leads to what it answers."""

from __future__ import annotations

import re

import numpy as np
import pytest

from easyr1.tiny.teacher import matching_pairs, relation, teacher_reply, thinking
from games.core.chat import ChatEnv
from games.core.types import ReplyStatus

pytestmark = pytest.mark.engine

SEEDS = range(200)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (((0, 1), (0, 2)), "side by side"),
        (((1, 1), (2, 1)), "side by side"),
        (((0, 0), (0, 2)), "same row"),
        (((0, 3), (2, 3)), "same column"),
        (((0, 0), (1, 1)), "apart"),
    ],
)
def test_relation(pair: tuple[tuple[int, int], tuple[int, int]], expected: str) -> None:
    assert relation(pair) == expected


def test_thinking_names_face_cells_and_how_they_lie() -> None:
    text = thinking("blue circle", [(0, 1), (0, 3), (2, 2)], ((0, 1), (0, 3)))
    assert text == "See blue circle at (0,1) (0,3) (2,2). Take (0,1) and (0,3): same row"


def test_matching_pairs_are_all_pairs_of_one_face_and_no_empty_cells() -> None:
    labels = {(0, 0): "red star", (0, 1): "empty", (1, 0): "red star", (1, 1): "empty"}
    assert matching_pairs(labels) == [((0, 0), (1, 0))]


@pytest.mark.parametrize("care", [0.0, 1.0])
def test_replies_are_true_well_formed_and_consistent(env: ChatEnv, care: float) -> None:
    rng = np.random.default_rng(0)
    for seed in SEEDS:
        state = env.open(seed)
        reply = teacher_reply(env, state, rng, care)
        result = env.turn(seed, state, 0, reply)
        assert result.perception.exact
        assert result.is_well_formed
        assert result.status != ReplyStatus.UNREADABLE
        thought, answered = (
            re.findall(r"\(\d,\d\)", reply.partition(opening)[2].partition("</")[0]) for opening in ("Take", "<answer>")
        )
        assert thought == answered


def test_care_decides_how_often_an_answer_is_legal(env: ChatEnv) -> None:
    def legal_share(care: float) -> float:
        rng = np.random.default_rng(1)
        plays = [(seed, env.open(seed)) for seed in SEEDS]
        results = [env.turn(seed, state, 0, teacher_reply(env, state, rng, care)) for seed, state in plays]
        return float(np.mean([result.status == ReplyStatus.LEGAL for result in results]))

    assert legal_share(1.0) == 1.0
    assert 0.7 < legal_share(0.0) < 0.9

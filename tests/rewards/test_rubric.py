from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from easyr1.errors import ConfigError
from easyr1.rewards.rubric import Rubric
from easyr1.rewards.terms import RewardWeights, TurnReward
from easyr1.rollout.types import Frame, Reply, Turn
from games.core.types import PerceptionScore, ReplyStatus

FRAME = Frame(b"", "0" * 16, "")
LEGAL, ILLEGAL, UNREADABLE = ReplyStatus.LEGAL, ReplyStatus.ILLEGAL, ReplyStatus.UNREADABLE


def make_turn(
    status: ReplyStatus, well_formed: bool = True, exact: bool = True, cells: float = 1.0, reward: float = 0.0
) -> Turn:
    perception = PerceptionScore(exact, cells)
    return Turn(0, FRAME, Reply("reply"), status, "action", reward, well_formed, perception, is_terminal=False)


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (make_turn(LEGAL), TurnReward(1.0, 1.0, 1.0, 1.0 + 0.5 + 0.25)),
        (make_turn(LEGAL, well_formed=False), TurnReward(1.0, 0.0, 1.0, 1.25)),
        (make_turn(LEGAL, exact=False, cells=0.75), TurnReward(1.0, 1.0, 0.0, 1.5)),
        (make_turn(ILLEGAL), TurnReward(-1.0, 1.0, 1.0, -0.25)),
        (make_turn(ILLEGAL, exact=False, cells=0.0), TurnReward(-1.0, 1.0, 0.0, -0.5)),
        (make_turn(UNREADABLE, well_formed=False, exact=False, cells=0.0), TurnReward(-1.0, 0.0, 0.0, -1.0)),
        (make_turn(UNREADABLE, well_formed=False), TurnReward(-1.0, 0.0, 1.0, -0.75)),
    ],
)
def test_every_status_has_its_numbers(turn: Turn, expected: TurnReward) -> None:
    assert Rubric(RewardWeights(alpha=0.5, beta=0.25)).score(turn) == expected


def test_the_papers_weights() -> None:
    rubric = Rubric(RewardWeights(alpha=1, beta=0))
    assert rubric.score(make_turn(LEGAL)).total == 2.0
    assert rubric.score(make_turn(ILLEGAL)).total == 0.0
    assert rubric.score(make_turn(UNREADABLE, well_formed=False)).total == -1.0


def test_graded_perception() -> None:
    reward = Rubric(RewardWeights(0, 2), perception="cells").score(make_turn(LEGAL, exact=False, cells=0.75))
    assert reward == TurnReward(1.0, 1.0, 0.75, 2.5)


@pytest.mark.parametrize("legal", [1.0, None])
def test_a_legal_action_that_the_game_does_not_reward(legal: float | None) -> None:
    rubric = Rubric(RewardWeights(0, 0, legal=legal, unrewarded=-1.0))
    assert rubric.score(make_turn(LEGAL, reward=0.0)).game == -1.0
    assert rubric.score(make_turn(LEGAL, reward=-0.1)).game == -1.0
    assert rubric.score(make_turn(LEGAL, reward=4.0)).game == (4.0 if legal is None else 1.0)
    assert rubric.score(make_turn(ILLEGAL)).game == -1.0


def test_the_games_own_reward() -> None:
    rubric = Rubric(RewardWeights(0, 0, illegal=-0.5, unreadable=-2.0, legal=None))
    assert rubric.score(make_turn(LEGAL, reward=16.0)).game == 16.0
    assert rubric.score(make_turn(ILLEGAL, reward=0.0)).game == -0.5
    assert rubric.score(make_turn(UNREADABLE, reward=0.0)).game == -2.0


def test_a_return_is_the_sum_of_its_turns() -> None:
    rubric = Rubric(RewardWeights(1, 1))
    turns = [make_turn(LEGAL), make_turn(ILLEGAL), make_turn(UNREADABLE, False, False, 0.0)]
    assert rubric.episode_return(turns) == 3.0 + 1.0 - 1.0
    assert rubric.episode_return([]) == 0.0


@given(st.sampled_from(ReplyStatus), st.booleans(), st.booleans(), st.floats(0, 1), st.sampled_from(["exact", "cells"]))
def test_plain_facts_score_as_the_turn_does(
    status: ReplyStatus, well_formed: bool, exact: bool, cells: float, perception: str
) -> None:
    turn = make_turn(status, well_formed, exact, cells, reward=3.0)
    facts: dict[str, Any] = {"status": status.value, "game_reward": 3.0, "is_well_formed": well_formed, "sample": 1}
    facts["perception"] = asdict(turn.perception)
    rubric = Rubric(RewardWeights(0.3, 0.7, legal=None), perception)
    assert rubric.score_facts(facts) == rubric.score(turn)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "1", True, None])
def test_weights_are_finite_numbers(bad: Any) -> None:
    with pytest.raises(ConfigError, match=r"^alpha: .* given"):
        RewardWeights(alpha=bad, beta=0)


def test_the_perception_term_is_one_of_two() -> None:
    with pytest.raises(ConfigError, match=r"^perception: 'cell' given; it must be exact or cells$"):
        Rubric(RewardWeights(0, 0), perception="cell")

"""One episode, from its level to its lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from easyr1.evaluation.episodes import FAILED, Job, Played, QuietEnvironment, ThreadedEnvironment, play_job
from easyr1.evaluation.figures import score_of
from easyr1.evaluation.levels import evaluation_level
from easyr1.evaluation.runner import state_policy
from easyr1.evaluation.tasks import Task
from easyr1.policies.scripted import ScriptedPolicy
from easyr1.policies.solver import SolverPolicy
from easyr1.policies.usage import ReplyUsage
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.types import Context, Environment, Policy, Reply
from tests.evaluation.make import SMALL
from tests.rollout.fakes import FailingEnvironment, Recorder


def play(
    policy: Policy | Sequence[str],
    task: Task = SMALL,
    environment: Environment | None = None,
    window: int | None = 1,
    repeat: int = 0,
) -> Played:
    player = ScriptedPolicy(policy) if isinstance(policy, list) else policy
    return asyncio.run(play_job(Job(task, 2, repeat), player, environment or LocalEnvironment(), window))


def test_lines_of_an_episode() -> None:
    lines = play(SolverPolicy(), repeat=1).records()
    assert [line.turn for line in lines] == [0, 1, 2, 3]
    assert {line.stop_reason for line in lines} == {"terminal"} and score_of(SMALL, lines) == 4.0
    for line in lines:
        assert (line.step, line.split, line.group, line.sample, line.game_name) == (
            0,
            "evaluation",
            "small/0002",
            1,
            "small",
        )
        assert line.level == evaluation_level(SMALL, 2).to_dict()
        assert line.reward == {"game": 1.0, "format": 1.0, "perception": 1.0, "total": 1.0}
        assert line.perception == {"exact": True, "cells": 1.0}
        assert line.prompt and line.truth in line.reply and line.failure == "" and line.advantage is None
    assert set(play(SolverPolicy()).images()) == {line.observation for line in lines}


def test_a_turn_that_is_not_legal_is_worth_nothing() -> None:
    lines = play(["nothing to read"] * 6).records()
    assert [line.status for line in lines] == ["unreadable"] * 6
    assert score_of(SMALL, lines) == 0.0 and lines[0].reward["game"] == 0.0
    assert lines[0].stop_reason == "turn_limit"


def test_a_fresh_level_follows_until_the_turns_are_used_up() -> None:
    task = replace(SMALL, restart=True, max_turns=10)
    lines = play(SolverPolicy(), task).records()
    assert [line.turn for line in lines] == list(range(10)) and score_of(task, lines) == 10.0
    seeds = [line.level["seed"] for line in lines]
    assert seeds == [evaluation_level(task, 2, restart).seed for restart in (0, 0, 0, 0, 1, 1, 1, 1, 2, 2)]
    assert {line.stop_reason for line in lines} == {"turn_limit"}


def test_an_episode_that_ends_with_its_last_turn_does_not_start_again() -> None:
    lines = play(SolverPolicy(), replace(SMALL, restart=True, max_turns=8)).records()
    assert len(lines) == 8 and len({line.level["seed"] for line in lines}) == 2


def test_what_was_seen_on_another_board_is_not_shown_on_a_fresh_one() -> None:
    contexts: list[Context] = []

    class Watching(SolverPolicy):
        async def reply(self, context: Context) -> Reply:
            contexts.append(context)
            return await super().reply(context)

    play(Watching(), replace(SMALL, restart=True, max_turns=6), window=None)
    assert [len(context.past) for context in contexts] == [0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize("num_replies", [0, 2])
def test_a_policy_that_gives_up_keeps_its_turns_and_says_why(num_replies: int) -> None:
    played = play(["unreadable"] * num_replies)
    lines = played.records()
    assert [line.status for line in lines] == [*["unreadable"] * num_replies, FAILED]
    assert {line.stop_reason for line in lines} == {"policy_failed"}
    assert {line.failure for line in lines} == {
        f"the script has {num_replies} replies, turn {num_replies} asks for one more"
    }
    # The turn left open shows what there was to see.
    assert lines[-1].observation in played.images() and lines[-1].truth == lines[0].truth
    assert lines[-1].reply == "" and lines[-1].action is None and score_of(SMALL, lines) == 0.0


@pytest.mark.parametrize("turn", [-1, 1])
def test_an_environment_that_gives_up(turn: int) -> None:
    lines = play(SolverPolicy(), environment=FailingEnvironment(turn)).records()
    assert [line.status for line in lines] == ["legal"] * max(turn, 0) + [FAILED]
    assert {line.stop_reason for line in lines} == {"environment_failed"}
    assert lines[-1].failure.startswith("no worker could") and lines[-1].observation == ""


@pytest.mark.parametrize("environment", [QuietEnvironment(), ThreadedEnvironment()])
@pytest.mark.parametrize("policy", ["random", "random_legal", "greedy", "solver"])
def test_every_environment_plays_the_same_episode(policy: str, environment: Environment) -> None:
    task = replace(SMALL, restart=True, max_turns=12)
    loud = play(state_policy(policy, 3, 0), task)
    other = play(state_policy(policy, 3, 0), task, environment)
    if isinstance(environment, ThreadedEnvironment):
        assert other.records() == loud.records() and other.images() == loud.images()
        return
    assert other.images() == {}
    assert [replace(line, observation="") for line in other.records()] == [
        replace(line, observation="") for line in loud.records()
    ]
    assert other.records()[0].observation == loud.records()[0].observation, "the first picture has its name"


def test_repeats_have_dice_of_their_own() -> None:
    first, again, other = (
        [line.action for line in play(state_policy("random", 0, repeat)).records()] for repeat in (0, 0, 1)
    )
    assert first == again != other


def test_a_first_move_counts_alone() -> None:
    task = replace(SMALL, measure="first_move", max_turns=2)
    assert score_of(task, play(SolverPolicy(), task).records()) == 1.0
    assert score_of(task, play(["unreadable"] * 2, task).records()) == 0.0


def test_what_a_reply_took_is_kept() -> None:
    class Costly(Recorder):
        async def reply(self, context: Context) -> Reply:
            return Reply("hm", ReplyUsage(prompt_tokens=100, reply_tokens=7, seconds=0.5, cost=0.25))

    line = play(Costly([])).records()[0]
    assert (line.prompt_tokens, line.reply_tokens, line.seconds, line.cost) == (100, 7, 0.5, 0.25)

"""One episode of an evaluation, from its level to the lines that are kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

from easyr1.evaluation.levels import evaluation_level
from easyr1.evaluation.tasks import Task
from easyr1.replay.record import TurnRecord
from easyr1.rewards.rubric import Rubric
from easyr1.rewards.terms import RewardWeights
from easyr1.rollout.environment import LocalEnvironment, guarded, open_level, turn_level
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import (
    Context,
    Environment,
    Frame,
    Opening,
    Policy,
    Reply,
    Step,
    StopReason,
    Trajectory,
    Turn,
)
from games.core.chat import ChatEnv
from games.core.types import Level

SPLIT = "evaluation"
FAILED = "failed"
"""Status of a turn to which no reply came."""

RUBRIC = Rubric(RewardWeights(alpha=0.0, beta=0.0, illegal=0.0, unreadable=0.0, legal=None))
"""A turn is worth the game's own reward."""


@dataclass(frozen=True, slots=True)
class Job:
    """An episode to play: `repeat` counts those on one level, 0-based."""

    task: Task
    level: int
    repeat: int

    @property
    def group(self) -> str:
        """Name of the level within the run."""
        return f"{self.task.name}/{self.level:04d}"


class ThreadedEnvironment(LocalEnvironment):
    """Plays in threads, so that requests go on while a board is dealt or drawn."""

    async def open(self, level: Level) -> Opening:
        """Deal a level. Raises GamesError for a bad level, EnvironmentFailed for a bug of the game."""
        return await asyncio.to_thread(guarded, open_level, level)

    async def turn(self, level: Level, state: Any, index: int, reply: str) -> Step:
        """Play the reply of turn `index` on a state. Raises EnvironmentFailed for a bug of the game."""
        return await asyncio.to_thread(guarded, turn_level, level, state, index, reply)


class QuietEnvironment(LocalEnvironment):
    """Draws the first picture alone, and that for its digest: for players that do not look, many times as fast."""

    async def open(self, level: Level) -> Opening:
        """Deal a level; its frame has a digest and no picture. Raises as `LocalEnvironment.open`."""
        return guarded(_open_unseen, level)

    async def turn(self, level: Level, state: Any, index: int, reply: str) -> Step:
        """Play the reply of turn `index` on a state; the frame has its text alone. Raises EnvironmentFailed."""
        return guarded(_turn_unseen, level, state, index, reply)


@lru_cache(maxsize=16)
def _open_unseen(level: Level) -> Opening:
    # Openings are values; the repeats of a level share one.
    env = ChatEnv.from_level(level)
    state = env.open(level.seed)
    seen = env.observe(state)
    return Opening(state, Frame(b"", Frame.digest_of(seen.image), seen.text))


def _turn_unseen(level: Level, state: Any, index: int, reply: str) -> Step:
    env = ChatEnv.from_level(level)
    result = env.turn(level.seed, state, index, reply)
    return Step(result, None if result.is_terminal else Frame(b"", "", env.game.text(result.state)))


class _Watched:
    """A policy, and the last context to which it gave no reply."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.unanswered: Context | None = None

    async def reply(self, context: Context) -> Reply:
        self.unanswered = context
        reply = await self._policy.reply(context)
        self.unanswered = None
        return reply


@dataclass(frozen=True, slots=True)
class Played:
    """A played episode: the trajectories of its levels, more than one where it restarts, and the turn left open."""

    job: Job
    parts: tuple[Trajectory, ...]
    prompt: str
    unanswered: Context | None = None

    def records(self) -> list[TurnRecord]:
        """A line a turn, then one for the turn to which no reply came; at least one."""
        last = self.parts[-1]
        number = count()
        lines = [
            self._record(part.level, next(number), turn.frame, turn.reply, _facts(turn))
            for part in self.parts
            for turn in part.turns
        ]
        if last.failure is not None:
            context = self.unanswered
            frame = Frame(b"", "", "") if context is None else context.frame
            lines.append(self._record(last.level, next(number), frame, Reply(""), _NO_FACTS))
        return lines

    def images(self) -> dict[str, bytes]:
        """PNG bytes by digest."""
        frames = [turn.frame for part in self.parts for turn in part.turns]
        frames += [] if self.unanswered is None else [self.unanswered.frame]
        return {frame.digest: frame.png for frame in frames if frame.png}

    def _record(self, level: Level, number: int, frame: Frame, reply: Reply, facts: Mapping[str, Any]) -> TurnRecord:
        last, usage = self.parts[-1], reply.tokens
        return TurnRecord(
            step=0,
            split=SPLIT,
            level=level.to_dict(),
            group=self.job.group,
            sample=self.job.repeat,
            turn=number,
            observation=frame.digest,
            prompt=self.prompt,
            reply=reply.text,
            truth=frame.text,
            advantage=None,
            stop_reason=last.stop_reason.value,
            prompt_tokens=int(getattr(usage, "prompt_tokens", 0)),
            reply_tokens=int(getattr(usage, "reply_tokens", 0)),
            game_name=self.job.task.name,
            failure=last.failure or "",
            seconds=float(getattr(usage, "seconds", 0.0)),
            cost=float(getattr(usage, "cost", 0.0)),
            **facts,
        )


_NO_FACTS: Mapping[str, Any] = {
    "action": None,
    "status": FAILED,
    "reward": {"game": 0.0, "format": 0.0, "perception": 0.0, "total": 0.0},
    "perception": {"exact": False, "cells": 0.0},
}


def _facts(turn: Turn) -> dict[str, Any]:
    reward = RUBRIC.score(turn)
    return {
        "action": turn.action_text,
        "status": turn.status.value,
        "reward": {
            "game": reward.game,
            "format": reward.format,
            "perception": reward.perception,
            "total": reward.total,
        },
        "perception": {"exact": turn.perception.exact, "cells": turn.perception.cells},
    }


async def play_job(job: Job, policy: Policy, environment: Environment, window: int | None) -> Played:
    """Play an episode to its end, fresh levels included where the task restarts; a turn's past is that of its level.

    Raises:
        GamesError: The task's game cannot be made.
    """
    task, parts, left = job.task, list[Trajectory](), job.task.max_turns
    watched = _Watched(policy)
    for level in _levels(job):
        part = await play_episode(watched, Episode(level, environment), Limits(left, window))
        parts.append(part)
        left -= part.num_turns
        if not task.restart or part.stop_reason is not StopReason.TERMINAL or left == 0:
            break
    return Played(job, tuple(parts), environment.prompt(parts[0].level), watched.unanswered)


def _levels(job: Job) -> Iterator[Level]:
    return (evaluation_level(job.task, job.level, restart) for restart in count())

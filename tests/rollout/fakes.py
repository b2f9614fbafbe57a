"""Environments that fail on purpose, and short cuts for playing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from easyr1.policies.scripted import ScriptedPolicy
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Context, Environment, EnvironmentFailed, Opening, Policy, Reply, Step, Trajectory
from games import ChatEnv, Level

LEVEL = Level("games/ShisenSho-v0", {"rows": 2, "columns": 4, "num_faces": 2, "solvable": True}, 7)
UNREADABLE = "no blocks at all"


def solver_replies(level: Level = LEVEL) -> list[str]:
    """Perfect replies from the opening to the end."""
    env = ChatEnv.from_level(level)
    state, replies = env.open(level.seed), []
    while not env.game.is_terminal(state):
        action = env.game.solve(state)
        replies.append(env.truth_reply(state, action))
        state = env.play(level.seed, state, len(replies) - 1, action).state
    return replies


def illegal_reply(level: Level = LEVEL) -> str:
    """A reply to the opening that is readable and not legal."""
    env = ChatEnv.from_level(level)
    state = env.open(level.seed)
    legal = {frozenset((pair[:2], pair[2:])) for pair in env.game.legal_actions(state)}
    for index in range(env.game.num_actions):
        action = env.game.action_at(index)
        if frozenset((action[:2], action[2:])) not in legal:
            return env.truth_reply(state, action)
    raise AssertionError("every pair is legal")


def play(
    policy: Policy | Sequence[str],
    max_turns: int = 20,
    window: int | None = None,
    environment: Environment | None = None,
    level: Level = LEVEL,
) -> Trajectory:
    """Play one episode to its end."""
    player = ScriptedPolicy(policy) if isinstance(policy, list | tuple) else policy
    episode = Episode(level, environment or LocalEnvironment())
    return asyncio.run(play_episode(player, episode, Limits(max_turns, window)))


class Recorder:
    """A scripted policy that keeps what it was shown."""

    def __init__(self, replies: Sequence[str]) -> None:
        self._script = ScriptedPolicy(replies)
        self.contexts: list[Context] = []

    async def reply(self, context: Context) -> Reply:
        self.contexts.append(context)
        return await self._script.reply(context)


class FailingEnvironment(LocalEnvironment):
    """Fails from a turn on; turn -1 is the opening."""

    def __init__(self, turn: int) -> None:
        self._turn = turn

    async def open(self, level: Level) -> Opening:
        if self._turn < 0:
            raise EnvironmentFailed("no worker could deal")
        return await super().open(level)

    async def turn(self, level: Level, state: Any, index: int, reply: str) -> Step:
        if index >= self._turn:
            raise EnvironmentFailed("no worker could play")
        return await super().turn(level, state, index, reply)

"""The one loop: training, evaluation and tests drive it with different policies."""

from __future__ import annotations

from dataclasses import dataclass

from easyr1.rollout.history import past_turns
from easyr1.rollout.limits import Limits
from easyr1.rollout.types import Context, Environment, Frame, Policy, RolloutStopped, StopReason, Trajectory, Turn
from games.core.types import Level


@dataclass(frozen=True, slots=True)
class Episode:
    """A level and where it is played; it holds no state, so playing it twice starts twice from the same state."""

    level: Level
    environment: Environment


async def play_episode(policy: Policy, episode: Episode, limits: Limits) -> Trajectory:
    """Play an episode to its end.

    An unreadable or illegal reply is a turn like any other. A policy or an environment that gives up ends the
    episode with its stop reason and the turns played so far; other exceptions are bugs and are raised.
    """
    level, environment = episode.level, episode.environment
    turns: list[Turn] = []
    try:
        prompt = environment.prompt(level)
        opening = await environment.open(level)
        state = opening.state
        frame: Frame | None = opening.frame
        while frame is not None and len(turns) < limits.max_turns:
            index = len(turns)
            context = Context(prompt, past_turns(turns, limits.window), frame, state, level, index)
            reply = await policy.reply(context)
            step = await environment.turn(level, state, index, reply.text)
            turns.append(Turn.from_result(index, frame, reply, step.result))
            state, frame = step.result.state, step.frame
    except RolloutStopped as stop:
        return Trajectory(level, tuple(turns), stop.stop_reason, str(stop))
    reason = StopReason.TERMINAL if frame is None else StopReason.TURN_LIMIT
    return Trajectory(level, tuple(turns), reason)

"""Teachers: who says what a good reply to a state is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from easyr1.cold_start.examples import Rejected
from easyr1.cold_start.levels import WORDS, level_rng
from easyr1.cold_start.thinking import think
from easyr1.rollout.environment import guarded
from easyr1.rollout.types import Context
from games.core.chat import ChatEnv

TEACHERS = ("solver", "chat")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a teacher would think and do; the perception is the truth."""

    thinking: str
    action: Any


class Teacher(Protocol):
    """Whoever answers."""

    async def answer(self, context: Context) -> Answer | Rejected:
        """The answer to a context that carries its state and level, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class SolverTeacher:
    """The game's own solver, whose thinking is written from what its search found.

    Attributes:
        candidates: Most other actions that the thinking looks at.
    """

    candidates: int

    async def answer(self, context: Context) -> Answer | Rejected:
        """The solver's action and the way to it. Raises EnvironmentFailed for a bug of the game."""
        return guarded(self._answer, context)

    def _answer(self, context: Context) -> Answer | Rejected:
        assert context.level is not None, "a context of an episode has its level"
        env = ChatEnv.from_level(context.level)
        action = env.game.solve(context.state)
        if action is None or not env.play(context.level.seed, context.state, context.index, action).is_legal:
            return Rejected("no_answer")
        rng = level_rng(context.level, context.index, WORDS)
        return Answer(think(env.game, context.state, action, rng, self.candidates), action)

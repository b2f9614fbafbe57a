"""Teachers: who says what a good reply to a state is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from easyr1.cold_start.examples import Rejected
from easyr1.cold_start.levels import WORDS, level_rng
from easyr1.cold_start.thinking import think, think_search
from easyr1.rollout.environment import guarded
from easyr1.rollout.types import Context
from games.core.chat import ChatEnv
from games.core.search import Searches

TEACHERS = ("solver", "search", "chat")


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


@dataclass(frozen=True, slots=True)
class SearchTeacher:
    """A plain search that is told step by step, and the first legal action that it finds.

    Of a game that knows no such search (`games.core.search`) the solver is the teacher.

    Attributes:
        candidates: Most other actions that a solver's thinking looks at.
    """

    candidates: int

    async def answer(self, context: Context) -> Answer | Rejected:
        """The action found and the way to it. Raises EnvironmentFailed for a bug of the game."""
        return guarded(self._answer, context)

    def _answer(self, context: Context) -> Answer | Rejected:
        assert context.level is not None, "a context of an episode has its level"
        env = ChatEnv.from_level(context.level)
        if not isinstance(env.game, Searches):
            return SolverTeacher(self.candidates)._answer(context)
        found = env.game.search(context.state)
        if found is None or not env.play(context.level.seed, context.state, context.index, found.action).is_legal:
            return Rejected("no_answer")
        rng = level_rng(context.level, context.index, WORDS)
        return Answer(think_search(env.game, found, rng), found.action)


def own_teacher(name: str, candidates: int) -> SolverTeacher | SearchTeacher:
    """The teacher of this name, one of those that need no model."""
    return SearchTeacher(candidates) if name == "search" else SolverTeacher(candidates)

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
    """The game itself: its solver, whose thinking is written from what its search found, or a plain search.

    Attributes:
        candidates: Most other actions that the thinking looks at beside the solver's.
        searches: Whether a game that knows a plain search (`games.core.search`) is to tell it step by step and to play
            the first legal action that it finds.
    """

    candidates: int
    searches: bool = False

    async def answer(self, context: Context) -> Answer | Rejected:
        """The action and the way to it. Raises EnvironmentFailed for a bug of the game."""
        return guarded(self._answer, context)

    def _answer(self, context: Context) -> Answer | Rejected:
        assert context.level is not None, "a context of an episode has its level"
        env = ChatEnv.from_level(context.level)
        game, state = env.game, context.state
        found = game.search(state) if self.searches and isinstance(game, Searches) else None
        action = game.solve(state) if found is None else found.action
        if action is None or not env.play(context.level.seed, state, context.index, action).is_legal:
            return Rejected("no_answer")
        rng = level_rng(context.level, context.index, WORDS)
        if found is not None:
            return Answer(think_search(game, found, rng), action)
        return Answer(think(game, state, action, rng, self.candidates), action)

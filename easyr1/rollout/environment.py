"""Games in this process, as pure functions of a level, a state and a reply."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

from easyr1.rollout.types import EnvironmentFailed, Frame, Opening, Step
from games.core.chat import ChatEnv
from games.core.types import Level
from games.errors import GamesError

P = ParamSpec("P")
T = TypeVar("T")


@lru_cache(maxsize=256)
def _prompt(env: ChatEnv) -> str:
    return env.prompt


def prompt_of(level: Level) -> str:
    """Task and form of the reply of a level's game; the seed plays no part. Raises GamesError for a bad level."""
    return _prompt(ChatEnv.from_level(level))


def open_level(level: Level) -> Opening:
    """Deal a level: the same bytes in any process, thread or order. Raises GamesError for a bad level."""
    env = ChatEnv.from_level(level)
    state = env.open(level.seed)
    return Opening(state, Frame.from_observation(env.observe(state)))


def turn_level(level: Level, state: Any, index: int, reply: str) -> Step:
    """Play the reply of turn `index`, 0-based, on a state, which is not changed. Raises GamesError for a bad level."""
    env = ChatEnv.from_level(level)
    result = env.turn(level.seed, state, index, reply)
    return Step(result, None if result.is_terminal else Frame.from_observation(env.observe(result.state)))


class LocalEnvironment:
    """Plays in this process; games are kept by their id and knobs."""

    def prompt(self, level: Level) -> str:
        """Task and form of the reply of a level's game."""
        return prompt_of(level)

    async def open(self, level: Level) -> Opening:
        """Deal a level. Raises GamesError for a bad level, EnvironmentFailed for a bug of the game."""
        return guarded(open_level, level)

    async def turn(self, level: Level, state: Any, index: int, reply: str) -> Step:
        """Play the reply of turn `index` on a state. Raises EnvironmentFailed for a bug of the game."""
        return guarded(turn_level, level, state, index, reply)


def guarded(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A call of a game: its bugs end one episode; a level that cannot exist is the user's to mend, and ends the run.

    Raises:
        GamesError: The level is bad.
        EnvironmentFailed: The game has a bug.
    """
    try:
        return call(*args, **kwargs)
    except GamesError:
        raise
    except Exception as error:
        raise EnvironmentFailed(f"{type(error).__name__}: {error}") from error

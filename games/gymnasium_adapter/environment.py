"""From an id of Gymnasium and its arguments to an environment, and what can be known of it without playing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete

from games.core.types import JSON, FrozenMap, Image
from games.errors import KnobError

# Ids that a package registers when it is imported: how they begin, the package, the extra that brings it.
PACKAGES = (("ALE/", "ale_py", "atari"), ("MiniGrid-", "minigrid", "minigrid"), ("BabyAI-", "minigrid", "minigrid"))
# For Atari: no sticky actions, for the emulator's clones do not say which one stuck; and no picture as the observation,
# which would be drawn at every step.
EMULATOR_KWARGS: dict[str, JSON] = {"repeat_action_probability": 0.0, "obs_type": "ram"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is the same in every level of an environment.

    Attributes:
        frame_size: (height, width) of its pictures, in px.
        num_actions: Number of its actions.
        words: A name for each action, the environment's own where it has some.
        max_steps: Its own limit of steps, None where it has none.
        mission: Its task in words where it says one that is the same in every level, else an empty text.
    """

    frame_size: tuple[int, int]
    num_actions: int
    words: tuple[str, ...]
    max_steps: int | None
    mission: str


def make_environment(env_id: str, env_kwargs: Mapping[str, Any]) -> Any:
    """A new environment without Gymnasium's wrappers, so that nothing but the snapshot holds its state.

    Raises:
        KnobError: There is no such id, its package is missing, or it does not take these arguments.
    """
    return _make(env_id, env_kwargs).unwrapped


def _make(env_id: str, env_kwargs: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    _import_package(env_id)
    kwargs = {"render_mode": "rgb_array", **env_kwargs}
    try:
        return gymnasium.make(env_id, disable_env_checker=True, **kwargs)
    except (gymnasium.error.UnregisteredEnv, ModuleNotFoundError) as error:
        raise KnobError(f"env_id must be an id that Gymnasium knows, got {env_id!r}: {_line(error)}") from error
    except (TypeError, ValueError, AssertionError, gymnasium.error.Error) as error:
        given = f"got {dict(env_kwargs)!r} for {env_id}"
        raise KnobError(f"env_kwargs must be arguments that the environment takes, {given}: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _import_package(env_id: str) -> None:
    # Pygame, which many environments draw with, and the emulator greet on the console, once for every worker.
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    for start, package, extra in PACKAGES:
        if not env_id.rpartition(":")[2].startswith(start):
            continue
        if find_spec(package) is None:
            raise KnobError(f"env_id {env_id!r} needs the package {package}: pip install 'easyr1[{extra}]'")
        module = import_module(package)
        if package == "ale_py":
            module.ALEInterface.setLoggerMode(module.LoggerMode.Error)


@lru_cache(maxsize=64)
def facts_of(env_id: str, env_kwargs: FrozenMap, spelling: str) -> Facts:
    """Open one level to see what the environment is like; `spelling` is `repr(env_kwargs)`, for 1 equals True.

    Raises:
        KnobError: Its actions cannot be numbered, it shows no RGB picture, or an emulator of Atari repeats actions.
    """
    wrapped = _make(env_id, env_kwargs)
    environment: Any = wrapped.unwrapped
    if not isinstance(environment.action_space, Discrete):
        raise KnobError(f"env_id must have a Discrete action space, got {environment.action_space} for {env_id}")
    if hasattr(environment, "ale") and environment.ale.getFloat("repeat_action_probability"):
        raise KnobError("env_kwargs must set repeat_action_probability to 0.0: the knob sticky takes its place")
    try:
        observation, _ = environment.reset(seed=0)
        frame = frame_of(environment, observation)
    except gymnasium.error.DependencyNotInstalled as error:
        raise KnobError(f"env_id {env_id!r} cannot draw: {_line(error)}") from error
    if frame is None:
        raise KnobError(f"env_id must show an RGB picture when render_mode is rgb_array, got {env_id!r}")
    return Facts(
        (frame.shape[0], frame.shape[1]),
        int(environment.action_space.n),
        _words(environment),
        # The limit is kept by a wrapper, and written down with it.
        None if wrapped.spec is None else wrapped.spec.max_episode_steps,
        _mission(environment),
    )


def _mission(environment: Any) -> str:
    """The task that a Minigrid environment states, unless it has words that are drawn for each level."""
    spaces = getattr(environment.observation_space, "spaces", None)
    space = spaces.get("mission") if isinstance(spaces, Mapping) else None
    is_drawn = bool(getattr(space, "ordered_placeholders", None))
    return "" if is_drawn else str(getattr(environment, "mission", ""))


def _words(environment: Any) -> tuple[str, ...]:
    count = int(environment.action_space.n)
    if hasattr(environment, "get_action_meanings"):
        words = [str(word).lower() for word in environment.get_action_meanings()]
    else:
        words = [str(getattr(word, "name", word)) for word in getattr(environment, "actions", ())]
    is_usable = len(words) == count == len(set(words)) and all(map(is_word, words))
    return tuple(words) if is_usable else tuple(f"action {index}" for index in range(count))


def is_word(word: object) -> bool:
    """Whether a text can name an action: words of a-z and 0-9 with single spaces."""
    return isinstance(word, str) and word.isascii() and all(map(str.isalnum, word.split(" "))) and word == word.lower()


def frame_of(environment: Any, observation: object) -> Image | None:
    """The picture, uint8 (H, W, 3): what it renders, else the observation; None where neither is a picture."""
    for found in (environment.render() if environment.render_mode == "rgb_array" else None, observation):
        if isinstance(found, np.ndarray) and found.dtype == np.uint8 and found.ndim == 3 and found.shape[2] == 3:
            return found
    return None

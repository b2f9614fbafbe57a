"""Environments that are hard to put away, for the tests of snapshots."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import EzPickle
from numpy.typing import NDArray


class Counter(gymnasium.Env[NDArray[np.uint8], Any]):
    """Shows how often it was stepped, plus noise, as the brightness of its only pixel; ends at `limit`."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None, limit: int = 20, start: int = 0) -> None:
        self.render_mode = render_mode
        self.limit = limit
        self.action_space = spaces.Discrete(2, start=start)
        self.observation_space = spaces.Box(0, 255, (1, 1, 3), np.uint8)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.count, self.noise = 0, int(self.np_random.integers(50))
        return self.render(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert action in self.action_space
        self.count += 1 + int(action)
        self.noise = int(self.np_random.integers(50))
        return self.render(), float(self.count), False, self.count >= self.limit, {}

    def render(self) -> NDArray[np.uint8]:
        return np.full((1, 1, 3), (self.count + self.noise) % 256, np.uint8)


class Unpicklable(Counter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lock = lambda: None


class Remade(Counter, EzPickle):
    def __init__(self, **kwargs: Any) -> None:
        EzPickle.__init__(self, **kwargs)
        super().__init__(**kwargs)


class Forgetful(Counter):
    """Leaves its state out of its pickle without saying so."""

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "count": 0}


class Leaky(Unpicklable):
    """Its picture tells how often it was stepped since it was made, and how often it was drawn."""

    steps = pictures = 0

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.steps += 1
        return super().step(action)

    def render(self) -> NDArray[np.uint8]:
        self.pictures += 1
        return np.full((1, 1, 3), 10 * self.steps + self.pictures, np.uint8)


class Blind(Counter):
    def render(self) -> Any:
        return None


class Steered(Counter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.action_space = spaces.Box(0.0, 1.0, (1,), np.float32)  # type: ignore[assignment]


MODULE = __name__
for world in (Counter, Unpicklable, Remade, Forgetful, Leaky, Blind, Steered):
    gymnasium.register(id=f"Test{world.__name__}-v0", entry_point=f"{MODULE}:{world.__name__}", max_episode_steps=15)


def world_id(name: str) -> str:
    return f"{MODULE}:Test{name}-v0"

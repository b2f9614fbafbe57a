"""One Gymnasium environment for every game."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from games.core.chat import ChatEnv
from games.core.game import Game
from games.registration import build_game


class GameEnv(gymnasium.Env[NDArray[np.uint8], Any]):
    """Holds a state of a game; actions by number, images as observations.

    Action space:
        `Discrete(game.num_actions)`, decoded by `game.action_at`.
    Observation space:
        `Box(0, 255, (H, W, 3), uint8)`: the image.
    Reward:
        The game's own; an illegal action leaves the state as it was, at reward 0.0.
    End:
        Terminated in the game's terminal states, which nothing resets by itself; never truncated.
    Info:
        `text` (the exact truth), `is_legal`, `turn` (actions since the reset).

    Args:
        game: A game, or `module:Class` of one, to be built with the knobs.
        render_mode: None or `rgb_array`.
        knobs: The game's fields.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012

    def __init__(self, game: Game[Any, Any] | str, render_mode: str | None = None, **knobs: Any) -> None:
        self.game: Game[Any, Any] = build_game(game, **knobs) if isinstance(game, str) else game
        self.chat = ChatEnv(self.game)
        self.render_mode = render_mode
        self.observation_space = spaces.Box(0, 255, (*self.game.image_size, 3), np.uint8)
        self.action_space = spaces.Discrete(self.game.num_actions)
        self.state: Any = None
        self.level_seed = 0
        self.turn = 0
        self._is_over = True

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Open the level of `seed`; without one, of a seed drawn from the environment's own stream."""
        super().reset(seed=seed)
        self.level_seed = int(self.np_random.integers(2**31)) if seed is None else seed
        self.state = self.chat.open(self.level_seed)
        self.turn = 0
        self._is_over = False
        return self._observe(is_legal=True)

    def step(self, action: Any) -> tuple[NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Play action number `action`. Raises ResetNeeded before the first reset and after the end of an episode."""
        if self._is_over:
            raise ResetNeeded("the episode is over or was never opened: call reset() before step()")
        step = self.chat.play(self.level_seed, self.state, self.turn, self.game.action_at(int(action)))
        self.state = step.state
        self.turn += 1
        self._is_over = self.game.is_terminal(step.state)
        image, info = self._observe(step.is_legal)
        return image, step.reward, self._is_over, False, info

    def render(self) -> NDArray[np.uint8] | None:
        """The current image, uint8 (H, W, 3), when `render_mode` is `rgb_array`."""
        return self.game.image(self.state) if self.render_mode == "rgb_array" and self.state is not None else None

    def _observe(self, is_legal: bool) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        seen = self.chat.observe(self.state)
        return seen.image, {"text": seen.text, "is_legal": is_legal, "turn": self.turn}

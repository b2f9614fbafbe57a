"""A small environment in Gymnasium's own terms, to show the adapter at work where nothing else is installed."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

ROWS, COLUMNS, CELL_PX = 10, 7, 8
FLOOR, BALL, PADDLE = (34, 34, 38), (240, 112, 8), (30, 84, 222)


class Catch(gymnasium.Env[NDArray[np.uint8], np.int64]):
    """A ball falls, one row a step; catch it with the paddle at the bottom.

    Now and then the wind moves the ball a column aside. The reward is 1.0 for a ball caught, -1.0 for one that is not;
    either ends the episode.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None, wind: float = 0.1) -> None:
        self.render_mode = render_mode
        self.wind = wind
        self.action_space = spaces.Discrete(3)
        self.observation_space = spaces.Box(0, 255, (ROWS * CELL_PX, COLUMNS * CELL_PX, 3), np.uint8)
        self.row = self.ball = self.paddle = 0

    def get_action_meanings(self) -> list[str]:
        """The names of the actions."""
        return ["LEFT", "STAY", "RIGHT"]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """A new ball at the top, the paddle in the middle."""
        super().reset(seed=seed)
        self.row, self.ball, self.paddle = 0, int(self.np_random.integers(COLUMNS)), COLUMNS // 2
        return self._draw(), {}

    def step(self, action: np.int64 | int) -> tuple[NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Move the paddle, then the ball."""
        self.paddle = min(max(self.paddle + int(action) - 1, 0), COLUMNS - 1)
        self.row += 1
        if self.np_random.random() < self.wind:
            self.ball = min(max(self.ball + 2 * int(self.np_random.integers(2)) - 1, 0), COLUMNS - 1)
        is_over = self.row == ROWS - 1
        reward = 0.0 if not is_over else 1.0 if self.ball == self.paddle else -1.0
        return self._draw(), reward, is_over, False, {}

    def render(self) -> NDArray[np.uint8] | None:
        """The picture, uint8 (80, 56, 3)."""
        return self._draw() if self.render_mode == "rgb_array" else None

    def _draw(self) -> NDArray[np.uint8]:
        board = np.empty((ROWS, COLUMNS, 3), np.uint8)
        board[:] = FLOOR
        board[ROWS - 1, self.paddle] = PADDLE
        board[self.row, self.ball] = BALL
        return board.repeat(CELL_PX, axis=0).repeat(CELL_PX, axis=1)


gymnasium.register(id="Catch-v0", entry_point="games.gymnasium_adapter.catch:Catch")

"""Atari's Breakout as a game."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from games.core.game import check_whole
from games.core.types import JSON, FrozenMap, Image
from games.errors import KnobError
from games.gymnasium_adapter.base import EnvironmentGame
from games.gymnasium_adapter.breakout_truth import (
    BALL_WIDTH,
    COLUMNS,
    NAMES,
    PADDLE_TOP,
    ROWS,
    describe,
    find_bricks,
    find_moving,
)
from games.gymnasium_adapter.environment import EMULATOR_KWARGS
from games.gymnasium_adapter.scene import Scene

MAX_MODE = 44
# Most that the middles of paddle and ball may differ for the solver to rest, in px.
_CLOSE_PX = 4

_TASK = f"""\
The image shows the Atari game Breakout: at the top a wall of bricks in six colours, at the bottom a red paddle, and a \
small ball that bounces off the walls, the bricks and the paddle. A brick that the ball hits disappears and scores: 1 \
point in the two lower rows, 4 in the middle ones, 7 in the upper ones. When the ball falls past the paddle it is \
lost; there are five balls. The first digits above the field are the score, the next one is the balls left.

Divide the field inside the grey walls into {ROWS} rows and {COLUMNS} columns of equal cells, from just below the \
upper wall down to the paddle. A cell is called (row,column), from (0,0) at the top left to ({ROWS - 1},{COLUMNS - 1}) \
at the bottom right, the row of the paddle. A cell of the wall of bricks holds up to 4 bricks. Say how many bricks \
stand in each cell, which cell the middle of the ball is in if you see one, and which cell the middle of the paddle.

Keep the ball in play and hit as many bricks as you can. Each turn, choose one action: fire serves a new ball while \
there is none, left and right move the paddle, wait does nothing. An action lasts {{frames}} of the game's 60 frames \
in a second."""


@dataclass(frozen=True)
class Breakout(EnvironmentGame):
    """Bounce the ball off the paddle and break a wall of bricks, in the original of 1978 for the Atari 2600.

    Rules:
        A ball bounces off the walls, the paddle and the bricks; a brick that it hits disappears. A ball that falls
        past the paddle is lost, and the fifth one ends the episode. The emulator (`ale-py`) plays the original
        program; its state is copied out of it after each turn, so that a state of the game is a value like any other.
    Observation:
        The screen of 210 x 160 px, enlarged by a whole number and centred. The truth divides the field into 14 rows
        and 9 columns: how many bricks stand in each cell, and where the middles of ball and paddle are. Where the ball
        is flying to, the paddle's exact place and the turns that are left are not in the picture or not in the truth.
    Actions:
        `wait`, `fire`, `right` or `left`; every action is legal until the episode ends.
    Reward:
        The points scored in the turn: 1.0, 4.0 or 7.0 for a brick of the two lower, middle or upper rows.
    End:
        The last ball is lost, both walls of bricks are gone, or `max_turns` are played.
    Knobs:
        mode: The program's variant, 0, 4, 8 .. 44: 0 is the classic game, others let the player steer or catch the
            ball, let the ball break through bricks, or hide the bricks until one is hit.
        difficulty: 0, or 1 for a narrower paddle.
        image_px: (height, width) of the image in px; the frame stands in its middle, enlarged by the largest whole
            number that fits. None makes an image of at most 672 px, in whole 28-pixel patches.
        frames_per_turn: Steps of the environment that one action lasts.
        max_turns: Turns after which the episode ends, 1 .. 100000.
        sticky: Chance that a step repeats the step before instead of the action chosen, 0.0 .. 1.0.
        spread_moves, spread_kind: Random actions played on the opening (see `games.core.game.spread`);
            without any, every level is the same opening.
    Solver:
        Keeps the paddle under the ball, and serves when there is none.
    Version:
        v0.
    """

    LADDER: ClassVar[Mapping[str, Mapping[str, JSON]]] = {
        "easy": {"spread_moves": 5},
        "medium": {"spread_moves": 20},
        "hard": {"spread_moves": 20, "difficulty": 1},
        "expert": {"spread_moves": 20, "difficulty": 1, "sticky": 0.25},
    }

    mode: int = 0
    difficulty: int = 0
    frames_per_turn: int = 8
    max_turns: int = 64
    spread_moves: int = 20

    def check(self) -> None:
        """Check the knobs of this class. Raises KnobError."""
        check_whole("mode", self.mode, 0, MAX_MODE)
        if self.mode % 4:
            raise KnobError(f"mode must be a multiple of 4, got {self.mode}")
        check_whole("difficulty", self.difficulty, 0, 1)

    def environment(self) -> tuple[str, FrozenMap]:
        """The console, a frame a step; how long an action lasts is up to the game."""
        kwargs = {"frameskip": 1, "mode": self.mode, "difficulty": self.difficulty}
        return "ALE/Breakout-v5", FrozenMap({**EMULATOR_KWARGS, **kwargs})

    @property
    def rows(self) -> int:
        """Rows of the truth."""
        return ROWS

    @property
    def columns(self) -> int:
        """Columns of the truth."""
        return COLUMNS

    @property
    def names(self) -> tuple[str, ...]:
        """What a cell can be called."""
        return NAMES

    @property
    def words(self) -> tuple[str, ...]:
        """The actions, in the order of the console."""
        return "wait", "fire", "right", "left"

    @property
    def example(self) -> tuple[str, str, str, str]:
        """An empty cell and others."""
        return "empty", "ball", "4 bricks", "3 bricks"

    def describe(self, environment: Any, frame: Image) -> bytes:
        """Bricks, ball and paddle, cell by cell."""
        return describe(environment.ale.getRAM(), frame)

    def task(self) -> str:
        """The rules, the cells of the field and the actions."""
        return _TASK.format(frames=self.frames_per_turn)

    def solve(self, state: Scene) -> str | None:
        """Move the paddle's middle under the ball's, serve when there is no ball; None in a terminal state."""
        if state.is_over:
            return None
        machine = self.machine()
        machine.load(state.snapshot)
        frame = state.picture.frame()
        moving = find_moving(machine.environment.ale.getRAM(), frame, find_bricks(frame))
        if moving.ball is None or moving.ball[1] > PADDLE_TOP:
            return "fire"
        offset = moving.ball[0] + BALL_WIDTH // 2 - moving.paddle_x - moving.paddle_width // 2
        if abs(offset) <= _CLOSE_PX:
            return "wait"
        return "right" if offset > 0 else "left"

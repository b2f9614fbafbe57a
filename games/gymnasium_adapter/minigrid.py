"""Minigrid's rooms with keys and doors as a game."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from games.core.game import check_choice
from games.core.types import JSON, FrozenMap, Image
from games.errors import KnobError
from games.gymnasium_adapter.base import EnvironmentGame
from games.gymnasium_adapter.minigrid_planner import find_plan
from games.gymnasium_adapter.minigrid_truth import NAMES, describe_grid, describe_view
from games.gymnasium_adapter.scene import Scene
from games.gymnasium_adapter.snapshot import Machine

# Minigrid draws a tile sample by sample in Python, so tiles are drawn at one vision token and enlarged.
TILE_PX = 28
VIEWS = ("full", "agent")
_WORDS = ("turn left", "turn right", "forward", "pick up", "drop", "toggle")

_TASK = """\
The image shows {where} of {rows} rows and {columns} columns of cells. Cells are called (row,column), from (0,0) at \
the top left to ({last_row},{last_column}) at the bottom right. The red triangle is the agent; its tip points where it \
looks. There may be walls, grey and solid; a goal, a full green cell; lava, orange with dark waves, which ends the \
game; keys, balls and boxes in several colours; and doors, which are open, closed (with a round handle) or locked \
(filled, with a key slot).{hidden} What the agent carries is shown at the left below the cells, and named with the \
agent: agent up red key.

The task: {mission}.

Each turn, choose one action. turn left and turn right turn the agent where it stands; forward moves it one cell; pick \
up takes the key, ball or box in front of it, if it carries nothing; drop puts down what it carries on an empty cell \
in front of it; toggle opens or closes the door in front of it, and opens a box. A locked door needs the key of its \
colour in the agent's hands. The sooner the task is done the more it is worth, and there are {turns} turns."""
_ROOM, _VIEW = "the whole of a world", "what the agent sees of a world, the agent looking up,"
_DARK = " Cells that are not lit are hidden, and called so."


@dataclass(frozen=True)
class Minigrid(EnvironmentGame):
    """Lead an agent through rooms with doors, keys and lava, in one of Minigrid's many worlds.

    Rules:
        Those of the Minigrid package. The agent turns, walks, picks things up and opens doors, a locked one with the
        key of its colour. After each turn the environment is put away as a pickle, so that a state of the game is a
        value like any other.
    Observation:
        The whole world from above, or the part that the agent sees, with what the agent carries below it; tiles of 28
        px, enlarged by a whole number. The truth names every cell with colour and state: `(1,1) agent up yellow key;
        (1,2) yellow door locked`.
    Actions:
        `turn left`, `turn right`, `forward`, `pick up`, `drop` or `toggle`; every one is legal until the episode ends,
        also where it does nothing.
    Reward:
        1 - 0.9 * turns / max_turns when the task is done, else 0.0, as in Minigrid.
    End:
        The task is done, the agent is in lava or has hit something that moves, or `max_turns` are played.
    Knobs:
        env_id: An id of Minigrid whose mission is the same in every level, such as `MiniGrid-MultiRoom-N4-S5-v0`.
        view: `full` shows the whole world, `agent` the 7 by 7 cells in front of the agent, walls hiding what is behind.
        image_px: (height, width) of the image in px; the frame stands in its middle, enlarged by the largest whole
            number that fits. None makes an image of at most 672 px, in whole 28-pixel patches.
        frames_per_turn: Steps of the environment that one action lasts.
        max_turns: Turns after which the episode ends, 1 .. 100000.
        sticky: Chance that a step repeats the step before instead of the action chosen, 0.0 .. 1.0.
        spread_moves, spread_kind: Random actions played on the opening (see `games.core.game.spread`).
    Solver:
        A shortest plan to the goal, or where there is none to the next door, fetching keys on the way; it sees the
        whole world in either view. Without a plan, the first action.
    Version:
        v0.
    """

    LADDER: ClassVar[Mapping[str, Mapping[str, JSON]]] = {
        "easy": {"env_id": "MiniGrid-Empty-Random-6x6-v0"},
        "medium": {"env_id": "MiniGrid-DoorKey-6x6-v0"},
        "hard": {"env_id": "MiniGrid-SimpleCrossingS9N3-v0"},
        "expert": {"env_id": "MiniGrid-DoorKey-8x8-v0", "view": "agent"},
    }

    env_id: str = "MiniGrid-DoorKey-6x6-v0"
    view: str = "full"
    max_turns: int = 64

    def check(self) -> None:
        """Check the knobs of this class. Raises KnobError."""
        check_choice("view", self.view, VIEWS)
        if not isinstance(self.env_id, str) or not self.env_id.startswith("MiniGrid-"):
            raise KnobError(f"env_id must be an id of Minigrid, such as MiniGrid-DoorKey-6x6-v0, got {self.env_id!r}")
        if not self.facts.mission:
            reason = "its mission differs from level to level, and a prompt does not"
            raise KnobError(f"env_id must be an id whose mission is always the same, got {self.env_id!r}: {reason}")

    def environment(self) -> tuple[str, FrozenMap]:
        """The world, with Minigrid's own limit of steps at `max_turns`, for the reward counts from it."""
        limit = self.max_turns * self.frames_per_turn
        kwargs = {"tile_size": TILE_PX, "highlight": False, "agent_pov": self.view == "agent", "max_steps": limit}
        return self.env_id, FrozenMap(kwargs)

    @property
    def frame_size(self) -> tuple[int, int]:
        """(height, width) of a frame in px, with the row for what the agent carries."""
        height, width = self.facts.frame_size
        return height + TILE_PX, width

    @property
    def rows(self) -> int:
        """Rows of the world, or of the view."""
        return self.facts.frame_size[0] // TILE_PX

    @property
    def columns(self) -> int:
        """Columns of the world, or of the view."""
        return self.facts.frame_size[1] // TILE_PX

    @property
    def names(self) -> tuple[str, ...]:
        """What a cell can be called."""
        return NAMES

    @property
    def words(self) -> tuple[str, ...]:
        """The actions, in Minigrid's order; its seventh does nothing in worlds with a fixed mission."""
        return _WORDS

    @property
    def example(self) -> tuple[str, str, str, str]:
        """A wall and other things."""
        return "wall", "wall", "wall", "agent up"

    def frame(self, machine: Machine) -> Image:
        """What Minigrid draws, and below it a row with the thing that the agent carries."""
        frame, environment = machine.frame(), machine.environment
        below = np.zeros((TILE_PX, frame.shape[1], 3), np.uint8)
        if environment.carrying is not None:
            below[:, :TILE_PX] = environment.grid.render_tile(environment.carrying, tile_size=TILE_PX)
        return np.concatenate([frame, below])

    def describe(self, environment: Any, frame: Image) -> bytes:
        """Every cell of the world, or of the view."""
        return describe_grid(environment) if self.view == "full" else describe_view(environment)

    def after_spread(self, environment: Any) -> None:
        """Give all turns back."""
        environment.step_count = 0

    def task(self) -> str:
        """The world, its things, the mission and the actions."""
        is_full = self.view == "full"
        return _TASK.format(
            where=_ROOM if is_full else _VIEW,
            rows=self.rows,
            columns=self.columns,
            last_row=self.rows - 1,
            last_column=self.columns - 1,
            hidden="" if is_full else _DARK,
            mission=self.facts.mission,
            turns=self.max_turns,
        )

    def solve(self, state: Scene) -> str | None:
        """The first action of a shortest plan; None in a terminal state."""
        if state.is_over:
            return None
        machine = self.machine()
        machine.load(state.snapshot)
        world = machine.environment
        plan = find_plan(describe_grid(world), world.grid.width)
        return _WORDS[plan[0]] if plan else _WORDS[0]

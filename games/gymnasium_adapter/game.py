"""Any Gymnasium environment with numbered actions and a picture, as a game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import inf
from typing import Any, ClassVar

from numpy.random import default_rng

from games.core.game import check_whole
from games.core.types import JSON, FrozenMap, Image
from games.errors import KnobError
from games.gymnasium_adapter.base import EnvironmentGame
from games.gymnasium_adapter.environment import EMULATOR_KWARGS, is_word
from games.gymnasium_adapter.mosaic import NAMES, commonest_colours
from games.gymnasium_adapter.scene import Scene
from games.gymnasium_adapter.snapshot import ReplayMachine

MAX_MOSAIC = 32
MAX_TEXT_CHARS = 4000
# How far the solver looks, in turns, and the most actions with which it also tries to change from one to another.
LOOK_AHEAD = 10
MAX_ACTIONS_TO_CHANGE = 3

_TASK = """\
The image shows a scene of {name}. {goal}

Besides, look at the picture as {rows} rows and {columns} columns of equal cells. A cell is called (row,column), from \
(0,0) at the top left to ({last_row},{last_column}) at the bottom right. For each cell, name the colour that covers \
most of it: {names}.

Each turn, choose one action; it lasts {steps}."""
_GOAL = "Choose actions that bring as much reward as they can."


@dataclass(frozen=True)
class GymnasiumGame(EnvironmentGame):
    """Any Gymnasium environment with numbered actions and a picture becomes a game.

    Rules:
        The environment's own. Its state is taken out of it after each turn (the emulator's clone for Atari, a pickle
        for plain Python objects, else the seed and the actions so far), so that a state of the game is a value like
        any other. All of its chance is drawn from the random stream of the turn.
    Observation:
        What the environment draws, enlarged by a whole number. What its things are called is not known here, so the
        truth is told by rule from the picture: the colour that covers most of each cell of a coarse grid, as in
        `(0,0) black; (0,1) blue`.
    Actions:
        A word for each action: the environment's own name for it where it has one, else `action 0`, `action 1` and so
        on. Every action is legal until the episode ends.
    Reward:
        The environment's own, summed over the steps of a turn.
    End:
        The environment terminates or truncates the episode, its registered limit of steps is reached, or `max_turns`
        are played; each of them is a terminal state. The turns that are left are not in the picture.
    Knobs:
        env_id: Gymnasium's id, such as `ALE/Pong-v5`, `MiniGrid-Empty-6x6-v0`, or `module:Id` for an id that a module
            registers when it is imported.
        env_kwargs: Arguments of the environment.
        action_names: A word for each action in place of the environment's own.
        goal: What to do, in words, for the prompt.
        mosaic: (rows, columns) of the grid of colours, 1 .. 32 each.
        image_px: (height, width) of the image in px; the frame stands in its middle, enlarged by the largest whole
            number that fits. None makes an image of at most 672 px, in whole 28-pixel patches.
        frames_per_turn: Steps of the environment that one action lasts.
        max_turns: Turns after which the episode ends, 1 .. 100000.
        sticky: Chance that a step repeats the step before instead of the action chosen, 0.0 .. 1.0.
        spread_moves, spread_kind: Random actions played on the opening (see `games.core.game.spread`).
    Solver:
        Holds each action for up to ten turns, with few actions also one and then another, and begins the plan
        that brings most reward soonest; the first action where none brings any. Chance is drawn once, from a fixed
        stream, so a plan may count on luck.
    Version:
        v0.
    """

    LADDER: ClassVar[Mapping[str, Mapping[str, JSON]]] = {
        "easy": {"env_kwargs": {"wind": 0.0}},
        "medium": {"env_kwargs": {"wind": 0.1}},
        "hard": {"env_kwargs": {"wind": 0.3}},
        "expert": {"env_kwargs": {"wind": 0.5}, "sticky": 0.25},
    }

    env_id: str = "games.gymnasium_adapter.catch:Catch-v0"
    env_kwargs: Mapping[str, JSON] | None = None
    action_names: tuple[str, ...] | None = None
    goal: str = _GOAL
    mosaic: tuple[int, int] = (10, 7)

    def __post_init__(self) -> None:
        if not isinstance(self.env_kwargs, Mapping | None):
            raise KnobError(f"env_kwargs must be a mapping from names to values, got {self.env_kwargs!r}")
        object.__setattr__(self, "env_kwargs", FrozenMap(self.env_kwargs or {}))
        super().__post_init__()

    def check(self) -> None:
        """Check the knobs of this class. Raises KnobError."""
        if not isinstance(self.env_id, str) or not self.env_id:
            raise KnobError(f"env_id must be an id that Gymnasium knows, got {self.env_id!r}")
        if not isinstance(self.goal, str) or not 1 <= len(self.goal.strip()) <= MAX_TEXT_CHARS:
            raise KnobError(f"goal must be a text of 1 to {MAX_TEXT_CHARS} characters, got {self.goal!r}")
        if not isinstance(self.mosaic, (tuple, list)) or len(self.mosaic) != 2:
            raise KnobError(f"mosaic must be (rows, columns), got {self.mosaic!r}")
        for side, given, most in zip(("rows", "columns"), self.mosaic, self.frame_size, strict=True):
            check_whole(f"mosaic {side}", given, 1, min(MAX_MOSAIC, most))
        object.__setattr__(self, "mosaic", tuple(self.mosaic))
        if self.action_names is not None:
            object.__setattr__(self, "action_names", self._check_names(self.action_names))

    def _check_names(self, names: object) -> tuple[str, ...]:
        count = self.facts.num_actions
        is_list = isinstance(names, (tuple, list)) and len(names) == len({*map(str, names)}) == count
        if not isinstance(names, (tuple, list)) or not is_list or not all(map(is_word, names)):
            form = f"{count} different texts of a-z, 0-9 and single spaces"
            raise KnobError(f"action_names must be {form}, one for each action, got {names!r}")
        return tuple(names)

    def environment(self) -> tuple[str, FrozenMap]:
        """`env_id` and `env_kwargs`; the emulator's own sticky actions are off, see `sticky`."""
        given = FrozenMap(self.env_kwargs or {})
        is_atari = self.env_id.rpartition(":")[2].startswith("ALE/")
        return self.env_id, FrozenMap({**EMULATOR_KWARGS, **given}) if is_atari else given

    @property
    def rows(self) -> int:
        """Rows of the grid of colours."""
        return self.mosaic[0]

    @property
    def columns(self) -> int:
        """Columns of the grid of colours."""
        return self.mosaic[1]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the colours."""
        return NAMES

    @property
    def words(self) -> tuple[str, ...]:
        """The name of each action."""
        return self.action_names or self.facts.words

    @property
    def example(self) -> tuple[str, str, str, str]:
        """Four colours."""
        return "black", "blue", "black", "red"

    def describe(self, environment: Any, frame: Image) -> bytes:
        """The colour that covers most of each cell."""
        return commonest_colours(frame, self.rows, self.columns)

    def task(self) -> str:
        """The goal, what to see, and how long an action lasts."""
        steps = "one step" if self.frames_per_turn == 1 else f"{self.frames_per_turn} steps"
        return _TASK.format(
            name=self.env_id.rpartition(":")[2],
            goal=self.goal,
            rows=self.rows,
            columns=self.columns,
            last_row=self.rows - 1,
            last_column=self.columns - 1,
            names=", ".join(NAMES[:-1]) + " or " + NAMES[-1],
            steps=steps,
        )

    def solve(self, state: Scene) -> str | None:
        """The action that brings most reward when it is held, soonest where several do; None in a terminal state."""
        if state.is_over:
            return None
        best = max(self._plans(), key=lambda plan: self._promise(state, plan))
        return self.words[best[0]]

    def _plans(self) -> list[tuple[int, ...]]:
        """Action numbers of the turns ahead: each action held, where there are few also with one change."""
        held = [(first,) * LOOK_AHEAD for first in range(self.num_actions)]
        if self.num_actions > MAX_ACTIONS_TO_CHANGE or self.machine().kind == ReplayMachine.kind:
            return held
        return held + [
            first[:turn] + second[turn:] for first, second in permutations(held, 2) for turn in range(1, LOOK_AHEAD)
        ]

    def _promise(self, state: Scene, plan: Sequence[int]) -> tuple[float, int]:
        """The most reward that a plan has brought at any time, and minus the turns that this takes."""
        machine, rng, last_step = self.machine(), default_rng(0), state.last_step
        machine.load(state.snapshot)
        total, best = 0.0, (-inf, 0)
        for turn, chosen in enumerate(plan):
            reward, last_step, is_over = self._play(machine, last_step, chosen, rng)
            total += reward
            best = max(best, (total, -turn))
            if is_over:
                break
        return best

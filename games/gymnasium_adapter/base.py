"""What all games on top of a Gymnasium environment share: knobs, states, turns, openings, words."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import getitem
from typing import Any, ClassVar

from numpy.random import Generator

from games.board.actions import WordActions
from games.core.game import check_spread, check_whole
from games.core.grid import cell_table, read_cells, write_cells_form
from games.core.tags import format_reply
from games.core.types import JSON, FrozenMap, Image, Labels, Transition
from games.errors import KnobError
from games.gymnasium_adapter.environment import Facts, facts_of
from games.gymnasium_adapter.picture import Canvas
from games.gymnasium_adapter.scene import Scene
from games.gymnasium_adapter.snapshot import Machine, machine_for

MAX_FRAMES_PER_TURN = 1000
MAX_TURNS = 100_000
MAX_IMAGE_PX = 4096


@dataclass(frozen=True)
class EnvironmentGame(ABC):
    """A game on top of a Gymnasium environment; a subclass names the environment and says what its pictures show.

    Knobs:
        image_px: (height, width) of the image in px; the frame stands in its middle, enlarged by the largest whole
            number that fits. None makes an image of at most 672 px, in whole 28-pixel patches.
        frames_per_turn: Steps of the environment that one action lasts.
        max_turns: Turns after which the episode ends, 1 .. 100000.
        sticky: Chance that a step repeats the step before instead of the action chosen, 0.0 .. 1.0.
        spread_moves, spread_kind: Random actions played on the opening (see `games.core.game.spread`).
    """

    LADDER: ClassVar[Mapping[str, Mapping[str, JSON]]] = {}

    image_px: tuple[int, int] | None = None
    frames_per_turn: int = 1
    max_turns: int = 100
    sticky: float = 0.0
    spread_moves: int = 0
    spread_kind: str = "legal"

    def __post_init__(self) -> None:
        check_whole("frames_per_turn", self.frames_per_turn, 1, MAX_FRAMES_PER_TURN)
        check_whole("max_turns", self.max_turns, 1, MAX_TURNS)
        check_spread(self.spread_moves, self.spread_kind)
        if isinstance(self.sticky, bool) or not isinstance(self.sticky, (int, float)) or not 0 <= self.sticky <= 1:
            raise KnobError(f"sticky must be a number from 0.0 to 1.0, got {self.sticky!r}")
        self.check()
        if self.image_px is not None:
            object.__setattr__(self, "image_px", self._check_image())

    def _check_image(self) -> tuple[int, int]:
        if not isinstance(self.image_px, (tuple, list)) or len(self.image_px) != 2:
            raise KnobError(f"image_px must be (height, width) in px or None, got {self.image_px!r}")
        for side, given, least in zip(("height", "width"), self.image_px, self.frame_size, strict=True):
            check_whole(f"image_px {side}", given, least, MAX_IMAGE_PX)
        return self.image_px[0], self.image_px[1]

    def __getstate__(self) -> dict[str, Any]:
        """The knobs alone: what is derived from them is derived again."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    # What a subclass gives.

    @abstractmethod
    def environment(self) -> tuple[str, FrozenMap]:
        """Gymnasium's id of the environment and the arguments that make it."""

    @property
    @abstractmethod
    def rows(self) -> int:
        """Rows of the truth."""

    @property
    @abstractmethod
    def columns(self) -> int:
        """Columns of the truth."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """What a cell can be called, at most 256 labels; a label's number is its position."""

    @abstractmethod
    def describe(self, environment: Any, frame: Image) -> bytes:
        """The label number of every cell, in row order, of what the environment shows in `frame`."""

    @abstractmethod
    def task(self) -> str:
        """The task in words."""

    @abstractmethod
    def solve(self, state: Scene) -> str | None:
        """A good legal action, the same each time; None exactly when the state is terminal."""

    # What a subclass may give.

    def check(self) -> None:  # noqa: B027
        """Check the knobs of the subclass. Raises KnobError."""

    @property
    def words(self) -> tuple[str, ...]:
        """The name of each action, in the order of the environment; actions at the end may be left out."""
        return self.facts.words

    @property
    def example(self) -> tuple[str, str, str, str]:
        """Labels of the four cells that the prompt shows as an example, in row order."""
        return self.names[1], self.names[0], self.names[0], self.names[1]

    @property
    def frame_size(self) -> tuple[int, int]:
        """(height, width) of a frame in px."""
        return self.facts.frame_size

    def frame(self, machine: Machine) -> Image:
        """The frame to show, uint8 of `frame_size`."""
        return machine.frame()

    def after_spread(self, environment: Any) -> None:  # noqa: B027
        """Set the environment's counters back to those of an opening; called after each move of the spread."""

    # What it gets.

    @cached_property
    def facts(self) -> Facts:
        """What is the same in every level of the environment."""
        env_id, env_kwargs = self.environment()
        return facts_of(env_id, env_kwargs, repr(env_kwargs))

    @cached_property
    def actions(self) -> WordActions:
        """The actions as words."""
        return WordActions(self.words)

    @cached_property
    def canvas(self) -> Canvas:
        """Where the frame is in the picture."""
        return Canvas.fit(self.frame_size, self.image_px)

    @property
    def image_size(self) -> tuple[int, int]:
        """(height, width) of every image, in px."""
        return self.canvas.image_size

    @property
    def num_actions(self) -> int:
        """Number of actions."""
        return len(self.actions)

    @property
    def max_reply_chars(self) -> int:
        """Most characters that a full reply with an empty thinking block can have."""
        longest = max(range(len(self.names)), key=lambda number: len(self.names[number]))
        board = self._write(bytes([longest]) * (self.rows * self.columns))
        return len(format_reply(board, "", "x" * self.actions.max_chars))

    @property
    def perception_form(self) -> str:
        """What the prompt shows inside the perception block."""
        return write_cells_form(self.rows, self.columns, self.example)

    @property
    def answer_form(self) -> str:
        """What the prompt shows inside the answer block."""
        return self.actions.form

    def machine(self) -> Machine:
        """This thread's machine for the environment."""
        return machine_for(*self.environment())

    def deal(self, rng: Generator) -> Scene:
        """The level of a seed drawn from `rng`, spread by random actions; none of them ends the episode."""
        machine = self.machine()
        machine.open(int(rng.integers(2**31)))
        moves = int(rng.integers(self.spread_moves + 1)) if self.spread_kind == "legal" else self.spread_moves
        last_step, seen = 0, self._see(machine)
        for _ in range(moves):
            _, step, is_over = self._play(machine, last_step, int(rng.integers(self.num_actions)), rng)
            if is_over:
                break
            self.after_spread(machine.environment)
            last_step, seen = step, self._see(machine)
        return self._scene(seen, 0, last_step, False)

    def transition(self, state: Scene, action: str, rng: Generator) -> Transition:
        """Play the action for `frames_per_turn` steps; the reward is their sum. Draws all chance from `rng`."""
        if state.is_over or action not in self.words:
            return Transition(state, 0.0, False)
        machine = self.machine()
        machine.load(state.snapshot)
        reward, last_step, is_over = self._play(machine, state.last_step, self.actions.index_of(action), rng)
        turns = state.turns + 1
        return Transition(self._scene(self._see(machine), turns, last_step, is_over), reward, True)

    def _play(self, machine: Machine, last_step: int, chosen: int, rng: Generator) -> tuple[float, int, bool]:
        reward, is_over = 0.0, False
        for _ in range(self.frames_per_turn):
            if not self.sticky or rng.random() >= self.sticky:
                last_step = chosen
            gained, is_over = machine.step(last_step, rng)
            reward += gained
            if is_over:
                break
        return reward, last_step, is_over

    def _see(self, machine: Machine) -> tuple[bytes, Image, bytes]:
        """Snapshot, frame and truth of what the machine is in."""
        frame = self.frame(machine)
        cells = self.describe(machine.environment, frame)
        return machine.save(), frame, cells

    def _scene(self, seen: tuple[bytes, Image, bytes], turns: int, last_step: int, is_over: bool) -> Scene:
        snapshot, frame, cells = seen
        own_limit = self.facts.max_steps
        is_late = turns >= self.max_turns or (own_limit is not None and turns * self.frames_per_turn >= own_limit)
        return Scene(snapshot, self.canvas.paint(frame), cells, turns, last_step, is_over or is_late)

    def legal_actions(self, state: Scene) -> tuple[str, ...]:
        """Every action, none once the episode is over."""
        return () if state.is_over else self.words

    def is_terminal(self, state: Scene) -> bool:
        """Whether the environment ended the episode, by its rules or its own limit, or the turns are used up."""
        return state.is_over

    def action_at(self, index: int) -> str:
        """Action number `index`. Raises IndexError outside 0 .. num_actions - 1."""
        return self.actions.at(index)

    def index_of(self, action: str) -> int:
        """Inverse of `action_at`. Raises ValueError for another word."""
        return self.actions.index_of(action)

    def random_action(self, rng: Generator) -> str:
        """An action drawn uniformly."""
        return self.actions.at(int(rng.integers(self.num_actions)))

    def image(self, state: Scene) -> Image:
        """The picture, a fresh uint8 (H, W, 3) RGB."""
        return state.picture.image()

    def text(self, state: Scene) -> str:
        """Every cell in words, one line a row."""
        return self._write(state.cells)

    def labels(self, state: Scene) -> Labels:
        """The truth as a label per cell."""
        return {divmod(index, self.columns): self.names[number] for index, number in enumerate(state.cells)}

    def read(self, text: str, partial: bool = False) -> Labels | None:
        """Inverse of `text`, see `games.core.grid.read_cells`."""
        return read_cells(text, self.rows, self.columns, partial)

    def parse(self, answer: str) -> str | None:
        """The action that an answer states, None unless it states exactly one."""
        return self.actions.parse(answer)

    def format(self, action: str) -> str:
        """The word itself."""
        return self.actions.format(action)

    def instructions(self) -> str:
        """The task in words."""
        return self.task()

    def _write(self, cells: bytes) -> str:
        return "".join(map(getitem, cell_table(self.rows, self.columns, self.names), cells))[:-1]

"""The base of every game on a grid of cells: common knobs, pictures, texts, readers."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import getitem
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from games.board.actions import ActionSet
from games.core.game import check_choice, check_flag, check_spread, check_whole, spread
from games.core.grid import cell_table, read_cells, write_cells_form
from games.core.tags import format_reply
from games.core.types import JSON, Cell, Image, Labels, Transition
from games.drawing.board import draw_board, face_atlas, number_faces, with_axes
from games.drawing.face import Face, Look
from games.drawing.palette import RGB, THEMES
from games.drawing.texture import TEXTURES
from games.errors import KnobError

State = TypeVar("State")
Action = TypeVar("Action")
Ladder: TypeAlias = Mapping[str, Mapping[str, JSON]]

MIN_TILE_PX, MAX_TILE_PX, MAX_IMAGE_PX = 8, 256, 4096
MAX_NOISE, MAX_DISTRACTORS = 64, 4
_AXES_NOTE = "The numbers at the left and above the board name its rows and columns."


@dataclass(frozen=True)
class BoardGame(ABC, Generic[State, Action]):
    """A game on a grid of cells; a subclass gives faces, actions and rules, and gets the rest of the contract.

    The subclass is a frozen dataclass without slots. Its fields are its knobs; `rows` and `columns` are among them, or
    properties. What a cell shows is one of `faces`: pictures, truth text and grading come from there.

    Knobs:
        tile_px: Side of a cell in px; multiples of 28 fall on the vision tokens of Qwen2.5-VL.
        image_px: (height, width) of the image in px, the board centred in it; None for the board alone.
        theme: Tones of the picture, one of `games.drawing.palette.THEMES`; `chalk` and `neon` are held out for tests.
        texture: A pattern on every tile, one of `games.drawing.texture.TEXTURES`.
        noise: Largest change of a pixel's brightness by fixed random noise, 0 .. 64 of 255.
        distractors: Small dots near the edge of every tile that mean nothing, 0 .. 4.
        rotation: Whether faces are turned by quarter turns, cell by cell, where a turn leaves their meaning.
        axes: Whether row and column numbers stand beside the board; they make it one tile taller and wider.
        spread_moves, spread_kind: Random moves played on the opening (see `games.core.game.spread`).
    """

    LADDER: ClassVar[Ladder] = {}

    tile_px: int = 56
    image_px: tuple[int, int] | None = None
    theme: str = "classic"
    texture: str = "plain"
    noise: int = 0
    distractors: int = 0
    rotation: bool = False
    axes: bool = False
    spread_moves: int = 0
    spread_kind: str = "legal"

    def __post_init__(self) -> None:
        self.check()
        check_whole("tile_px", self.tile_px, MIN_TILE_PX, MAX_TILE_PX)
        check_choice("theme", self.theme, tuple(THEMES))
        check_choice("texture", self.texture, TEXTURES)
        check_whole("noise", self.noise, 0, MAX_NOISE)
        check_whole("distractors", self.distractors, 0, MAX_DISTRACTORS)
        check_flag("rotation", self.rotation)
        check_flag("axes", self.axes)
        check_spread(self.spread_moves, self.spread_kind)
        if self.image_px is not None:
            object.__setattr__(self, "image_px", self._check_image())

    def _check_image(self) -> tuple[int, int]:
        if not isinstance(self.image_px, (tuple, list)) or len(self.image_px) != 2:
            raise KnobError(f"image_px must be (height, width) in px or None, got {self.image_px!r}")
        height, width = self.image_px
        check_whole("image_px height", height, self.board_size[0], MAX_IMAGE_PX)
        check_whole("image_px width", width, self.board_size[1], MAX_IMAGE_PX)
        return height, width

    def __getstate__(self) -> dict[str, Any]:
        """The knobs alone: what is derived from them is derived again."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    # What a subclass gives.

    @property
    @abstractmethod
    def rows(self) -> int:
        """Rows of the board."""

    @property
    @abstractmethod
    def columns(self) -> int:
        """Columns of the board."""

    @property
    @abstractmethod
    def faces(self) -> tuple[Face, ...]:
        """What a cell can show, at most 256 faces; a face's number is its position."""

    @property
    def tile_faces(self) -> tuple[Face, ...]:
        """The same, asked for by this class: a subclass with a knob named `faces` gives them here."""
        return self.faces

    @property
    @abstractmethod
    def actions(self) -> ActionSet[Action]:
        """The actions that can be written down."""

    @abstractmethod
    def cells(self, state: State) -> bytes:
        """The face number of every cell, in row order."""

    @abstractmethod
    def opening(self, rng: Generator) -> State:
        """An opening, before random moves spread it; at least one action is legal."""

    @abstractmethod
    def transition(self, state: State, action: Action, rng: Generator) -> Transition:
        """The next state, the reward and whether the action was legal; `state` is never changed."""

    @abstractmethod
    def legal_actions(self, state: State) -> Sequence[Action]:
        """Legal actions in a fixed order, one of those that do the same; empty exactly when the state is terminal."""

    @abstractmethod
    def is_terminal(self, state: State) -> bool:
        """Whether the episode ends here."""

    @abstractmethod
    def task(self) -> str:
        """The task in words."""

    @abstractmethod
    def solve(self, state: State) -> Action | None:
        """A good legal action, the same each time; None exactly when the state is terminal."""

    # What a subclass may give.

    def check(self) -> None:
        """Check the knobs of the subclass. Raises KnobError."""

    def after_spread(self, state: State) -> State:
        """The state that random moves led to, as an opening: counters at their start."""
        return state

    @property
    def example_faces(self) -> Sequence[int]:
        """Face numbers of the four cells that the prompt shows as an example, in row order."""
        return (1, 0, 0, 1)

    @property
    def possible_faces(self) -> Iterable[int]:
        """Face numbers that can appear with these knobs."""
        return range(len(self.tile_faces))

    # What it gets.

    @property
    def board_size(self) -> tuple[int, int]:
        """(height, width) of the board in px, its row and column numbers included."""
        return (self.rows + self.axes) * self.tile_px, (self.columns + self.axes) * self.tile_px

    @property
    def image_size(self) -> tuple[int, int]:
        """(height, width) of every image, in px."""
        return self.image_px or self.board_size

    @property
    def num_actions(self) -> int:
        """Number of actions that can be written down, legal or not."""
        return len(self.actions)

    @property
    def max_reply_chars(self) -> int:
        """Most characters that a full reply with an empty thinking block can have."""
        longest = max(self.possible_faces, key=lambda face: len(self.tile_faces[face].label))
        board = self._write(bytes([longest]) * (self.rows * self.columns))
        return len(format_reply(board, "", "x" * self.actions.max_chars))

    @property
    def perception_form(self) -> str:
        """What the prompt shows inside the perception block."""
        return write_cells_form(self.rows, self.columns, [self.tile_faces[face].label for face in self.example_faces])

    @property
    def answer_form(self) -> str:
        """What the prompt shows inside the answer block."""
        return self.actions.form

    def deal(self, rng: Generator) -> State:
        """An opening, spread by random moves where the knobs ask for it; at least one action is legal."""
        opening = self.opening(rng)
        if not self.spread_moves:
            return opening
        return self.after_spread(spread(self, opening, self.spread_moves, self.spread_kind, rng))

    def action_at(self, index: int) -> Action:
        """Action number `index`. Raises IndexError outside 0 .. num_actions - 1."""
        return self.actions.at(index)

    def index_of(self, action: Action) -> int:
        """Inverse of `action_at`. Raises ValueError for what is not in the action space."""
        return self.actions.index_of(action)

    def random_action(self, rng: Generator) -> Action:
        """An action drawn uniformly from the whole action space, legal or not."""
        actions = self.actions
        return actions.at(int(rng.integers(len(actions))))

    def image(self, state: State) -> Image:
        """The board, uint8 (H, W, 3) RGB."""
        tiles: NDArray[Any] = np.frombuffer(self.cells(state), np.uint8).reshape(self.rows, self.columns)
        if self._variants is not None:
            # Which painting of its face a cell shows hangs on its place and on the face.
            tiles = tiles.astype(np.intp)
            tiles = tiles * self.look.num_variants + (self._variants + 3 * tiles) % self.look.num_variants
        if self.axes:
            num_tiles = len(self.tile_faces) * self.look.num_variants
            tiles = with_axes(tiles.astype(np.intp), num_tiles, max(self.rows, self.columns))
        return draw_board(self._atlas, tiles, self.image_size, self._margin)

    def text(self, state: State) -> str:
        """Every cell in words, one line a row."""
        return self._write(self.cells(state))

    def labels(self, state: State) -> Labels:
        """The truth as a label per cell."""
        return dict(zip(self._places, map(self._names.__getitem__, self.cells(state)), strict=True))

    def read(self, text: str, partial: bool = False) -> Labels | None:
        """Inverse of `text`, see `games.core.grid.read_cells`."""
        return read_cells(text, self.rows, self.columns, partial)

    def parse(self, answer: str) -> Action | None:
        """The action that an answer states, None unless it states exactly one."""
        return self.actions.parse(answer)

    def format(self, action: Action) -> str:
        """Inverse of `parse`."""
        return self.actions.format(action)

    def instructions(self) -> str:
        """The task in words, and what the picture shows besides."""
        return f"{self.task()}\n\n{_AXES_NOTE}" if self.axes else self.task()

    # What it keeps.

    @property
    def look(self) -> Look:
        """How faces are painted."""
        return Look(self.tile_px, self.theme, self.texture, self.noise, self.distractors, self.rotation)

    @cached_property
    def _atlas(self) -> Image:
        atlas = face_atlas(self.tile_faces, self.look)
        if not self.axes:
            return atlas
        numbers = face_atlas(number_faces(max(self.rows, self.columns)), Look(self.tile_px, self.theme))
        framed = np.concatenate([atlas, numbers])
        framed.setflags(write=False)
        return framed

    @cached_property
    def _margin(self) -> RGB:
        return THEMES[self.theme].margin

    @cached_property
    def _variants(self) -> NDArray[np.intp] | None:
        if self.look.num_variants == 1:
            return None
        places = np.arange(self.rows * self.columns, dtype=np.intp).reshape(self.rows, self.columns)
        return places * 0x9E3779B1 >> 7 & 0xFFFF

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(face.label for face in self.tile_faces)

    @cached_property
    def _places(self) -> list[Cell]:
        return [(row, column) for row in range(self.rows) for column in range(self.columns)]

    @cached_property
    def _cell_words(self) -> Sequence[Sequence[str]]:
        return cell_table(self.rows, self.columns, self._names)

    def _write(self, cells: bytes) -> str:
        return "".join(map(getitem, self._cell_words, cells))[:-1]

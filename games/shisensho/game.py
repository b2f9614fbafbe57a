"""Shisen-Sho as a game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from numpy.random import Generator

from games.core.game import check_spread, check_whole, spread
from games.core.grid import cell_text, read_cells, write_cells
from games.core.tags import format_reply
from games.core.types import Image, Labels, Transition
from games.errors import KnobError
from games.shisensho import prompt, rules
from games.shisensho.deal import deal_shuffled, deal_solvable, draw_pairs
from games.shisensho.faces import LABELS, MAX_COLOURS, MAX_SHAPES, face_numbers
from games.shisensho.render import draw
from games.shisensho.solver import find_pairs

MAX_SIDE = 16
MIN_TILE_PX, MAX_TILE_PX, MAX_IMAGE_PX = 8, 256, 4096


class Pair(NamedTuple):
    """An action: the cells (r1, c1) and (r2, c2)."""

    r1: int
    c1: int
    r2: int
    c2: int


@dataclass(frozen=True, slots=True)
class Board:
    """A state: `cells` holds a face per cell in row order, 0 for an empty cell (see `games.shisensho.faces`)."""

    cells: bytes


@dataclass(frozen=True)
class ShisenSho:
    """Clear a board of tiles, two equal ones at a time.

    Rules:
        Two tiles of the same colour and shape are removed when a path joins them: at most three straight segments,
        horizontal or vertical, through empty cells and outside the border.
    Observation:
        The board, a tile a cell; the truth text names every cell: `(0,0) blue circle; (0,1) empty`.
    Actions:
        `(r1,c1) (r2,c2)`, two different cells, rows and columns from 0. In the action space every ordered pair
        counts once.
    Reward:
        1.0 for each pair removed.
    End:
        No pair can be removed: the board is cleared or stuck.
    Knobs:
        rows, columns: 1 .. 16, an even number of cells.
        num_faces: Different tiles on a board, at most one for every pair of cells; which ones appear is drawn for
            each deal.
        copies: Tiles of each face, even, with num_faces * copies cells in all; None deals pairs to faces as evenly
            as possible.
        colours, shapes: Size of the palette that faces are drawn from, 1 .. 8 each.
        tile_px: Side of a cell in px; multiples of 28 fall on the vision tokens of Qwen2.5-VL.
        image_px: (height, width) of the image in px, the board centred in it; None for the board alone.
        solvable: Whether the full board can surely be cleared. False deals uniformly among the boards with a legal
            pair.
        spread_moves, spread_kind: Random moves played on the opening (see `games.core.game.spread`); they may spoil
            a solvable board.
    Version:
        v0.
    """

    rows: int = 6
    columns: int = 6
    num_faces: int = 9
    copies: int | None = None
    colours: int = MAX_COLOURS
    shapes: int = MAX_SHAPES
    tile_px: int = 28
    image_px: tuple[int, int] | None = None
    solvable: bool = False
    spread_moves: int = 0
    spread_kind: str = "legal"

    def __post_init__(self) -> None:
        check_whole("rows", self.rows, 1, MAX_SIDE)
        check_whole("columns", self.columns, 1, MAX_SIDE)
        check_whole("colours", self.colours, 1, MAX_COLOURS)
        check_whole("shapes", self.shapes, 1, MAX_SHAPES)
        check_whole("tile_px", self.tile_px, MIN_TILE_PX, MAX_TILE_PX)
        check_spread(self.spread_moves, self.spread_kind)
        if not isinstance(self.solvable, bool):
            raise KnobError(f"solvable must be true or false, got {self.solvable!r}")
        self._check_faces()
        if self.image_px is not None:
            object.__setattr__(self, "image_px", self._check_image())

    def _check_faces(self) -> None:
        if self.num_cells % 2:
            size = f"{self.rows} x {self.columns} = {self.num_cells}"
            raise KnobError(f"rows and columns must make an even number of cells, got {size}")
        check_whole("num_faces", self.num_faces, 1, MAX_COLOURS * MAX_SHAPES)
        palette = self.colours * self.shapes
        if self.num_faces > palette:
            raise KnobError(f"num_faces must be at most colours * shapes = {palette}, got {self.num_faces}")
        if self.num_faces > self.num_cells // 2:
            raise KnobError(f"num_faces must be at most half the cells = {self.num_cells // 2}, got {self.num_faces}")
        if self.copies is None:
            return
        check_whole("copies", self.copies, 2, MAX_SIDE**2)
        if self.copies % 2:
            raise KnobError(f"copies must be even, for tiles leave in pairs, got {self.copies}")
        if self.num_faces * self.copies != self.num_cells:
            given = f"{self.num_faces} * {self.copies} = {self.num_faces * self.copies}"
            raise KnobError(f"copies must give num_faces * copies = {self.num_cells} tiles, one a cell, got {given}")

    def _check_image(self) -> tuple[int, int]:
        if not isinstance(self.image_px, (tuple, list)) or len(self.image_px) != 2:
            raise KnobError(f"image_px must be (height, width) in px or None, got {self.image_px!r}")
        height, width = self.image_px
        check_whole("image_px height", height, self.rows * self.tile_px, MAX_IMAGE_PX)
        check_whole("image_px width", width, self.columns * self.tile_px, MAX_IMAGE_PX)
        return height, width

    @property
    def num_cells(self) -> int:
        """Cells of the board."""
        return self.rows * self.columns

    @property
    def image_size(self) -> tuple[int, int]:
        """(height, width) of every image, in px."""
        return self.image_px or (self.rows * self.tile_px, self.columns * self.tile_px)

    @property
    def num_actions(self) -> int:
        """Ordered pairs of different cells."""
        return self.num_cells * (self.num_cells - 1)

    @property
    def max_reply_chars(self) -> int:
        """Length of the longest well-formed reply with an empty thinking block."""
        longest = max(face_numbers(self.colours, self.shapes), key=lambda face: len(LABELS[face]))
        cell = cell_text(self.rows - 1, self.columns - 1)
        return len(format_reply(self.text(Board(bytes([longest]) * self.num_cells)), "", f"{cell} {cell}"))

    @property
    def perception_form(self) -> str:
        """What the prompt shows inside the perception block."""
        return prompt.write_perception_form(self.rows, self.columns)

    @property
    def answer_form(self) -> str:
        """What the prompt shows inside the answer block."""
        return prompt.ANSWER_FORM

    def deal(self, rng: Generator) -> Board:
        """A full board, then spread; at least one pair can be removed."""
        pairs = draw_pairs(rng, self.num_cells // 2, self.num_faces, self.colours, self.shapes)
        deal = deal_solvable if self.solvable else deal_shuffled
        board = Board(deal(rng, pairs, self.rows, self.columns))
        return spread(self, board, self.spread_moves, self.spread_kind, rng)

    def transition(self, state: Board, action: Pair, rng: Generator) -> Transition:
        """Remove a pair at reward 1.0; any other action leaves the state as it was. Draws nothing from `rng`."""
        first, second = self._indices(action)
        if first < 0 or second < 0 or not rules.can_remove(state.cells, self.rows, self.columns, first, second):
            return Transition(state, 0.0, False)
        return Transition(Board(rules.remove(state.cells, first, second)), 1.0, True)

    def legal_actions(self, state: Board) -> list[Pair]:
        """The pairs that can be removed, each once, the upper left cell first, sorted."""
        pairs = rules.legal_pairs(state.cells, self.rows, self.columns)
        return [self._pair(first, second) for first, second in pairs]

    def is_terminal(self, state: Board) -> bool:
        """Whether no pair can be removed."""
        return not rules.has_legal_pair(state.cells, self.rows, self.columns)

    def action_at(self, index: int) -> Pair:
        """Ordered pair number `index`. Raises IndexError outside 0 .. num_actions - 1."""
        if not 0 <= index < self.num_actions:
            raise IndexError(f"action {index} is outside 0 .. {self.num_actions - 1}")
        first, second = divmod(index, self.num_cells - 1)
        return self._pair(first, second + (second >= first))

    def index_of(self, action: Pair) -> int:
        """Inverse of `action_at`. Raises ValueError unless the action names two different cells of the board."""
        first, second = self._indices(action)
        if first < 0 or second < 0 or first == second:
            raise ValueError(f"{action} does not name two different cells of a {self.rows} x {self.columns} board")
        return first * (self.num_cells - 1) + second - (second > first)

    def random_action(self, rng: Generator) -> Pair:
        """An ordered pair of different cells, drawn uniformly."""
        return self.action_at(int(rng.integers(self.num_actions)))

    def image(self, state: Board) -> Image:
        """The board, uint8 (H, W, 3) RGB."""
        return draw(state.cells, self.rows, self.columns, self.tile_px, self.image_size)

    def text(self, state: Board) -> str:
        """Every cell in words, one line a row."""
        return write_cells(state.cells, self.rows, self.columns, LABELS)

    def labels(self, state: Board) -> Labels:
        """Every cell's words, such as `blue circle` or `empty`."""
        return {divmod(index, self.columns): LABELS[face] for index, face in enumerate(state.cells)}

    def read(self, text: str, partial: bool = False) -> Labels | None:
        """Inverse of `text`, see `games.core.grid.read_cells`."""
        return read_cells(text, self.rows, self.columns, partial)

    def parse(self, answer: str) -> Pair | None:
        """The pair that an answer states, None unless it names two different cells of the board and nothing else."""
        cells = prompt.read_answer(answer, self.rows, self.columns)
        return None if cells is None else Pair(*cells)

    def format(self, action: Pair) -> str:
        """`(r1,c1) (r2,c2)`."""
        return prompt.write_answer(*action)

    def instructions(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.colours, self.shapes)

    def solve(self, state: Board) -> Pair | None:
        """The first pair of a line that clears the board, or of the longest line found; None when there is none."""
        line = find_pairs(state.cells, self.rows, self.columns)
        return self._pair(*line[0]) if line else None

    def _pair(self, first: int, second: int) -> Pair:
        return Pair(*divmod(first, self.columns), *divmod(second, self.columns))

    def _indices(self, action: Pair) -> tuple[int, int]:
        """Cell indices of the two cells; -1 for one outside the board."""
        r1, c1, r2, c2 = action
        is_inside = 0 <= r1 < self.rows and 0 <= c1 < self.columns
        first = r1 * self.columns + c1 if is_inside else -1
        is_inside = 0 <= r2 < self.rows and 0 <= c2 < self.columns
        return first, r2 * self.columns + c2 if is_inside else -1

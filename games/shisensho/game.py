"""Shisen-Sho as a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import Pair, PairActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_flag, check_whole
from games.core.types import Transition
from games.drawing.coloured_shapes import EMPTY, MAX_COLOURS, MAX_SHAPES, coloured_faces, face_numbers
from games.drawing.face import Face
from games.errors import KnobError
from games.shisensho import prompt, rules
from games.shisensho.deal import deal_shuffled, deal_solvable, draw_pairs
from games.shisensho.solver import find_pairs

MAX_SIDE = 16


@dataclass(frozen=True, slots=True)
class Board:
    """A state: `cells` holds a face per cell in row order, 0 where empty (see `games.drawing.coloured_shapes`)."""

    cells: bytes


@dataclass(frozen=True)
class ShisenSho(BoardGame[Board, Pair]):
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
        solvable: Whether the full board can surely be cleared. False deals uniformly among the boards with a legal
            pair. Random moves of a spread may spoil a solvable board.
    Solver:
        Depth-first search for a line that clears the board, within 400 boards; faces whose tiles can all be paired
        off at once are taken first, for that never spoils anything.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 4, "columns": 4, "num_faces": 4, "colours": 2, "shapes": 2, "solvable": True},
        "medium": {"rows": 6, "columns": 6, "num_faces": 9, "colours": 6, "shapes": 6, "solvable": True},
        "hard": {"rows": 8, "columns": 8, "num_faces": 16, "copies": 4, "solvable": True},
        "expert": {"rows": 12, "columns": 12, "num_faces": 36, "copies": 4, "tile_px": 56, "solvable": True},
    }

    rows: int = 6
    columns: int = 6
    num_faces: int = 9
    copies: int | None = None
    colours: int = MAX_COLOURS
    shapes: int = MAX_SHAPES
    solvable: bool = False
    tile_px: int = 84

    def check(self) -> None:
        """Check the knobs of the game. Raises KnobError."""
        check_whole("rows", self.rows, 1, MAX_SIDE)
        check_whole("columns", self.columns, 1, MAX_SIDE)
        check_whole("colours", self.colours, 1, MAX_COLOURS)
        check_whole("shapes", self.shapes, 1, MAX_SHAPES)
        check_flag("solvable", self.solvable)
        if self.num_cells % 2:
            size = f"{self.rows} x {self.columns} = {self.num_cells}"
            raise KnobError(f"rows and columns must make an even number of cells, got {size}")
        check_whole("num_faces", self.num_faces, 1, MAX_COLOURS * MAX_SHAPES)
        palette = self.colours * self.shapes
        if self.num_faces > palette:
            raise KnobError(f"num_faces must be at most colours * shapes = {palette}, got {self.num_faces}")
        if self.num_faces > self.num_cells // 2:
            raise KnobError(f"num_faces must be at most half the cells = {self.num_cells // 2}, got {self.num_faces}")
        if self.copies is not None:
            self._check_copies(self.copies)

    def _check_copies(self, copies: int) -> None:
        check_whole("copies", copies, 2, MAX_SIDE**2)
        if copies % 2:
            raise KnobError(f"copies must be even, for tiles leave in pairs, got {copies}")
        if self.num_faces * copies != self.num_cells:
            given = f"{self.num_faces} * {copies} = {self.num_faces * copies}"
            raise KnobError(f"copies must give num_faces * copies = {self.num_cells} tiles, one a cell, got {given}")

    @property
    def num_cells(self) -> int:
        """Cells of the board."""
        return self.rows * self.columns

    @property
    def faces(self) -> tuple[Face, ...]:
        """The empty cell, then the coloured shapes."""
        return coloured_faces()

    @property
    def possible_faces(self) -> Sequence[int]:
        """Face numbers that can appear with these knobs."""
        return [EMPTY, *face_numbers(self.colours, self.shapes)]

    @cached_property
    def actions(self) -> PairActions:
        """Ordered pairs of different cells."""
        return PairActions(self.rows, self.columns)

    def cells(self, state: Board) -> bytes:
        """The face number of every cell, in row order."""
        return state.cells

    def opening(self, rng: Generator) -> Board:
        """A full board; at least one pair can be removed."""
        pairs = draw_pairs(rng, self.num_cells // 2, self.num_faces, self.colours, self.shapes)
        deal = deal_solvable if self.solvable else deal_shuffled
        return Board(deal(rng, pairs, self.rows, self.columns))

    def transition(self, state: Board, action: Pair, rng: Generator) -> Transition:
        """Remove a pair at reward 1.0; any other action leaves the state as it was. Draws nothing from `rng`."""
        first, second = action.indices(self.rows, self.columns)
        if first < 0 or second < 0 or not rules.can_remove(state.cells, self.rows, self.columns, first, second):
            return Transition(state, 0.0, False)
        return Transition(Board(rules.remove(state.cells, first, second)), 1.0, True)

    def legal_actions(self, state: Board) -> list[Pair]:
        """The pairs that can be removed, each once, the upper left cell first, sorted."""
        pairs = rules.legal_pairs(state.cells, self.rows, self.columns)
        return [Pair.of(first, second, self.columns) for first, second in pairs]

    def is_terminal(self, state: Board) -> bool:
        """Whether no pair can be removed."""
        return not rules.has_legal_pair(state.cells, self.rows, self.columns)

    def task(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.colours, self.shapes)

    def solve(self, state: Board) -> Pair | None:
        """The first pair of a line that clears the board, or of the longest line found; None when there is none."""
        line = find_pairs(state.cells, self.rows, self.columns)
        return Pair.of(*line[0], self.columns) if line else None

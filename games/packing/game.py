"""Packing as a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import WordActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_choice, check_whole
from games.core.types import Transition
from games.drawing.face import Face
from games.packing import prompt, rules
from games.packing.faces import BLOCKS, EMPTY, FILLED_COLOUR, FIRST_BLOCK, WALL, cell_faces
from games.packing.panel import num_panel_columns, num_panel_rows, panel_rows
from games.packing.pieces import NUM_TURNS, PIECES, SETS
from games.packing.rules import Placement
from games.packing.solver import choose_placement

MIN_WELL_SIDE, MAX_WELL_ROWS, MAX_WELL_COLUMNS = 4, 20, 12
MAX_SHOWN, MAX_PIECES = 3, 99


@dataclass(frozen=True, slots=True)
class Board:
    """A state.

    Attributes:
        well: The face number of each cell of the well, in row order.
        shown: Numbers of the pieces to come, the one to place now first; empty when none is left.
        num_left: Pieces left to place, those shown included; None without a limit.
    """

    well: bytes
    shown: bytes
    num_left: int | None


@dataclass(frozen=True)
class Packing(BoardGame[Board, str]):
    """Drop pieces into a well so that rows fill up and are cleared, turn by turn, without haste.

    Rules:
        The player turns the piece to place and names its column. It drops straight down until it rests on the bottom
        or on a block, and must then lie in the well with all its blocks. Rows without an empty cell are cleared, and
        what lies above them moves down as it is. The next piece is drawn uniformly.
    Observation:
        The well at the left, a brick wall, and a panel with the pieces to come, the one to place now at the top, and,
        where pieces are limited, the number of pieces left. The truth text names every cell of all three:
        `(0,0) empty; (0,1) red block`.
    Actions:
        `column C turn T`: T quarter turns clockwise, 0 .. 3, after which C is the leftmost column that the piece
        covers. Placements that do not fit between the walls are illegal. Turns that give the same figure do the same.
    Reward:
        1.0 for each row cleared.
    End:
        The piece to place has no place in the well, or no piece is left.
    Knobs:
        well_rows, well_columns: 4 .. 20 and 4 .. 12. Wall and panel come beside them: 5 columns for tetrominoes.
        pieces: `dominoes`, `trominoes` (2 kinds), `tetrominoes` (7 kinds) or `mixed`, all of these.
        num_shown: Pieces that the player sees, 1 .. 3: the one to place and those after it.
        num_pieces: Pieces in a game, 1 .. 99; None for no limit.
        filled_rows: Rows at the bottom that the deal fills but for one random cell each; four rows stay free.
    Solver:
        Tries the pieces shown, one after the other, keeps the eight most promising wells at each, and plays the first
        placement of the best: rows cleared, less a burden for height, covered cells, ragged rows and columns.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        "easy": {"well_rows": 6, "well_columns": 5, "pieces": "trominoes", "num_shown": 1, "num_pieces": 12},
        "medium": {"well_rows": 8, "well_columns": 6, "num_shown": 2, "num_pieces": 20},
        "hard": {"well_rows": 12, "well_columns": 9, "num_shown": 2, "num_pieces": 36, "filled_rows": 4, "tile_px": 42},
        "expert": {
            "well_rows": 16,
            "well_columns": 11,
            "pieces": "mixed",
            "num_shown": 3,
            "num_pieces": 60,
            "filled_rows": 8,
            "tile_px": 42,
        },
    }

    well_rows: int = 10
    well_columns: int = 7
    pieces: str = "tetrominoes"
    num_shown: int = 2
    num_pieces: int | None = 24
    filled_rows: int = 0

    def check(self) -> None:
        """Check the knobs of the game. Raises KnobError."""
        check_whole("well_rows", self.well_rows, MIN_WELL_SIDE, MAX_WELL_ROWS)
        check_whole("well_columns", self.well_columns, MIN_WELL_SIDE, MAX_WELL_COLUMNS)
        check_choice("pieces", self.pieces, tuple(SETS))
        check_whole("num_shown", self.num_shown, 1, MAX_SHOWN)
        if self.num_pieces is not None:
            check_whole("num_pieces", self.num_pieces, 1, MAX_PIECES)
        check_whole("filled_rows", self.filled_rows, 0, self.well_rows - MIN_WELL_SIDE)

    @cached_property
    def kinds(self) -> range:
        """Numbers of the pieces that are drawn."""
        return SETS[self.pieces]

    @cached_property
    def rows(self) -> int:
        """Rows of the picture: those of the well, and more where the panel needs them."""
        return max(self.well_rows, num_panel_rows(self.kinds, self.num_shown, self.num_pieces is not None))

    @cached_property
    def columns(self) -> int:
        """Columns of well, wall and panel."""
        return self.well_columns + num_panel_columns(self.kinds)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """The empty cell, blocks by colour, wall, panel, and the numbers that it can show."""
        return cell_faces(-1 if self.num_pieces is None else self.num_pieces)

    @property
    def example_faces(self) -> Sequence[int]:
        """Blocks beside empty cells."""
        return (EMPTY, FIRST_BLOCK, EMPTY, FIRST_BLOCK)

    @cached_property
    def colours(self) -> tuple[str, ...]:
        """The colours that blocks can have with these knobs."""
        used = {PIECES[piece].colour for piece in self.kinds}
        if self.filled_rows:
            used.add(FILLED_COLOUR)
        return tuple(colour for colour in BLOCKS if colour in used)

    @property
    def possible_faces(self) -> Sequence[int]:
        """All faces but blocks of other colours."""
        return [EMPTY, *[BLOCKS[colour] for colour in self.colours], *range(WALL, len(self.faces))]

    @cached_property
    def actions(self) -> WordActions:
        """Every column with every number of turns, column by column."""
        return WordActions(tuple(self._placements), "column C turn T")

    @cached_property
    def _placements(self) -> dict[str, Placement]:
        places = [Placement(column, turns) for column in range(self.well_columns) for turns in range(NUM_TURNS)]
        return {_write(place): place for place in places}

    def cells(self, state: Board) -> bytes:
        """The face number of every cell, in row order."""
        panel = panel_rows(self.kinds, state.shown, state.num_left, self.rows)
        width = self.well_columns
        well = [state.well[start : start + width] for start in range(0, len(state.well), width)]
        well += [bytes([WALL]) * width] * (self.rows - self.well_rows)
        return b"".join([part for parts in zip(well, panel, strict=True) for part in parts])

    def opening(self, rng: Generator) -> Board:
        """A well with its filled rows and the first pieces; the moves of a spread take none of those to place."""
        block = bytes([BLOCKS[FILLED_COLOUR]])
        gaps = rng.integers(self.well_columns, size=self.filled_rows).tolist()
        filled = [block * gap + bytes(1) + block * (self.well_columns - gap - 1) for gap in gaps]
        num_free = (self.well_rows - self.filled_rows) * self.well_columns
        num_left = None if self.num_pieces is None else self.num_pieces + self.spread_moves
        return self._with_pieces(bytes(num_free) + b"".join(filled), b"", num_left, rng)

    def after_spread(self, state: Board) -> Board:
        """All pieces are left to place again."""
        return replace(state, shown=state.shown[: self.num_pieces], num_left=self.num_pieces)

    def _with_pieces(self, well: bytes, shown: bytes, num_left: int | None, rng: Generator) -> Board:
        """The board with as many pieces shown as there shall be."""
        num_shown = self.num_shown if num_left is None else min(self.num_shown, num_left)
        while len(shown) < num_shown:
            shown += bytes([self.kinds[int(rng.integers(len(self.kinds)))]])
        return Board(well, shown, num_left)

    def transition(self, state: Board, action: str, rng: Generator) -> Transition:
        """Drop the piece at 1.0 for each row cleared; an illegal action leaves the state as it was."""
        placement = self._placements.get(action)
        if placement is None or not state.shown:
            return Transition(state, 0.0, False)
        if not rules.can_place(state.well, self.well_columns, state.shown[0], placement):
            return Transition(state, 0.0, False)
        piece = state.shown[0]
        value = BLOCKS[PIECES[piece].colour]
        well, num_cleared = rules.place(state.well, self.well_columns, piece, placement, value)
        num_left = None if state.num_left is None else state.num_left - 1
        return Transition(self._with_pieces(well, state.shown[1:], num_left, rng), float(num_cleared), True)

    def legal_actions(self, state: Board) -> list[str]:
        """Every placement, with the fewest turns of those that do the same, column by column."""
        if not state.shown:
            return []
        return [_write(found) for found in rules.legal_placements(state.well, self.well_columns, state.shown[0])]

    def is_terminal(self, state: Board) -> bool:
        """Whether the piece to place has no place, or there is none."""
        return not state.shown or not rules.has_placement(state.well, self.well_columns, state.shown[0])

    def task(self) -> str:
        """The task in words."""
        last = self.rows - 1, self.columns - 1
        has_number = self.num_pieces is not None
        return prompt.write_task(self.well_rows, self.well_columns, self.colours, self.num_shown, has_number, last)

    def solve(self, state: Board) -> str | None:
        """The first placement of the most promising line; None when there is none."""
        if not state.shown:
            return None
        placement = choose_placement(state.well, self.well_columns, state.shown)
        return None if placement is None else _write(placement)


def _write(placement: Placement) -> str:
    return f"column {placement.column} turn {placement.turns}"

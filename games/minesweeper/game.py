"""Minesweeper as a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

from numpy.random import Generator

from games.board.actions import ActionSet, CellActions, CellWord, CellWordActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_flag, check_whole
from games.core.types import Cell, Transition
from games.drawing.face import Face
from games.minesweeper import prompt, rules
from games.minesweeper.deal import deal_any, deal_solvable
from games.minesweeper.faces import cell_faces
from games.minesweeper.rules import FLAG, HIDDEN, MINE
from games.minesweeper.solver import choose_cell

MIN_SIDE, MAX_SIDE = 3, 16
CELLS_PER_MINE = 3
OPEN_WORD, FLAG_WORD = "open", "flag"
Move: TypeAlias = Cell | CellWord


@dataclass(frozen=True, slots=True)
class Board:
    """A state, see `games.minesweeper.rules`.

    Attributes:
        layout: What lies under each cell; no player sees it.
        shown: The face of each cell.
        num_to_open: Covered cells without a mine at the opening, which the reward is a share of.
    """

    layout: bytes
    shown: bytes
    num_to_open: int


@dataclass(frozen=True)
class Minesweeper(BoardGame[Board, Move]):
    """Open every cell without a mine, by what the numbers on open cells say of the cells around them.

    Rules:
        An open cell shows how many of the up to eight cells around it hold a mine, or is empty where none does; opening
        such a cell opens the cells around it as well, and so on. The deal has opened a first region. With flags, a
        hidden cell can be marked; the flag stays until the cell is opened, alone or with a region, and forbids nothing.
    Observation:
        The board: flat cells are open, raised ones are not; the truth text names every cell:
        `(0,0) 1; (0,1) hidden`. What lies under a covered cell is in neither.
    Actions:
        `(row,column)`, the cell to open, rows and columns from 0. With flags `open (row,column)` or
        `flag (row,column)`. Open cells cannot be opened, nor flagged cells flagged.
    Reward:
        For each cell opened, alone or with a region, one share of the cells without a mine that the opening left
        covered, so that a completed board has paid 1.0. Flags and the mine that ends a game pay 0.0: what a mine
        costs is the rest of the board. A penalty would make a player who does not know the rules yet prefer illegal
        moves.
    End:
        Every cell without a mine is open, or a mine was opened, which the board then shows.
    Knobs:
        rows, columns: 3 .. 16.
        mines: 1 up to a third of the cells.
        solvable: Whether the board can surely be completed without a guess. False deals uniformly drawn mines outside
            the neighbourhood of a uniformly drawn cell, which is opened.
        flags: Whether hidden cells can be flagged.
    Solver:
        Sees what the player sees. It opens a cell that the numbers, one by one and in pairs, or the exact count of
        all ways to place the mines prove safe, else one that is a mine in the fewest ways. It neither sets nor trusts
        flags.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 5, "columns": 5, "mines": 3, "solvable": True, "tile_px": 84},
        "medium": {"rows": 8, "columns": 8, "mines": 10, "solvable": True},
        "hard": {"rows": 10, "columns": 10, "mines": 20, "solvable": True},
        "expert": {"rows": 16, "columns": 16, "mines": 52, "tile_px": 42, "solvable": False},
    }

    rows: int = 8
    columns: int = 8
    mines: int = 10
    solvable: bool = True
    flags: bool = False

    def check(self) -> None:
        """Check the knobs of the game. Raises KnobError."""
        check_whole("rows", self.rows, MIN_SIDE, MAX_SIDE)
        check_whole("columns", self.columns, MIN_SIDE, MAX_SIDE)
        check_whole("mines", self.mines, 1, self.rows * self.columns // CELLS_PER_MINE)
        check_flag("solvable", self.solvable)
        check_flag("flags", self.flags)

    @property
    def faces(self) -> tuple[Face, ...]:
        """Open cells by number, then a mine, a hidden cell and a flag."""
        return cell_faces()

    @property
    def possible_faces(self) -> Sequence[int]:
        """All faces, without the flag where there are no flags."""
        return range(FLAG + self.flags)

    @property
    def example_faces(self) -> Sequence[int]:
        """An empty cell, two numbers and a hidden cell."""
        return (0, 1, 2, HIDDEN)

    @cached_property
    def actions(self) -> ActionSet[Any]:
        """The cells, with flags each to be opened or flagged."""
        if self.flags:
            return CellWordActions((OPEN_WORD, FLAG_WORD), self.rows, self.columns)
        return CellActions(self.rows, self.columns)

    def cells(self, state: Board) -> bytes:
        """The face number of every cell, in row order."""
        return state.shown

    def opening(self, rng: Generator) -> Board:
        """A board with a first region open, and more to open."""
        deal = deal_solvable if self.solvable else deal_any
        layout, shown = deal(rng, self.rows, self.columns, self.mines)
        return self.after_spread(Board(layout, shown, 0))

    def after_spread(self, state: Board) -> Board:
        """The board as an opening: the cells still to be opened pay 1.0 in all."""
        return replace(state, num_to_open=rules.num_covered(state.shown) - self.mines)

    def transition(self, state: Board, action: Move, rng: Generator) -> Transition:
        """Open or flag a cell; an illegal action leaves the state as it was. Draws nothing from `rng`."""
        word, row, column = action if isinstance(action, CellWord) else (OPEN_WORD, *action)
        shown = state.shown
        if not (0 <= row < self.rows and 0 <= column < self.columns) or rules.is_over(shown, self.mines):
            return Transition(state, 0.0, False)
        index = row * self.columns + column
        if shown[index] < HIDDEN or (word == FLAG_WORD and shown[index] == FLAG):
            return Transition(state, 0.0, False)
        if word == FLAG_WORD:
            return Transition(replace(state, shown=rules.put_flag(shown, index)), 0.0, True)
        after = rules.open_cell(state.layout, shown, index, self.rows, self.columns)
        num_opened = rules.num_covered(shown) - rules.num_covered(after)
        reward = 0.0 if state.layout[index] == MINE else num_opened / state.num_to_open
        return Transition(replace(state, shown=after), reward, True)

    def legal_actions(self, state: Board) -> Sequence[Move]:
        """Every covered cell to be opened, then every hidden cell to be flagged, in row order."""
        if rules.is_over(state.shown, self.mines):
            return []
        places = list(zip(self._places, state.shown, strict=True))
        if not self.flags:
            return [cell for cell, face in places if face >= HIDDEN]
        opened = [CellWord(OPEN_WORD, *cell) for cell, face in places if face >= HIDDEN]
        return opened + [CellWord(FLAG_WORD, *cell) for cell, face in places if face == HIDDEN]

    def is_terminal(self, state: Board) -> bool:
        """Whether a mine was opened, or nothing but the mines is left."""
        return rules.is_over(state.shown, self.mines)

    def task(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.mines, self.flags, self.solvable)

    def solve(self, state: Board) -> Move | None:
        """The first cell known to be safe, else the one least likely to be a mine; None when the game is over."""
        if rules.is_over(state.shown, self.mines):
            return None
        cell = divmod(choose_cell(state.shown, self.rows, self.columns, self.mines), self.columns)
        return CellWord(OPEN_WORD, *cell) if self.flags else cell

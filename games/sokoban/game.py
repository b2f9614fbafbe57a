"""Sokoban as a game."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import WordActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_flag, check_whole
from games.core.types import Transition
from games.drawing.face import Face
from games.errors import KnobError
from games.sokoban import prompt, rules
from games.sokoban.deal import deal_opening
from games.sokoban.render import FACES
from games.sokoban.solver import first_step

MIN_SIDE, MAX_SIDE = 5, 12
MAX_BOXES, MAX_MOVES = 6, 10_000


@dataclass(frozen=True, slots=True)
class Board:
    """A state.

    Attributes:
        cells: A face per cell, in row order, as numbered in `games.sokoban.rules`.
        moves_left: Moves before the end, None without a limit.
    """

    cells: bytes
    moves_left: int | None = None


@dataclass(frozen=True)
class Sokoban(BoardGame[Board, str]):
    """Push every box onto a goal.

    Rules:
        The player walks up, down, left and right over floor and goals. Walking against a box pushes it one cell
        further, if the cell behind it is free of walls and boxes. Boxes are never pulled, so that a box in a corner
        stays there for good.
    Observation:
        The board with its walls, a face a cell; the truth text names every cell: `(1,1) player; (1,2) box`. A cell is
        wall, floor, goal, box, player, box on goal or player on goal.
    Actions:
        `up`, `down`, `left` or `right`: where the player goes. A move against a wall, or against a box that cannot be
        pushed, is illegal.
    Reward:
        1.0 for a box pushed onto a goal, -1.0 for one pushed off its goal, and 10.0 more when all boxes are on goals.
    End:
        All boxes are on goals, the player cannot move at all, the limit of moves is reached, or, with
        `end_when_stuck`, a box off the goals stands in a corner of walls.
    Knobs:
        rows, columns: 5 .. 12, the walls around the board included.
        boxes: 1 .. 6, at most a quarter of the cells inside; there are as many goals.
        walls: Wall cells inside the board, at most a third of the cells there.
        min_pushes: No solution has fewer pushes than this, and most openings have one of exactly as many. A room too
            crowded for that is furnished anew, up to a hundred times; then the best one counts.
        end_when_stuck: Whether a box in a corner off the goals ends the game.
        move_limit: Legal moves after which the game ends, or None. The prompt tells the limit, but no picture shows how
            much of it is used up. Moves of the spread do not count.
        spread_moves, spread_kind: Random moves played on the opening; they may spoil it, as random pushes do.
    Solver:
        A* over pushes with the cheapest assignment of boxes to goals as its bound: fewest pushes, shortest walks
        between them. Where no solution is found among 4000 positions, and after a mistake that cannot be undone, it
        plays the first legal move.
    Version:
        v0.
    """

    shows_all: ClassVar[bool] = True

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 6, "columns": 6, "boxes": 1, "walls": 1, "min_pushes": 3},
        "medium": {"rows": 7, "columns": 7, "boxes": 2, "walls": 3, "min_pushes": 6},
        "hard": {"rows": 8, "columns": 8, "boxes": 3, "walls": 6, "min_pushes": 10},
        "expert": {"rows": 10, "columns": 10, "boxes": 4, "walls": 12, "min_pushes": 16},
    }

    rows: int = 7
    columns: int = 7
    boxes: int = 2
    walls: int = 3
    min_pushes: int = 6
    end_when_stuck: bool = False
    move_limit: int | None = None
    tile_px: int = 84

    def check(self) -> None:
        """Check the knobs of this game. Raises KnobError."""
        check_whole("rows", self.rows, MIN_SIDE, MAX_SIDE)
        check_whole("columns", self.columns, MIN_SIDE, MAX_SIDE)
        inside = (self.rows - 2) * (self.columns - 2)
        check_whole("boxes", self.boxes, 1, MAX_BOXES)
        if self.boxes > inside // 4:
            raise KnobError(f"boxes must be at most a quarter of the cells inside = {inside // 4}, got {self.boxes}")
        check_whole("walls", self.walls, 0, inside // 3)
        check_whole("min_pushes", self.min_pushes, 1, self.boxes * (self.rows + self.columns - 8))
        check_flag("end_when_stuck", self.end_when_stuck)
        if self.move_limit is not None:
            check_whole("move_limit", self.move_limit, 1, MAX_MOVES)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """What a cell can show."""
        return FACES

    @cached_property
    def actions(self) -> WordActions:
        """The four directions."""
        return WordActions(rules.DIRECTIONS)

    @property
    def example_faces(self) -> tuple[int, ...]:
        """The corner of a board: its walls, and a label of several words."""
        return rules.WALL, rules.WALL, rules.WALL, rules.BOX_ON_GOAL

    def cells(self, state: Board) -> bytes:
        """The face number of every cell."""
        return state.cells

    def opening(self, rng: Generator) -> Board:
        """A room that was played backwards from its solution."""
        cells = deal_opening(rng, self.rows, self.columns, self.boxes, self.walls, self.min_pushes)
        return Board(cells, None if self.spread_moves else self.move_limit)

    def after_spread(self, state: Board) -> Board:
        """The position with all moves of the limit left."""
        return replace(state, moves_left=self.move_limit)

    def transition(self, state: Board, action: str, rng: Generator) -> Transition:
        """Move the player, and the box in front; a move that cannot be made changes nothing. Draws nothing."""
        step, player = self._steps.get(action), rules.find_player(state.cells)
        if step is None or self._is_over(state) or not rules.can_move(state.cells, player, step):
            return Transition(state, 0.0, False)
        cells = rules.move(state.cells, player, step)
        moves_left = None if state.moves_left is None else state.moves_left - 1
        return Transition(Board(cells, moves_left), rules.reward(state.cells, cells), True)

    def legal_actions(self, state: Board) -> list[str]:
        """The directions in which the player can go."""
        if self._is_over(state):
            return []
        player = rules.find_player(state.cells)
        return [word for word, step in self._steps.items() if rules.can_move(state.cells, player, step)]

    def is_terminal(self, state: Board) -> bool:
        """Whether the board is solved or given up, or the player shut in."""
        return not self.legal_actions(state)

    def task(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.end_when_stuck, self.move_limit)

    def solve(self, state: Board) -> str | None:
        """The next move of a solution with the fewest pushes, or the first legal move where none is found."""
        legal = self.legal_actions(state)
        if not legal:
            return None
        step = first_step(state.cells, self.columns)
        return next((word for word in legal if self._steps[word] == step), legal[0])

    @cached_property
    def _steps(self) -> Mapping[str, int]:
        return dict(zip(rules.DIRECTIONS, rules.steps(self.columns), strict=True))

    def _is_over(self, state: Board) -> bool:
        if rules.is_solved(state.cells) or state.moves_left == 0:
            return True
        return self.end_when_stuck and rules.has_cornered_box(state.cells, self.columns)

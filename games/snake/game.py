"""Snake as a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import WordActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_flag, check_whole
from games.core.types import Transition
from games.drawing.face import Face
from games.snake import prompt, rules
from games.snake.deal import CELLS_PER_WALL, add_food, deal_snake
from games.snake.faces import EMPTY, FIRST_BODY, FOOD, WALL, face_cells, snake_faces
from games.snake.rules import DIRECTIONS, MIN_LENGTH
from games.snake.solver import Field, best_cell

MIN_SIDE, MAX_SIDE = 4, 16
MAX_FOOD = 5


@dataclass(frozen=True, slots=True)
class Board:
    """A state, as cell indices in row order.

    Attributes:
        body: From the head to the tail.
        food, walls: In ascending order.
    """

    body: bytes
    food: bytes
    walls: bytes


@dataclass(frozen=True)
class Snake(BoardGame[Board, str]):
    """Steer a snake to its food, and do not get caught in your own coils.

    Rules:
        Turn by turn the head goes to a cell beside it and the body follows. Onto food, the snake grows by one part, for
        its tail stays where it is, and new food appears on an empty cell. The head cannot leave the board, nor go onto
        a wall or a part of the snake, its neck included; the cell of the tail is free to go to, since the tail moves on
        at the same time. A snake that crashes is no part of this game: such moves cannot be made, and what is to be
        avoided is a place without a move.
    Observation:
        The board; the truth text names every cell: `(0,0) empty; (0,1) head left; (0,2) body left; (0,3) tail left`. A
        head says where it looks, a part of the body and the tail on which side the next part towards the head lies, so
        that the whole order of the body can be read; other cells are empty, food or wall.
    Actions:
        `up`, `down`, `left` or `right`: where the head goes. Moves off the board, onto a wall or onto the snake are
        illegal.
    Reward:
        1.0 for each piece of food eaten.
    End:
        The head can go nowhere, the snake has reached its target length, or it fills the board.
    Knobs:
        rows, columns: 4 .. 16.
        length: Parts of the snake at the opening, 3 up to a quarter of the cells; it may lie in bends.
        num_food: Pieces of food on the board, 1 .. 5, as far as there is room.
        walls: Cells with a wall, at most a tenth of all. They leave the board in one piece and no cell with a single
            way out.
        wrap: Whether the snake goes over an edge and comes in on the other side.
        target: Length that ends the game, more than `length`; None for no such end.
    Solver:
        Goes the shortest way to food after which the head can still reach the tail, which moves on all the time; looks
        for such a way a few moves ahead, and follows the tail on the longest way until there is one. On 8x8 without
        walls it nearly fills the board.
    Version:
        v0.
    """

    shows_all: ClassVar[bool] = True

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 6, "columns": 6, "num_food": 3},
        "medium": {"rows": 8, "columns": 8, "num_food": 2, "length": 4},
        "hard": {"rows": 10, "columns": 10, "length": 8, "walls": 6, "tile_px": 56},
        "expert": {"rows": 14, "columns": 14, "length": 16, "walls": 14, "wrap": True, "tile_px": 56},
    }

    rows: int = 8
    columns: int = 8
    length: int = 3
    num_food: int = 1
    walls: int = 0
    wrap: bool = False
    target: int | None = None
    tile_px: int = 84

    def check(self) -> None:
        """Check the knobs of the game. Raises KnobError."""
        check_whole("rows", self.rows, MIN_SIDE, MAX_SIDE)
        check_whole("columns", self.columns, MIN_SIDE, MAX_SIDE)
        num_cells = self.rows * self.columns
        check_whole("length", self.length, MIN_LENGTH, num_cells // 4)
        check_whole("num_food", self.num_food, 1, MAX_FOOD)
        check_whole("walls", self.walls, 0, num_cells // CELLS_PER_WALL)
        check_flag("wrap", self.wrap)
        if self.target is not None:
            check_whole("target", self.target, self.length + 1, num_cells - self.walls)

    @property
    def faces(self) -> tuple[Face, ...]:
        """What a cell can show."""
        return snake_faces()

    @property
    def example_faces(self) -> Sequence[int]:
        """An empty cell, food, and a part whose next one lies on the left."""
        return EMPTY, FOOD, EMPTY, FIRST_BODY + rules.NUM_DIRECTIONS * DIRECTIONS.index("left")

    @property
    def possible_faces(self) -> Sequence[int]:
        """All faces, without walls where there are none."""
        return [face for face in range(len(self.faces)) if face != WALL or self.walls]

    @cached_property
    def actions(self) -> WordActions:
        """The four directions."""
        return WordActions(DIRECTIONS)

    def cells(self, state: Board) -> bytes:
        """The face number of every cell."""
        return face_cells(state.body, state.walls, state.food, self._ways)

    def opening(self, rng: Generator) -> Board:
        """A snake that can move, its walls and its first food."""
        body, walls, food = deal_snake(rng, self._ways, self.walls, self.length, self.num_food)
        return Board(body, food, walls)

    def transition(self, state: Board, action: str, rng: Generator) -> Transition:
        """Move the snake; new food is drawn from `rng`. A move that cannot be made changes nothing."""
        body, food, walls = state.body, state.food, state.walls
        if action not in DIRECTIONS or self._is_over(state):
            return Transition(state, 0.0, False)
        cell = self._ways[body[0]][DIRECTIONS.index(action)]
        if not rules.can_enter(body, walls, cell):
            return Transition(state, 0.0, False)
        if cell not in food:
            return Transition(Board(rules.advance(body, cell, False), food, walls), 0.0, True)
        body, food = rules.advance(body, cell, True), food.replace(bytes([cell]), b"")
        food = add_food(rng, body, walls, food, self.num_food, len(self._ways))
        return Transition(Board(body, food, walls), 1.0, True)

    def legal_actions(self, state: Board) -> list[str]:
        """The directions in which the head can go."""
        if self._is_over(state):
            return []
        ahead = self._ways[state.body[0]]
        return [word for word, cell in zip(DIRECTIONS, ahead) if rules.can_enter(state.body, state.walls, cell)]

    def is_terminal(self, state: Board) -> bool:
        """Whether the snake can go nowhere, or is long enough."""
        return not self.legal_actions(state)

    def task(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.walls > 0, self.wrap, self.target)

    def solve(self, state: Board) -> str | None:
        """A move towards food, or after the tail; None at the end."""
        if self._is_over(state):
            return None
        field = Field(self._ways, state.walls, state.food, self.target or len(self._ways) - self.walls)
        cell = best_cell(field, state.body)
        return None if cell is None else DIRECTIONS[self._ways[state.body[0]].index(cell)]

    @cached_property
    def _ways(self) -> rules.Neighbours:
        return rules.neighbours(self.rows, self.columns, self.wrap)

    def _is_over(self, state: Board) -> bool:
        """Whether there is nothing left to eat, or the target is reached."""
        return not state.food or (self.target is not None and len(state.body) >= self.target)

"""2048 as a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import WordActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_whole
from games.core.grid import write_cells
from games.core.reasons import Reasons
from games.core.tags import format_reply
from games.core.types import Transition
from games.drawing.face import Face
from games.errors import KnobError
from games.twenty_forty_eight import rules
from games.twenty_forty_eight.faces import LONGEST_LINE, tile_faces
from games.twenty_forty_eight.prompt import write_task
from games.twenty_forty_eight.reasons import explain_move
from games.twenty_forty_eight.solver import find_move

MIN_SIDE, MAX_SIDE, MIN_TARGET, MAX_MOVE_LIMIT = 2, 8, 8, 1_000_000


@dataclass(frozen=True, slots=True)
class Board:
    """A state.

    Attributes:
        cells: For each cell, in row order, the exponent of its tile as a power of two; 0 for an empty cell.
        moves_left: Legal moves before the end, None without a limit.
    """

    cells: bytes
    moves_left: int | None = None


@dataclass(frozen=True)
class TwentyFortyEight(BoardGame[Board, str]):
    """Slide all tiles at once; equal tiles that meet merge into their sum.

    Rules:
        A move slides all tiles up, down, left or right as far as they can. Two equal tiles that meet merge into their
        sum, those nearest the wall first, and no tile merges twice in a move. Then a new tile appears in an empty cell
        drawn uniformly: a 4 with probability `four_probability`, else a 2. A move that changes nothing is illegal. An
        opening holds two tiles drawn the same way.
    Observation:
        The board: dark slots, and tiles as plates with a colour for every number. A number of more than five digits
        stands in two lines, one of more than ten in three. The truth text names every cell: `(0,0) 2; (0,1) empty`.
    Actions:
        `up`, `down`, `left`, `right`.
    Reward:
        The sum of the tiles made by merging, as in the score of the original game.
    End:
        No move changes the board, the target is reached, or the move limit is used up.
    Knobs:
        rows, columns: 2 .. 8 each.
        four_probability: Share of fours among the new tiles, 0 .. 1.
        target: The tile that ends the game when it is made: a power of two from 8 to the largest that the board can
            hold, or None.
        move_limit: Legal moves after which the game ends, or None. An illegal action leaves the state as it is and so
            does not count; an evaluation over so many actions, legal or not, is a limit of turns on its episodes
            instead. The prompt tells the limit, but no picture shows how much of it is used up. Moves of the spread do
            not count.
    Solver:
        Expectimax over two of the player's moves, three on boards with at most three empty cells and one on those with
        more than twenty, as if every new tile were a 2. A board is worth the room, the equal neighbours and the order
        in its rows and columns. On 4x4 it makes a 2048 in 86 games of 100.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        # From room to spare to a board where every move counts; the second is the paper's 100 moves.
        "easy": {"rows": 5, "columns": 5, "move_limit": 100},
        "medium": {"rows": 4, "columns": 4, "move_limit": 100},
        "hard": {"rows": 4, "columns": 4, "spread_moves": 100, "spread_kind": "uniform"},
        "expert": {"rows": 3, "columns": 3},
    }

    rows: int = 4
    columns: int = 4
    tile_px: int = 140
    four_probability: float = 0.1
    target: int | None = None
    move_limit: int | None = None

    def check(self) -> None:
        """Check the knobs. Raises KnobError."""
        check_whole("rows", self.rows, MIN_SIDE, MAX_SIDE)
        check_whole("columns", self.columns, MIN_SIDE, MAX_SIDE)
        share = self.four_probability
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise KnobError(f"four_probability must be a number from 0 to 1, got {share!r}")
        if self.target is not None:
            largest = 1 << self._largest_exponent
            check_whole("target", self.target, MIN_TARGET, largest)
            if self.target & (self.target - 1):
                raise KnobError(f"target must be a power of two from {MIN_TARGET} to {largest}, got {self.target}")
        if self.move_limit is not None:
            check_whole("move_limit", self.move_limit, 1, MAX_MOVE_LIMIT)

    @property
    def _largest_exponent(self) -> int:
        return rules.largest_exponent(self.rows * self.columns, rules.FOUR if self.four_probability else rules.TWO)

    @cached_property
    def _goal(self) -> int | None:
        """Exponent of the target."""
        return None if self.target is None else self.target.bit_length() - 1

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """The empty cell, then the tile of each exponent that can appear."""
        return tile_faces(self._goal or self._largest_exponent)

    @cached_property
    def actions(self) -> WordActions:
        """`up`, `down`, `left`, `right`."""
        return WordActions(rules.MOVES)

    @property
    def example_faces(self) -> Sequence[int]:
        """A 2, two empty cells and an 8."""
        return (1, 0, 0, 3)

    @property
    def max_reply_chars(self) -> int:
        """Most characters that a full reply with an empty thinking block can have."""
        labels = [face.label for face in self.faces]
        # See `rules.largest_exponent`: after the largest tile each one is smaller, and `empty` is longer than some.
        exponents = range(self._largest_exponent, self._largest_exponent - self.rows * self.columns, -1)
        longest = [max(min(exponent, len(labels) - 1), 0, key=lambda face: len(labels[face])) for exponent in exponents]
        board = write_cells(longest, self.rows, self.columns, tuple(labels))
        return len(format_reply(board, "", max(rules.MOVES, key=len)))

    def cells(self, state: Board) -> bytes:
        """The exponent of every cell, which is the number of its face."""
        return state.cells

    def opening(self, rng: Generator) -> Board:
        """Two tiles. The limit starts to count after the spread."""
        cells = bytes(self.rows * self.columns)
        for _ in range(2):
            cells = rules.add_tile(cells, self.four_probability, rng)
        return Board(cells, None if self.spread_moves else self.move_limit)

    def after_spread(self, state: Board) -> Board:
        """The board with all moves of the limit left."""
        return replace(state, moves_left=self.move_limit)

    def transition(self, state: Board, action: str, rng: Generator) -> Transition:
        """Slide and add a tile, at the sum of the tiles made; a move that changes nothing is illegal."""
        if self._is_over(state):
            return Transition(state, 0.0, False)
        cells, score = rules.slide(state.cells, self.rows, self.columns, action)
        if cells == state.cells:
            return Transition(state, 0.0, False)
        cells = rules.add_tile(cells, self.four_probability, rng)
        moves_left = None if state.moves_left is None else state.moves_left - 1
        return Transition(Board(cells, moves_left), float(score), True)

    def legal_actions(self, state: Board) -> list[str]:
        """The moves that change the board, in the order up, down, left, right."""
        return [] if self._is_over(state) else list(rules.legal_moves(state.cells, self.rows, self.columns))

    def is_terminal(self, state: Board) -> bool:
        """Whether no move changes the board, the target is reached or the limit used up."""
        return self._is_over(state) or rules.is_stuck(state.cells, self.rows, self.columns)

    def _is_over(self, state: Board) -> bool:
        return state.moves_left == 0 or (self._goal is not None and max(state.cells) >= self._goal)

    def task(self) -> str:
        """The task in words."""
        has_long_numbers = len(self.faces[-1].label) > LONGEST_LINE
        return write_task(
            self.rows,
            self.columns,
            self.answer_form,
            self.four_probability,
            self.target,
            self.move_limit,
            has_long_numbers,
        )

    def solve(self, state: Board) -> str | None:
        """A good move, see `games.twenty_forty_eight.solver`; None when there is none."""
        return None if self._is_over(state) else find_move(state.cells, self.rows, self.columns)

    def explain(self, state: Board, action: str, rng: Generator, num_others: int) -> Reasons:
        """What a legal move and the other directions do, see `games.core.reasons.explain`."""
        return explain_move(state.cells, self.rows, self.columns, action, rng, num_others)

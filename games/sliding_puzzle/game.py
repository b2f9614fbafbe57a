"""The sliding puzzle as a game."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import WordActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_choice, check_whole
from games.core.types import Image, Transition
from games.drawing.face import Face, Look
from games.sliding_puzzle import prompt, render, rules
from games.sliding_puzzle.deal import shuffle
from games.sliding_puzzle.scenes import NUM_PICTURES
from games.sliding_puzzle.solver import next_move

MIN_SIDE, MAX_SIDE, MAX_SHUFFLE_MOVES = 2, 6, 1000
PIECES = ("numbers", "picture")


@dataclass(frozen=True, slots=True)
class Board:
    """A state.

    Attributes:
        cells: The number of the piece on each cell, in row order; 0 for the gap.
        picture: Which picture the pieces are cut from, 0 .. NUM_PICTURES - 1; 0 for numbers.
    """

    cells: bytes
    picture: int = 0


@dataclass(frozen=True)
class SlidingPuzzle(BoardGame[Board, str]):
    """Slide pieces into the gap until all are in order.

    Rules:
        A piece beside the gap, above, below, left or right of it, slides into the gap. The puzzle is solved when the
        pieces stand in order, row by row from the top left, and the gap is at the bottom right.
    Observation:
        The board, a piece a cell. Pieces carry numbers, or are cut from a picture, one of several in each episode;
        then the finished picture is shown small beside the board. The truth text names every piece by the number of its
        place in the finished puzzle: `(0,0) 3; (0,1) gap`.
    Actions:
        `up`, `down`, `left` or `right`: the direction in which a piece slides. `up` slides the piece below the gap up.
        Words serve pictures, whose pieces carry no number, and every size of board alike.
    Reward:
        1.0 for a piece that comes nearer to its place, -1.0 for one that goes away from it, and 10.0 more when the
        puzzle is solved. Over an episode this adds up to the distance of all pieces at the start, plus the 10.0.
    End:
        The puzzle is solved.
    Knobs:
        rows, columns: 2 .. 6.
        pieces: `numbers` or `picture`. A picture takes 1.5 times the width, and half a cell.
        shuffle_moves: Random moves that shuffle the finished puzzle, none of which takes back the one before, 1 ..
            1000; a solution has at most as many, or one more. No opening is solved.
    Solver:
        Shortest solutions up to 3 x 3, and on larger boards where one of at most 22 moves exists. Otherwise it brings
        the outer rows and columns home piece by piece, with fewest moves for each, down to the last 3 x 3.
    Version:
        v0.
    """

    shows_all: ClassVar[bool] = True

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 2, "columns": 3, "shuffle_moves": 8},
        "medium": {"rows": 3, "columns": 3, "shuffle_moves": 30},
        "hard": {"rows": 3, "columns": 3, "pieces": "picture", "shuffle_moves": 80},
        "expert": {"rows": 4, "columns": 4, "pieces": "picture", "shuffle_moves": 150, "tile_px": 112},
    }

    rows: int = 3
    columns: int = 3
    pieces: str = "numbers"
    shuffle_moves: int = 30
    tile_px: int = 140

    def check(self) -> None:
        """Check the knobs of this game. Raises KnobError."""
        check_whole("rows", self.rows, MIN_SIDE, MAX_SIDE)
        check_whole("columns", self.columns, MIN_SIDE, MAX_SIDE)
        check_choice("pieces", self.pieces, PIECES)
        check_whole("shuffle_moves", self.shuffle_moves, 1, MAX_SHUFFLE_MOVES)

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """The gap and the pieces, as numbers."""
        return render.plate_faces(self.rows * self.columns)

    @cached_property
    def actions(self) -> WordActions:
        """The four directions."""
        return WordActions(rules.DIRECTIONS)

    @property
    def example_faces(self) -> tuple[int, ...]:
        """The gap among the first three pieces."""
        return 2, rules.GAP, 1, 3

    @property
    def board_size(self) -> tuple[int, int]:
        """(height, width) in px of the board, with the finished picture beside it where there is one."""
        height, width = super().board_size
        return height, width + self.is_picture * (self.columns + 1) * (self.tile_px // 2)

    @property
    def is_picture(self) -> bool:
        """Whether the pieces are cut from a picture."""
        return self.pieces == "picture"

    def cells(self, state: Board) -> bytes:
        """The number of the piece on each cell."""
        return state.cells

    def opening(self, rng: Generator) -> Board:
        """The finished puzzle, shuffled."""
        picture = int(rng.integers(NUM_PICTURES)) if self.is_picture else 0
        return Board(shuffle(rng, self.rows, self.columns, self.shuffle_moves), picture)

    def transition(self, state: Board, action: str, rng: Generator) -> Transition:
        """Slide a piece into the gap; where none can slide that way, nothing changes. Draws nothing from `rng`."""
        gap = state.cells.index(rules.GAP)
        source = self._sources[gap].get(action)
        if source is None or self.is_terminal(state):
            return Transition(state, 0.0, False)
        piece, cells = state.cells[source], rules.slide(state.cells, gap, source)
        nearer = rules.distance(piece, source, self.columns) - rules.distance(piece, gap, self.columns)
        bonus = rules.SOLVED_BONUS * (cells == self._solved)
        return Transition(Board(cells, state.picture), nearer + bonus, True)

    def legal_actions(self, state: Board) -> list[str]:
        """The directions in which a piece can slide."""
        return [] if self.is_terminal(state) else list(self._sources[state.cells.index(rules.GAP)])

    def is_terminal(self, state: Board) -> bool:
        """Whether the puzzle is solved."""
        return state.cells == self._solved

    def task(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.is_picture)

    def solve(self, state: Board) -> str | None:
        """The next move of a solution, see `games.sliding_puzzle.solver`; None when the puzzle is solved."""
        return None if self.is_terminal(state) else next_move(state.cells, self.rows, self.columns)

    def image(self, state: Board) -> Image:
        """The board, and the finished picture beside it where there is one: uint8 (H, W, 3) RGB."""
        if not self.is_picture:
            return super().image(state)
        what, side = (state.picture, self.rows, self.columns, self._look), self.tile_px
        tiles, image = render.picture_tiles(*what), render.picture_canvas(*what, self.axes, self._frame).copy()
        for piece, (top, left) in zip(state.cells, self._corners, strict=True):
            image[top : top + side, left : left + side] = tiles[piece]
        return image

    @cached_property
    def _look(self) -> Look:
        return self.look

    @cached_property
    def _frame(self) -> render.Frame:
        """Where things are in the picture."""
        top, left = ((whole - part) // 2 for whole, part in zip(self.image_size, self.board_size, strict=True))
        return render.Frame(self.image_size, (top + self.axes * self.tile_px, left + self.axes * self.tile_px))

    @cached_property
    def _corners(self) -> list[tuple[int, int]]:
        top, left = self._frame.board
        places = (divmod(place, self.columns) for place in range(self.rows * self.columns))
        return [(top + row * self.tile_px, left + column * self.tile_px) for row, column in places]

    @cached_property
    def _solved(self) -> bytes:
        return rules.solved_board(self.rows, self.columns)

    @cached_property
    def _sources(self) -> tuple[dict[str, int], ...]:
        return rules.sources(self.rows, self.columns)

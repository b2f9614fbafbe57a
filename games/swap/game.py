"""Swap as a game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import Pair, PairActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_flag, check_whole
from games.core.reasons import Reasons
from games.core.search import Search
from games.core.types import Transition
from games.drawing.coloured_shapes import MAX_COLOURS, MAX_SHAPES, coloured_faces, face_numbers
from games.drawing.face import Face
from games.errors import KnobError
from games.swap import prompt, rules
from games.swap.deal import deal_board, draw_faces, settle
from games.swap.reasons import Explainer
from games.swap.search import search_swap
from games.swap.solver import best_swap

MIN_SIDE, MAX_SIDE = 3, 16
MIN_FACES = 3


@dataclass(frozen=True, slots=True)
class Board:
    """A state: `cells` holds a face per cell in row order, `faces` those that new tiles are drawn from.

    Faces are those of `games.drawing.coloured_shapes`.
    """

    cells: bytes
    faces: bytes


@dataclass(frozen=True)
class Swap(BoardGame[Board, Pair]):
    """Line up three or more equal tiles by exchanging two neighbours.

    Rules:
        Two different tiles whose cells share a side change places when that makes a match: a run of three or more
        tiles of the same colour and shape in a row or a column. Matched tiles are cleared all at once, those above
        fall, and the cells left empty at the top are filled with tiles drawn uniformly from the episode's faces.
        Matches that fall into place are cleared in the same move, wave after wave. When 64 waves have not come to an
        end, which takes few faces on a large board, a new board is dealt. A board on which no swap makes a match is
        shuffled, or dealt anew where no shuffle helps. New tiles, shuffles and deals come from the turn's random
        stream.
    Observation:
        The board, a tile a cell; the truth text names every cell: `(0,0) blue circle; (0,1) red star`.
    Actions:
        `(r1,c1) (r2,c2)`, two different cells, rows and columns from 0; cells that do not share a side are illegal.
        In the action space every ordered pair counts once.
    Reward:
        The number of cells cleared by the move, those of cascades included.
    End:
        Never: openings have a legal swap, and so does the board after every move. Episodes end at their limit of
        turns.
    Knobs:
        rows, columns: 3 .. 16.
        num_faces: Different tiles in an episode, 3 .. 64; which ones is drawn for each deal.
        colours, shapes: Size of the palette that faces are drawn from, 1 .. 8 each.
        cascades: Whether matches that fall into place are cleared in the same move. False leaves them on the board:
            the next legal swap clears every match that stands.
    Solver:
        The swap that clears most of the tiles on the board, cascades included as far as no new tile takes part; of
        equals the lowest.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 4, "columns": 4, "num_faces": 4, "colours": 4, "shapes": 1},
        "medium": {"rows": 6, "columns": 6, "num_faces": 8, "colours": 4, "shapes": 4},
        "hard": {"rows": 8, "columns": 8, "num_faces": 12},
        "expert": {"rows": 12, "columns": 12, "num_faces": 32},
    }

    rows: int = 8
    columns: int = 8
    num_faces: int = 12
    colours: int = MAX_COLOURS
    shapes: int = MAX_SHAPES
    cascades: bool = True

    def check(self) -> None:
        """Check the knobs of the game. Raises KnobError."""
        check_whole("rows", self.rows, MIN_SIDE, MAX_SIDE)
        check_whole("columns", self.columns, MIN_SIDE, MAX_SIDE)
        check_whole("colours", self.colours, 1, MAX_COLOURS)
        check_whole("shapes", self.shapes, 1, MAX_SHAPES)
        check_whole("num_faces", self.num_faces, MIN_FACES, MAX_COLOURS * MAX_SHAPES)
        palette = self.colours * self.shapes
        if self.num_faces > palette:
            raise KnobError(f"num_faces must be at most colours * shapes = {palette}, got {self.num_faces}")
        check_flag("cascades", self.cascades)

    @property
    def faces(self) -> tuple[Face, ...]:
        """The empty cell, which no board has, then the coloured shapes."""
        return coloured_faces()

    @property
    def possible_faces(self) -> Sequence[int]:
        """Face numbers that can appear with these knobs."""
        return face_numbers(self.colours, self.shapes)

    @property
    def example_faces(self) -> Sequence[int]:
        """Face numbers of the four cells that the prompt shows as an example, in row order."""
        first, second = self.possible_faces[:2]
        return first, second, second, first

    @cached_property
    def actions(self) -> PairActions:
        """Ordered pairs of different cells."""
        return PairActions(self.rows, self.columns)

    def cells(self, state: Board) -> bytes:
        """The face number of every cell, in row order."""
        return state.cells

    def opening(self, rng: Generator) -> Board:
        """A board without a match; at least one swap is legal."""
        faces = draw_faces(rng, self.num_faces, self.colours, self.shapes)
        return Board(deal_board(rng, faces, self.rows, self.columns), faces)

    def transition(self, state: Board, action: Pair, rng: Generator) -> Transition:
        """Swap and clear, with a reward of 1.0 a cell cleared; any other action leaves the state as it was.

        New tiles and shuffles are drawn from `rng`; an illegal action draws nothing.
        """
        first, second = action.indices(self.rows, self.columns)
        if first < 0 or second < 0:
            return Transition(state, 0.0, False)
        swapped, mask = rules.match_by_swap(state.cells, self.rows, self.columns, first, second)
        if not mask:
            return Transition(state, 0.0, False)
        cells, num_cleared = settle(rng, swapped, mask, state.faces, self.rows, self.columns, self.cascades)
        return Transition(Board(cells, state.faces), float(num_cleared), True)

    def legal_actions(self, state: Board) -> list[Pair]:
        """The swaps that make a match, each once, the upper left cell first, sorted."""
        swaps = rules.legal_swaps(state.cells, self.rows, self.columns)
        return [Pair.of(first, second, self.columns) for first, second in swaps]

    def is_terminal(self, state: Board) -> bool:
        """Whether no swap makes a match; never after an opening."""
        return not rules.has_legal_swap(state.cells, self.rows, self.columns)

    def task(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.colours, self.shapes, self.cascades)

    def solve(self, state: Board) -> Pair | None:
        """The swap that clears most of the tiles on the board, None when there is none."""
        swap = best_swap(state.cells, self.rows, self.columns, self.cascades)
        return None if swap is None else Pair.of(*swap, self.columns)

    def explain(self, state: Board, action: Pair, rng: Generator, num_others: int) -> Reasons:
        """What a legal swap and others line up, see `games.core.reasons.explain`."""
        names = tuple(face.label for face in self.faces)
        return Explainer(state.cells, self.rows, self.columns, names, self.cascades).explain(action, rng, num_others)

    def search(self, state: Board) -> Search | None:
        """The first legal swap of a look at one line after the other, see `games.swap.search`."""
        return search_swap(self.labels(state), self.rows, self.columns)

"""Shisen-Sho as a game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from numpy.random import Generator

from games.core.game import check_spread, spread
from games.core.grid import read_cells, write_cells
from games.core.types import Image, Labels, Transition
from games.shisensho import prompt, rules
from games.shisensho.deal import deal_shuffled, draw_pairs
from games.shisensho.faces import LABELS
from games.shisensho.render import draw


class Pair(NamedTuple):
    """Two cells: (r1, c1) and (r2, c2)."""

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
    """Remove pairs of equal tiles that a path with at most two turns can join."""

    rows: int = 6
    columns: int = 6
    num_faces: int = 9
    copies: int | None = None
    colours: int = 8
    shapes: int = 8
    tile_px: int = 28
    image_px: tuple[int, int] | None = None
    solvable: bool = False
    spread_moves: int = 0
    spread_kind: str = "legal"

    def __post_init__(self) -> None:
        check_spread(self.spread_moves, self.spread_kind)

    @property
    def image_size(self) -> tuple[int, int]:
        return self.image_px or (self.rows * self.tile_px, self.columns * self.tile_px)

    @property
    def num_actions(self) -> int:
        size = self.rows * self.columns
        return size * (size - 1)

    @property
    def max_reply_chars(self) -> int:
        return self.rows * self.columns * 30 + 200

    @property
    def perception_form(self) -> str:
        return prompt.PERCEPTION_FORM.format(first=LABELS[1])

    @property
    def answer_form(self) -> str:
        return prompt.ANSWER_FORM

    def deal(self, rng: Generator) -> Board:
        pairs = draw_pairs(rng, self.rows * self.columns // 2, self.num_faces, self.colours, self.shapes)
        board = Board(deal_shuffled(rng, pairs, self.rows, self.columns))
        return spread(self, board, self.spread_moves, self.spread_kind, rng)

    def transition(self, state: Board, action: Pair, rng: Generator) -> Transition:
        first = action.r1 * self.columns + action.c1
        second = action.r2 * self.columns + action.c2
        if not rules.can_remove(state.cells, self.rows, self.columns, first, second):
            return Transition(state, 0.0, False)
        return Transition(Board(rules.remove(state.cells, first, second)), 1.0, True)

    def legal_actions(self, state: Board) -> list[Pair]:
        pairs = rules.legal_pairs(state.cells, self.rows, self.columns)
        return [Pair(*divmod(a, self.columns), *divmod(b, self.columns)) for a, b in pairs]

    def is_terminal(self, state: Board) -> bool:
        return not rules.has_legal_pair(state.cells, self.rows, self.columns)

    def action_at(self, index: int) -> Pair:
        size = self.rows * self.columns
        if not 0 <= index < self.num_actions:
            raise IndexError(f"action {index} is outside 0 .. {self.num_actions - 1}")
        first, second = divmod(index, size - 1)
        return Pair(*divmod(first, self.columns), *divmod(second + (second >= first), self.columns))

    def index_of(self, action: Pair) -> int:
        first = action.r1 * self.columns + action.c1
        second = action.r2 * self.columns + action.c2
        return first * (self.rows * self.columns - 1) + second - (second > first)

    def random_action(self, rng: Generator) -> Pair:
        return self.action_at(int(rng.integers(self.num_actions)))

    def image(self, state: Board) -> Image:
        return draw(state.cells, self.rows, self.columns, self.tile_px, self.image_size)

    def text(self, state: Board) -> str:
        return write_cells([LABELS[face] for face in state.cells], self.rows, self.columns)

    def labels(self, state: Board) -> Labels:
        return {divmod(i, self.columns): LABELS[face] for i, face in enumerate(state.cells)}

    def read(self, text: str, partial: bool = False) -> Labels | None:
        return read_cells(text, self.rows, self.columns, partial)

    def parse(self, answer: str) -> Pair | None:
        pair = prompt.read_answer(answer, self.rows, self.columns)
        return None if pair is None else Pair(*pair)

    def format(self, action: Pair) -> str:
        return prompt.write_answer(*action)

    def instructions(self) -> str:
        return prompt.write_task(self.rows, self.columns, self.colours, self.shapes)

    def solve(self, state: Board) -> Pair | None:
        legal = self.legal_actions(state)
        return legal[0] if legal else None

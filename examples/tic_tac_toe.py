"""How to add a game, by the example of tic-tac-toe: `python examples/tic_tac_toe.py` checks it and draws a board.

A game is a frozen dataclass: its fields are the knobs, its methods pure functions of a state. `BoardGame` knows how to
draw, write and grade a grid of cells; what is left is written below. Inside this repository the game would be
`games/tic_tac_toe/game.py`, with a row in `games/registration.py`; elsewhere `register_game` enters it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from numpy.random import Generator
from PIL import Image

import games
from games.board.actions import CellActions
from games.board.game import BoardGame
from games.core.types import Cell, Transition
from games.drawing.face import Face, Mark
from games.drawing.shapes import SHAPES

LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))
EMPTY, CROSS, CIRCLE = 0, 1, 2
REWARD = {EMPTY: 0.0, CROSS: 1.0, CIRCLE: -1.0}


def put(cells: bytes, cell: Cell, player: int) -> bytes:
    """The board with one more mark."""
    index = 3 * cell[0] + cell[1]
    return cells[:index] + bytes([player]) + cells[index + 1 :]


def winner(cells: bytes) -> int:
    """Whose three marks are in a line; EMPTY while nobody's are."""
    return next((cells[a] for a, b, c in LINES if cells[a] and cells[a] == cells[b] == cells[c]), EMPTY)


def moves(cells: bytes) -> list[Cell]:
    """Empty cells; none when the game is won."""
    return [] if winner(cells) else [divmod(index, 3) for index in range(9) if not cells[index]]


@cache
def outcome(cells: bytes, player: int) -> int:
    """With best play, for the player to move: 1 a win, 0 a draw, -1 a loss."""
    if winner(cells):
        return -1
    return max((-outcome(put(cells, cell, player), 3 - player) for cell in moves(cells)), default=0)


@dataclass(frozen=True)
class TicTacToe(BoardGame[bytes, Cell]):
    """Three crosses in a line, against circles that are put anywhere."""

    tile_px: int = 168
    rows, columns = 3, 3  # Not annotated, so they are no knobs.
    faces = (  # What a cell can show, and its words.
        Face("empty"),
        Face("cross", (Mark(SHAPES["cross"], "red"),)),
        Face("circle", (Mark(SHAPES["circle"], "blue"),)),
    )
    actions = CellActions(3, 3)  # `(row,column)`; WordActions and PairActions are other ways to answer.

    def task(self) -> str:
        """The prompt, before the form of the reply."""
        return "You play tic-tac-toe with crosses and move next. Name the empty cell where you put your cross."

    def opening(self, rng: Generator) -> bytes:
        """Circle has begun; all randomness comes from `rng`."""
        return put(bytes(9), divmod(int(rng.integers(9)), 3), CIRCLE)

    def cells(self, state: bytes) -> bytes:
        """A face number per cell; here that is the state itself."""
        return state

    def legal_actions(self, state: bytes) -> list[Cell]:
        """Empty exactly when the game is over."""
        return moves(state)

    def is_terminal(self, state: bytes) -> bool:
        """Whether someone has won or the board is full."""
        return not moves(state)

    def transition(self, state: bytes, action: Cell, rng: Generator) -> Transition:
        """A cross, then a circle; an action that is not legal leaves the state as it was, at reward 0.0."""
        if action not in moves(state):
            return Transition(state, 0.0, False)
        after = put(state, action, CROSS)
        if replies := moves(after):
            after = put(after, replies[int(rng.integers(len(replies)))], CIRCLE)
        return Transition(after, REWARD[winner(after)], True)

    def solve(self, state: bytes) -> Cell | None:
        """A teacher: the move with the best outcome against best play, None when the game is over."""
        return min(moves(state), key=lambda cell: outcome(put(state, cell, CROSS), CIRCLE), default=None)


if __name__ == "__main__":
    games.register_game("examples/TicTacToe-v0", "tic_tac_toe:TicTacToe")
    games.check_game("examples/TicTacToe-v0")
    env = games.ChatEnv(games.make_game("examples/TicTacToe-v0"))
    Image.fromarray(env.observe(env.open(seed=0)).image).save("tic_tac_toe.png")
    print(f"{env.prompt}\n\nThe contract holds; the opening of seed 0 is in tic_tac_toe.png.")

"""Maze as a game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from numpy.random import Generator

from games.board.actions import WordActions
from games.board.game import BoardGame, Ladder
from games.core.game import check_choice, check_flag, check_whole
from games.core.types import Transition
from games.drawing.face import Face
from games.errors import KnobError
from games.maze import prompt, rules
from games.maze.deal import KINDS, deal_maze
from games.maze.faces import maze_faces
from games.maze.solver import best_step, distances

MIN_SIDE, MAX_SIDE = 5, 21


@dataclass(frozen=True, slots=True)
class Board:
    """A state, see `games.maze.rules`.

    Attributes:
        cells: A face per cell, in row order, without the player.
        player: The player's cell.
        num_moves: Length of the shortest way at the opening, which shaped rewards are a share of.
        seen: 1 for each cell that the player knows, None where all are in view.
    """

    cells: bytes
    player: int
    num_moves: int
    seen: bytes | None = None


@dataclass(frozen=True)
class Maze(BoardGame[Board, str]):
    """Lead a mouse through a maze to the cheese.

    Rules:
        The player walks up, down, left and right over floor. Going onto a key takes it, which opens the door of its
        colour at once, wherever it is: both cells become floor, so that nothing is carried. Every step can be taken
        back and a key comes before its door, so that the goal can be reached from everywhere.
    Observation:
        The maze, a cell for every piece of wall and of passage; the truth text names every cell:
        `(1,1) player; (1,2) floor`. A cell is wall, floor, goal, player, player on goal, a red, blue or green key or
        door, or, with a partial view, hidden. A key and its door share an emblem besides their colour.
    Actions:
        `up`, `down`, `left` or `right`: where the player goes. A move against a wall or a door is illegal.
    Reward:
        1.0 for the move that reaches the goal and 0.0 for any other. With `shaping`, a move that shortens the shortest
        way to the goal, keys included, pays one part of as many as this way had moves at the opening, and one that
        makes it longer costs as much: a finished maze has paid 1.0, whatever the way was.
    End:
        The player reaches the goal.
    Knobs:
        rows, columns: Odd numbers, 5 .. 21, the walls around the maze included. Rooms lie on odd rows and columns.
        kind: `winding`, carved by a random walk that steps back at dead ends, has long passages; `uniform`, by
            Wilson's algorithm, gives each tree of rooms the same chance and has many short dead ends.
        loops: Walls between two rooms opened in addition, each of which closes a loop; at most as many as a maze
            without loops has walls between rooms.
        doors: Doors on a shortest way, 0 .. 3, at most three fewer than rows and columns of rooms; each has a key that
            can be had before. A loop may lead around a door.
        view: How many rows and columns away the player sees, through walls; None shows the whole maze.
        memory: Whether a cell once seen stays in view, as it now is; only a partial view asks for it. What was seen
            during the moves of a spread is known, too.
        shaping: Whether the reward is paid out move by move.
    Solver:
        A move of a shortest way, keys included, found by searches from the goal. It knows the whole maze, also where
        the player's view is partial: a player who must explore cannot be as quick.
    Version:
        v0.
    """

    LADDER: ClassVar[Ladder] = {
        "easy": {"rows": 7, "columns": 7, "loops": 0, "doors": 0, "tile_px": 84},
        "medium": {"rows": 11, "columns": 11, "loops": 2, "doors": 1},
        "hard": {"rows": 15, "columns": 15, "kind": "uniform", "loops": 4, "doors": 2},
        "expert": {"rows": 21, "columns": 21, "kind": "uniform", "loops": 6, "doors": 3, "view": 5, "tile_px": 28},
    }

    rows: int = 11
    columns: int = 11
    kind: str = "winding"
    loops: int = 2
    doors: int = 1
    view: int | None = None
    memory: bool = True
    shaping: bool = False

    def check(self) -> None:
        """Check the knobs of the game. Raises KnobError."""
        for knob, value in (("rows", self.rows), ("columns", self.columns)):
            check_whole(knob, value, MIN_SIDE, MAX_SIDE)
            if value % 2 == 0:
                raise KnobError(f"{knob} must be odd, for walls lie between rooms and around them, got {value}")
        check_choice("kind", self.kind, KINDS)
        down, across = self.rows // 2, self.columns // 2
        check_whole("loops", self.loops, 0, (down - 1) * (across - 1))
        check_whole("doors", self.doors, 0, min(rules.NUM_COLOURS, down + across - 3))
        if self.view is not None:
            check_whole("view", self.view, 1, MAX_SIDE)
        check_flag("memory", self.memory)
        check_flag("shaping", self.shaping)

    @property
    def shows_all(self) -> bool:
        """Whether the whole maze is in view, see `games.core.reasons.shows_all`."""
        return self.view is None

    @property
    def faces(self) -> tuple[Face, ...]:
        """What a cell can show."""
        return maze_faces()

    @property
    def possible_faces(self) -> Sequence[int]:
        """The faces without keys, doors and fog where there are none."""
        fog = () if self.view is None else (rules.HIDDEN,)
        things = range(rules.FIRST_KEY, len(self.faces)) if self.doors else ()
        return [*range(rules.HIDDEN), *fog, *things]

    @property
    def example_faces(self) -> tuple[int, ...]:
        """The corner of a maze: its walls, and one room."""
        return rules.WALL, rules.WALL, rules.WALL, rules.FLOOR

    @cached_property
    def actions(self) -> WordActions:
        """The four directions."""
        return WordActions(rules.DIRECTIONS)

    def cells(self, state: Board) -> bytes:
        """The face number of every cell, as the player sees it."""
        return rules.show(state.cells, state.player, state.seen)

    def opening(self, rng: Generator) -> Board:
        """A maze with the goal in the farther half of the rooms."""
        cells, player = deal_maze(rng, self.rows, self.columns, self.kind, self.loops, self.doors)
        return self.after_spread(Board(cells, player, 0, self._look(None, player)))

    def after_spread(self, state: Board) -> Board:
        """The state as an opening: the way that is left pays 1.0 in all."""
        return replace(state, num_moves=distances(state.cells, self.columns)[state.player])

    def transition(self, state: Board, action: str, rng: Generator) -> Transition:
        """Move the player; a move that cannot be made changes nothing. Draws nothing from `rng`."""
        step, cells = self._steps.get(action), state.cells
        if step is None or self.is_terminal(state) or not rules.is_open(cells[state.player + step]):
            return Transition(state, 0.0, False)
        ahead = state.player + step
        after = Board(rules.take(cells, ahead), ahead, state.num_moves, self._look(state.seen, ahead))
        return Transition(after, self._reward(state, ahead), True)

    def legal_actions(self, state: Board) -> list[str]:
        """The directions in which the player can go."""
        if self.is_terminal(state):
            return []
        return [word for word, step in self._steps.items() if rules.is_open(state.cells[state.player + step])]

    def is_terminal(self, state: Board) -> bool:
        """Whether the player is on the goal."""
        return state.cells[state.player] == rules.GOAL

    def task(self) -> str:
        """The task in words."""
        return prompt.write_task(self.rows, self.columns, self.doors > 0, self.view, self.memory)

    def solve(self, state: Board) -> str | None:
        """The first move of a shortest way; None at the goal."""
        if self.is_terminal(state):
            return None
        best = best_step(state.cells, self.columns, state.player)
        return next(word for word, step in self._steps.items() if step == best)

    @cached_property
    def _steps(self) -> Mapping[str, int]:
        return dict(zip(rules.DIRECTIONS, rules.steps(self.columns), strict=True))

    def _look(self, seen: bytes | None, player: int) -> bytes | None:
        if self.view is None:
            return None
        known = seen if seen is not None and self.memory else bytes(self.rows * self.columns)
        return rules.look(known, player, self.columns, self.view)

    def _reward(self, state: Board, ahead: int) -> float:
        if not self.shaping:
            return float(state.cells[ahead] == rules.GOAL)
        ways = distances(state.cells, self.columns)
        return (ways[state.player] - ways[ahead]) / state.num_moves

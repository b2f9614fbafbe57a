from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.maze import rules
from games.maze.deal import KINDS, deal_maze, room_cells
from games.maze.solver import FAR, best_step, distances, flood
from tests.games.maze import oracle
from tests.games.maze.oracle import maze
from tests.games.maze.test_maze_rules import mazes


@given(mazes())
def test_ways_are_shortest(drawn: tuple[bytes, int, int]) -> None:
    cells, columns, player = drawn
    expected = oracle.fewest_moves(cells, columns, player)
    assert distances(cells, columns)[player] == (FAR if expected is None else expected)


@given(mazes())
def test_the_best_step_comes_one_move_nearer(drawn: tuple[bytes, int, int]) -> None:
    cells, columns, player = drawn
    before = oracle.fewest_moves(cells, columns, player)
    if before is None:
        return
    ahead = player + best_step(cells, columns, player)
    assert rules.is_open(cells[ahead])
    assert oracle.fewest_moves(rules.take(cells, ahead), columns, ahead) == before - 1


def test_a_key_behind_a_key() -> None:
    cells, player = maze("#########", "#@ b# rX#", "### # ###", "#   B   #", "# #####R#", "#R  G g #", "#########")
    assert distances(cells, 9)[player] == oracle.fewest_moves(cells, 9, player) is not None


SIZES = [(5, 5, 0, 1), (5, 5, 1, 1), (5, 7, 2, 2), (7, 7, 0, 3), (7, 7, 4, 3), (5, 21, 0, 3), (11, 9, 5, 3)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rows", "columns", "loops", "doors"), SIZES)
def test_openings(kind: str, rows: int, columns: int, loops: int, doors: int) -> None:
    rooms = room_cells(rows, columns)
    for seed in range(30):
        cells, player = deal_maze(np.random.default_rng(seed), rows, columns, kind, loops, doors)
        things = [face for face in cells if face > rules.GOAL]
        assert len(things) == len(set(things)) == 2 * doors and cells.count(rules.GOAL) == 1
        assert {face + rules.NUM_COLOURS for face in things if rules.is_key(face)} <= set(things)
        assert player in rooms and cells[player] == rules.FLOOR and cells.index(rules.GOAL) in rooms
        # As many passages as a tree of the rooms has, and the loops.
        assert len(cells) - cells.count(rules.WALL) == 2 * len(rooms) - 1 + loops
        for cell, face in enumerate(cells):
            row, column = divmod(cell, columns)
            if row in (0, rows - 1) or column in (0, columns - 1) or not (row % 2 or column % 2):
                assert face == rules.WALL
        assert oracle.fewest_moves(cells, columns, player) is not None
        doorless = bytes(rules.FLOOR if face > rules.GOAL else face for face in cells)
        away = flood(doorless, columns, {player: 0})
        assert away[cells.index(rules.GOAL)] >= sorted(away[room] for room in rooms)[(len(rooms) + 1) // 2]
        if not loops and doors:
            assert flood(cells, columns, {player: 0})[cells.index(rules.GOAL)] == FAR, "every door is in the way"


def test_kinds_differ_and_every_room_may_hold_an_end() -> None:
    def dead_ends(kind: str) -> float:
        counts = []
        for seed in range(30):
            cells, _ = deal_maze(np.random.default_rng(seed), 15, 15, kind, 0, 0)
            rooms = room_cells(15, 15)
            counts.append(sum(sum(cells[room + step] > 0 for step in rules.steps(15)) == 1 for room in rooms))
        return float(np.mean(counts))

    assert dead_ends("winding") < 8 < 12 < dead_ends("uniform")
    players = {deal_maze(np.random.default_rng(seed), 5, 7, "uniform", 0, 0)[1] for seed in range(60)}
    assert players == set(room_cells(5, 7))


def test_wilson_gives_every_tree_the_same_chance() -> None:
    """Two by three rooms have 15 trees."""
    counts: dict[bytes, int] = {}
    rng = np.random.default_rng(0)
    for _ in range(1500):
        walls = bytes(face == rules.WALL for face in deal_maze(rng, 5, 7, "uniform", 0, 0)[0])
        counts[walls] = counts.get(walls, 0) + 1
    assert len(counts) == 15
    # Chi-square with 14 degrees of freedom: 36.1 is passed once in a thousand.
    assert sum((count - 100) ** 2 / 100 for count in counts.values()) < 36.1


@given(st.integers(0, 10**6))
def test_the_same_seed_gives_the_same_maze(seed: int) -> None:
    first, second = (deal_maze(np.random.default_rng(seed), 9, 9, "winding", 2, 2) for _ in range(2))
    assert first == second

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from games.sokoban import rules
from games.sokoban.deal import deal_opening
from games.sokoban.field import fewest_pushes, indices, push_distances, reach, read_board
from games.sokoban.game import Board, Sokoban
from games.sokoban.solver import find_pushes, first_step
from tests.games.sokoban import oracle
from tests.games.sokoban.oracle import board
from tests.games.sokoban.test_sokoban_rules import boards


def solve(cells: bytes, columns: int) -> int | None:
    """Number of pushes of the solver's solution, each of them tried."""
    field, boxes = read_board(cells, columns)
    walk = reach(field.floor & ~boxes, columns, 1 << rules.find_player(cells))
    pushes = find_pushes(field, boxes, walk, budget=100_000)
    if pushes is None:
        return None
    for box, step in pushes:
        free = field.floor & ~boxes
        assert boxes >> box & 1 and free >> box + step & 1 and walk >> box - step & 1
        boxes ^= 1 << box | 1 << box + step
        walk = reach(field.floor & ~boxes, columns, 1 << box)
    assert boxes == field.goals
    return len(pushes)


@given(boards())
def test_as_few_pushes_as_can_be(drawn: tuple[bytes, int]) -> None:
    found = oracle.Position(*drawn)
    assume(len(found.boxes) == len(found.goals))
    assert solve(*drawn) == oracle.fewest_pushes(*drawn)


@settings(max_examples=40)
@given(boards())
def test_the_bound_is_the_cheapest_assignment_and_never_too_high(drawn: tuple[bytes, int]) -> None:
    field, boxes = read_board(*drawn)
    assume(boxes.bit_count() == field.goals.bit_count())
    tables, places = push_distances(field), list(indices(boxes))
    costs = [
        sum(table[box] for table, box in zip(order, places, strict=True)) for order in itertools.permutations(tables)
    ]
    bound = fewest_pushes(tables, boxes)
    assert bound == (min(costs) if min(costs) < 255 else None)
    best = oracle.fewest_pushes(*drawn)
    assert best is None or (bound is not None and bound <= best)


@pytest.mark.parametrize("knobs", [(5, 5, 1, 2, 2), (5, 6, 2, 1, 3), (6, 5, 1, 0, 1), (6, 6, 2, 3, 4)])
def test_openings_can_be_solved_and_need_as_many_pushes_as_asked_for(knobs: tuple[int, ...]) -> None:
    rows, columns, boxes, walls, min_pushes = knobs
    for seed in range(20):
        cells = deal_opening(np.random.default_rng(seed), *knobs)
        best = oracle.fewest_pushes(cells, columns)
        assert best is not None and min_pushes <= best == solve(cells, columns)
        found = oracle.Position(cells, columns)
        assert len(found.boxes) == len(found.goals) == boxes
        assert len(found.walls) == 2 * (rows + columns) - 4 + walls


def test_a_room_too_crowded_gives_the_best_it_can() -> None:
    cells = deal_opening(np.random.default_rng(0), 5, 5, 2, 3, 4)
    assert 1 <= (oracle.fewest_pushes(cells, 5) or 0) < 4


@pytest.mark.parametrize("rung", Sokoban.LADDER)
def test_the_solver_finishes_every_rung(rung: str) -> None:
    game = Sokoban(**Sokoban.LADDER[rung])  # type: ignore[arg-type]
    for seed in range(10):
        state, total, num_pushes = game.deal(np.random.default_rng(seed)), 0.0, 0
        on_goals = state.cells.count(rules.BOX_ON_GOAL)
        for _ in range(200):
            if game.is_terminal(state):
                break
            step = game.transition(state, game.solve(state), np.random.default_rng(0))
            assert step.is_legal
            num_pushes += read_board(step.state.cells, game.columns) != read_board(state.cells, game.columns)
            total, state = total + step.reward, step.state
        assert rules.is_solved(state.cells) and total == game.boxes - on_goals + rules.SOLVED_BONUS
        assert num_pushes >= game.min_pushes


def test_walks_are_shortest() -> None:
    cells = board("#######", "#@    #", "# ### #", "# #.$ #", "#     #", "#######")
    game, state = Sokoban(rows=6, columns=7, boxes=1, min_pushes=1), Board(cells)
    words = []
    while not game.is_terminal(state):
        words.append(game.solve(state))
        state = game.transition(state, words[-1], np.random.default_rng(0)).state
    assert words == ["right"] * 4 + ["down"] * 2 + ["left"]


@pytest.mark.parametrize(
    "lines",
    [
        ("#####", "#$ .#", "# @ #", "#####"),
        ("#####", "# $.#", "#@#.#", "# $ #", "#####"),
        ("#####", "#.@.#", "#$$ #", "#####"),
    ],
)
def test_lost_positions_get_the_first_legal_move(lines: tuple[str, ...]) -> None:
    cells = board(*lines)
    assert oracle.fewest_pushes(cells, 5) is None and first_step(cells, 5) is None
    game = Sokoban(rows=5, columns=5, min_pushes=1)
    assert game.solve(Board(cells)) == game.legal_actions(Board(cells))[0]


@given(st.integers(0, 1000))
def test_a_budget_of_one_position_still_gives_a_move(seed: int) -> None:
    cells = deal_opening(np.random.default_rng(seed), 6, 6, 1, 1, 3)
    assert first_step(cells, 6, budget=1) is None
    assert first_step(cells, 6) in rules.steps(6)

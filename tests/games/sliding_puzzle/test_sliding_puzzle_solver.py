from __future__ import annotations

import numpy as np
import pytest

from games.sliding_puzzle import layers, rules, small
from games.sliding_puzzle.deal import shuffle
from games.sliding_puzzle.game import SlidingPuzzle
from games.sliding_puzzle.solver import next_move, short_solution
from tests.games.sliding_puzzle import oracle


def play(cells: bytes, rows: int, columns: int, most: int) -> int:
    """Moves that the solver takes."""
    num_moves = 0
    while cells != rules.solved_board(rows, columns):
        cells = dict(oracle.moves(cells, rows, columns))[next_move(cells, rows, columns)]
        num_moves += 1
        assert num_moves <= most
    return num_moves


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (2, 3), (3, 2)])
def test_the_table_of_a_small_board_is_exact(rows: int, columns: int) -> None:
    distances = oracle.distances(rows, columns)
    assert {board: small.fewest_moves(board, rows, columns) for board in distances} == distances
    for board, moves in distances.items():
        assert play(board, rows, columns, moves) == moves


def test_the_table_of_3_by_3() -> None:
    """Half of all orders can be solved, in at most 31 moves; two boards need that many."""
    codes, moves = small._table(3, 3)
    assert len(codes) == 181440 and moves.max() == 31 and (moves == 31).sum() == 2
    near = oracle.distances(3, 3, most=9)
    assert all(small.fewest_moves(board, 3, 3) == moves for board, moves in near.items())
    assert (moves <= 9).sum() == len(near)


def test_short_solutions_are_shortest_and_all_are_found() -> None:
    near = oracle.distances(4, 3, most=10)
    for board, moves in list(near.items())[1::20]:
        assert short_solution(board, 4, 3, moves - 1) is None
        word = short_solution(board, 4, 3, moves)
        assert word is not None and near[dict(oracle.moves(board, 4, 3))[word]] == moves - 1
        assert play(board, 4, 3, moves) == moves


@pytest.mark.parametrize("size", [(2, 4), (4, 2), (3, 4), (4, 4), (2, 6), (5, 3), (5, 5), (6, 6)])
def test_any_board_is_solved(size: tuple[int, int]) -> None:
    for seed in range(3):
        play(shuffle(np.random.default_rng(seed), *size, 400), *size, most=20 * size[0] * size[1])


@pytest.mark.parametrize("size", [(4, 2), (3, 4), (4, 4), (5, 5)])
def test_stages_never_take_back_what_they_settled(size: tuple[int, int]) -> None:
    rows, columns = size
    board = shuffle(np.random.default_rng(1), rows, columns, 300)
    found, _, _ = layers.stages(rows, columns)
    settled = 0
    while board != rules.solved_board(rows, columns):
        board = dict(oracle.moves(board, rows, columns))[layers.next_move(board, rows, columns)]
        done = [all(board[cell] == cell + 1 for cell in stage.targets) for stage in found]
        now = done.index(False) if False in done else len(done)
        assert now >= settled
        settled = now


def test_stages_cover_all_but_the_rest() -> None:
    for rows in range(2, 7):
        for columns in range(2, 7):
            found, top, left = layers.stages(rows, columns)
            targets = [cell for stage in found for cell in stage.targets]
            rest = {row * columns + column for row in range(top, rows) for column in range(left, columns)}
            assert len(set(targets)) == len(targets) and set(targets) | rest == set(range(rows * columns))
            assert not set(targets) & rest and rows - top <= 3 and columns - left <= 3


@pytest.mark.parametrize("rung", SlidingPuzzle.LADDER)
def test_the_solver_finishes_every_rung(rung: str) -> None:
    game = SlidingPuzzle(**SlidingPuzzle.LADDER[rung])  # type: ignore[arg-type]
    for seed in range(5):
        state = game.deal(np.random.default_rng(seed))
        total, distance = 0.0, rules.total_distance(state.cells, game.columns)
        for _ in range(150):
            if game.is_terminal(state):
                break
            step = game.transition(state, game.solve(state), np.random.default_rng(0))
            assert step.is_legal
            total, state = total + step.reward, step.state
        assert game.is_terminal(state) and game.solve(state) is None
        assert total == distance + rules.SOLVED_BONUS

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import make_game
from games.shisensho import deal, rules
from games.shisensho.solver import find_pairs
from tests.games.shisensho import oracle


@st.composite
def small_boards(draw: st.DrawFn) -> tuple[bytes, int, int]:
    rows, columns = draw(st.sampled_from([(2, 4), (3, 4), (4, 3), (4, 4), (2, 6), (3, 3)]))
    num_pairs = draw(st.integers(1, rows * columns // 2))
    faces = draw(st.lists(st.integers(1, 4), min_size=num_pairs, max_size=num_pairs))
    tiles = [face for face in faces for _ in range(2)] + [0] * (rows * columns - 2 * num_pairs)
    return bytes(draw(st.permutations(tiles))), rows, columns


def replay(cells: bytes, rows: int, columns: int, line: list[tuple[int, int]]) -> bytes:
    for first, second in line:
        assert rules.can_remove(cells, rows, columns, first, second)
        cells = rules.remove(cells, first, second)
    return cells


@given(small_boards())
def test_the_solver_clears_what_can_be_cleared(board: tuple[bytes, int, int]) -> None:
    cells, rows, columns = board
    line = find_pairs(cells, rows, columns, budget=10_000)
    is_cleared = not any(replay(cells, rows, columns, line))
    assert is_cleared == oracle.can_clear(cells, rows, columns, {})
    assert bool(line) == rules.has_legal_pair(cells, rows, columns)
    assert line == find_pairs(cells, rows, columns, budget=10_000)


@given(small_boards())
def test_a_budget_of_one_board_still_finds_a_legal_pair(board: tuple[bytes, int, int]) -> None:
    cells, rows, columns = board
    line = find_pairs(cells, rows, columns, budget=1)
    replay(cells, rows, columns, line)
    assert bool(line) == rules.has_legal_pair(cells, rows, columns)


def test_the_solver_clears_the_paper_boards() -> None:
    game = make_game("games/ShisenSho-v0")
    for seed in range(20):
        state, rng = game.deal(np.random.default_rng(seed)), None
        for turn in range(18):
            step = game.transition(state, game.solve(state), rng)
            assert step.is_legal, f"seed {seed} turn {turn}"
            state = step.state
        assert game.solve(state) is None and not any(state.cells)


@pytest.mark.parametrize(("rows", "columns", "num_faces"), [(16, 16, 64), (2, 2, 2), (1, 8, 3), (12, 12, 36)])
def test_a_laid_out_board_comes_with_its_solution(rows: int, columns: int, num_faces: int) -> None:
    rng = np.random.default_rng(3)
    pairs = deal.draw_pairs(rng, rows * columns // 2, num_faces, range(1, 65))
    cells, removals = deal.lay_out(rng, pairs, rows, columns)
    assert not any(replay(cells, rows, columns, removals))
    assert sorted(cells) == sorted(pairs * 2)


def test_solvable_deals_can_be_cleared() -> None:
    """On 2x4 with four faces about one shuffle in six cannot."""
    knobs = {"rows": 2, "columns": 4, "num_faces": 4}
    solvable, plain = (make_game("games/ShisenSho-v0", **knobs, solvable=value) for value in (True, False))

    def num_cleared(game: object) -> int:
        states = [game.deal(np.random.default_rng(seed)) for seed in range(200)]  # type: ignore[attr-defined]
        return sum(oracle.can_clear(state.cells, 2, 4, {}) for state in states)

    assert num_cleared(solvable) == 200 > num_cleared(plain)

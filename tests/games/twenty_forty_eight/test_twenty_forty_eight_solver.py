from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.twenty_forty_eight import rules, solver
from tests.games.twenty_forty_eight import oracle


@settings(max_examples=40)
@given(st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3)]), st.integers(0, 2**32), st.integers(2, 6))
def test_moves_agree_with_a_search_that_keeps_nothing(size: tuple[int, int], seed: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, kinds, size[0] * size[1], dtype=np.uint8).tobytes()
    found = solver.find_move(cells, *size)
    legal = oracle.legal_moves(cells, *size)
    if not legal:
        assert found is None
        return
    depth = 2 if cells.count(0) <= solver.FEW_EMPTY else 1
    worths = {move: oracle.expect(oracle.slide(cells, *size, move)[0], *size, depth) for move in legal}
    assert found == max(worths, key=worths.__getitem__)


@pytest.mark.parametrize("size", [(2, 2), (2, 8), (4, 4), (5, 3), (8, 8)])
def test_every_move_is_legal_to_the_end(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    cells = rules.add_tile(bytes(size[0] * size[1]), 0.5, rng)
    for _ in range(100):
        move = solver.find_move(cells, *size)
        assert move == solver.find_move(cells, *size)
        if move is None:
            break
        after, _ = rules.slide(cells, *size, move)
        assert after != cells
        cells = rules.add_tile(after, 0.5, rng)
    assert (solver.find_move(cells, *size) is None) == rules.is_stuck(cells, *size)


def test_it_plays_far_better_than_chance() -> None:
    def last_sum(seed: int, is_solver: bool) -> int:
        rng = np.random.default_rng(seed)
        cells = rules.add_tile(bytes(9), 0.1, rng)
        while legal := rules.legal_moves(cells, 3, 3):
            move = solver.find_move(cells, 3, 3) if is_solver else legal[int(rng.integers(len(legal)))]
            cells = rules.add_tile(rules.slide(cells, 3, 3, str(move))[0], 0.1, rng)
        return sum(2**tile for tile in cells if tile)

    solved, drawn = ([last_sum(seed, is_solver) for seed in range(4)] for is_solver in (True, False))
    assert np.mean(solved) > 3 * np.mean(drawn)


def test_the_table_may_be_emptied_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    boards = [rng.integers(0, 5, 9, dtype=np.uint8).tobytes() for _ in range(10)]
    moves = [solver.find_move(cells, 3, 3) for cells in boards]
    monkeypatch.setattr(solver, "MAX_LINES", 3)
    monkeypatch.setattr(solver, "_WORTH", type(solver._WORTH)())
    assert [solver.find_move(cells, 3, 3) for cells in boards] == moves and len(solver._WORTH) <= 3

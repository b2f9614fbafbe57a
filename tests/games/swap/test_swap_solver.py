from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from games import make_game
from games.swap import deal, rules, solver
from tests.games.swap import oracle


def clear_slowly(cells: bytes, columns: int, num_waves: int) -> int:
    total = 0
    for _ in range(num_waves):
        gone = oracle.matched(cells, columns)
        total += len(gone)
        cells = oracle.fall(bytes(0 if index in gone else face for index, face in enumerate(cells)), columns)
    return total


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(3, 6), st.integers(3, 6), st.integers(3, 6), st.booleans())
def test_no_swap_surely_clears_more(seed: int, rows: int, columns: int, num_faces: int, cascades: bool) -> None:
    rng, faces = np.random.default_rng(seed), bytes(range(1, num_faces + 1))
    cells = deal.deal_board(rng, faces, rows, columns)
    num_waves = solver.MAX_WAVES_AHEAD if cascades else 1
    counts = {
        swap: clear_slowly(rules.swap_cells(cells, *swap), columns, num_waves)
        for swap in oracle.legal_swaps(cells, columns)
    }
    best = solver.best_swap(cells, rows, columns, cascades)
    assert best == max(swap for swap, count in counts.items() if count == max(counts.values()))


def test_what_falls_can_decide() -> None:
    rng, faces = np.random.default_rng(0), bytes(range(1, 6))
    boards = [deal.deal_board(rng, faces, 6, 6) for _ in range(50)]
    assert any(solver.best_swap(cells, 6, 6, True) != solver.best_swap(cells, 6, 6, False) for cells in boards)


def test_nothing_to_solve() -> None:
    assert solver.best_swap(bytes(range(1, 10)), 3, 3, True) is None
    assert solver.best_swap(bytes([1]) * 9, 3, 3, True) is None, "what stands already is no swap's match"


def test_the_solver_clears_more_than_chance() -> None:
    game = make_game("games/Swap-v0", rows=6, columns=6, num_faces=5)

    def cleared(is_solver: bool) -> float:
        total, rng = 0.0, np.random.default_rng(0)
        state = game.deal(rng)
        for _ in range(300):
            legal = game.legal_actions(state)
            step = game.transition(state, game.solve(state) if is_solver else legal[len(legal) // 2], rng)
            total, state = total + step.reward, step.state
        return total / 300

    assert cleared(True) > cleared(False) + 0.5

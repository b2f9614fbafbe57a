from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.sliding_puzzle import rules
from games.sliding_puzzle.deal import shuffle
from tests.games.sliding_puzzle import oracle

SIDES = st.integers(2, 6)


@given(SIDES, SIDES, st.randoms(use_true_random=False))
def test_slides_as_the_words_of_the_prompt_have_them(rows: int, columns: int, random: object) -> None:
    cells = list(range(rows * columns))
    random.shuffle(cells)  # type: ignore[attr-defined]
    board, gap = bytes(cells), cells.index(0)
    found = {word: rules.slide(board, gap, source) for word, source in rules.sources(rows, columns)[gap].items()}
    assert list(found.items()) == list(oracle.moves(board, rows, columns))


@given(SIDES, SIDES, st.randoms(use_true_random=False))
def test_distances(rows: int, columns: int, random: object) -> None:
    cells = list(range(rows * columns))
    random.shuffle(cells)  # type: ignore[attr-defined]
    expected = 0
    for place, piece in enumerate(cells):
        if piece:
            home = rules.solved_board(rows, columns).index(piece)
            there, back = divmod(place, columns), divmod(home, columns)
            expected += abs(there[0] - back[0]) + abs(there[1] - back[1])
    assert rules.total_distance(bytes(cells), columns) == expected
    assert rules.total_distance(rules.solved_board(rows, columns), columns) == 0


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_a_shuffle_is_as_far_as_asked_for_and_never_solved(seed: int, num_moves: int) -> None:
    board = shuffle(np.random.default_rng(seed), 2, 3, num_moves)
    assert 0 < DISTANCES[board] <= num_moves + 1


def test_a_short_shuffle_takes_no_move_back() -> None:
    assert {DISTANCES[shuffle(np.random.default_rng(seed), 2, 3, 5)] for seed in range(30)} == {5}


def test_a_shuffle_that_goes_round_makes_one_more_move() -> None:
    """On 2 x 2, twelve moves without a turn lead back."""
    boards = {shuffle(np.random.default_rng(seed), 2, 2, 12) for seed in range(20)}
    assert boards == {after for _, after in oracle.moves(rules.solved_board(2, 2), 2, 2)}


@pytest.mark.parametrize("num_moves", [6, 200])
def test_shuffles_differ(num_moves: int) -> None:
    assert len({shuffle(np.random.default_rng(seed), 4, 4, num_moves) for seed in range(40)}) > 20


DISTANCES = oracle.distances(2, 3)

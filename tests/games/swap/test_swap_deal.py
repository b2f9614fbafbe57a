from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.swap import deal, rules
from tests.games.swap import oracle

SIZES = [(3, 3, 3), (3, 3, 64), (3, 16, 3), (16, 3, 64), (16, 16, 3), (16, 16, 64), (8, 8, 12), (4, 5, 8)]


@pytest.mark.parametrize(("rows", "columns", "num_faces"), SIZES)
def test_openings_have_no_match_and_a_legal_swap(rows: int, columns: int, num_faces: int) -> None:
    rng, faces = np.random.default_rng((rows, columns, num_faces)), bytes(range(1, num_faces + 1))
    boards = [deal.deal_board(rng, faces, rows, columns) for _ in range(20)]
    for cells in boards:
        assert set(cells) <= set(faces) and len(cells) == rows * columns
        assert not oracle.matched(cells, columns) and rules.legal_swaps(cells, rows, columns)
    assert len(set(boards)) == 20


def test_which_faces_an_episode_has_is_drawn() -> None:
    rng = np.random.default_rng(0)
    drawn = [deal.draw_faces(rng, 3, 2, 3) for _ in range(200)]
    assert all(len(set(faces)) == 3 and list(faces) == sorted(faces) for faces in drawn)
    assert Counter(face for faces in drawn for face in faces).keys() == {1, 2, 3, 9, 10, 11}
    assert len(set(drawn)) == 20, "every set of 3 out of 6"


def settle_slowly(
    rng: np.random.Generator, cells: bytes, faces: bytes, columns: int, num_waves: int
) -> tuple[bytes, int]:
    """Clear, fall and fill column by column, until nothing matches."""
    total = 0
    for _ in range(num_waves):
        gone = oracle.matched(cells, columns)
        if not gone:
            break
        total += len(gone)
        fallen = oracle.fall(bytes(0 if index in gone else face for index, face in enumerate(cells)), columns)
        fresh = iter([faces[int(share * len(faces))] for share in rng.random(len(gone))])
        board = np.array(list(fallen)).reshape(-1, columns)
        for column in range(columns):
            for row in range(len(board)):
                if not board[row, column]:
                    board[row, column] = next(fresh)
        cells = bytes(board.ravel().tolist())
    return cells, total


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(3, 6), st.integers(3, 6), st.integers(4, 7), st.booleans())
def test_a_move_agrees_with_the_oracle(seed: int, rows: int, columns: int, num_faces: int, cascades: bool) -> None:
    rng, faces = np.random.default_rng(seed), bytes(range(1, num_faces + 1))
    cells = deal.deal_board(rng, faces, rows, columns)
    first, second = rules.legal_swaps(cells, rows, columns)[-1]
    swapped, mask = rules.match_by_swap(cells, rows, columns, first, second)
    found, num_cleared = deal.settle(
        np.random.default_rng(seed), swapped, mask, faces, rows, columns, cascades=cascades
    )
    slow_rng = np.random.default_rng(seed)
    expected, total = settle_slowly(slow_rng, swapped, faces, columns, 64 if cascades else 1)
    if not oracle.legal_swaps(expected, columns):
        expected = deal.reshuffle(slow_rng, expected, faces, rows, columns)
    assert (found, num_cleared) == (expected, total) and total >= 3
    assert rules.has_legal_swap(found, rows, columns)
    if cascades:
        assert not oracle.matched(found, columns)


def test_a_stuck_board_keeps_its_tiles() -> None:
    cells, faces = bytes([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4]), bytes(range(1, 7))
    assert not rules.has_legal_swap(cells, 4, 4)
    shuffled = {deal.reshuffle(np.random.default_rng(seed), cells, faces, 4, 4) for seed in range(20)}
    assert len(shuffled) > 10
    for after in shuffled:
        assert sorted(after) == sorted(cells)
        assert oracle.legal_swaps(after, 4) and not oracle.matched(after, 4)


def test_tiles_that_cannot_be_shuffled_are_dealt_anew() -> None:
    faces = bytes(range(1, 13))
    for cells in (bytes(range(1, 10)), bytes([7]) * 9):
        after = deal.reshuffle(np.random.default_rng(0), cells, faces, 3, 3)
        assert sorted(after) != sorted(cells) and deal.is_settled(after, 3, 3)


def test_waves_without_end_are_stopped_by_a_new_deal(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one wave allowed, a board that would go on matching is dealt anew; the wave is paid."""
    faces = bytes([1, 2, 3])
    monkeypatch.setattr(deal, "MAX_WAVES", 1)
    cells = bytes([1, 1, 1, 2, 3, 2, 3, 1, 3]) + bytes([2, 1, 2] * 13)
    num_ends = 0
    for seed in range(20):
        mask = rules.matched(cells, 16, 3)
        after, num_cleared = deal.settle(np.random.default_rng(seed), cells, mask, faces, 16, 3, cascades=True)
        assert num_cleared == mask.bit_count() and deal.is_settled(after, 16, 3)
        expected, total = settle_slowly(np.random.default_rng(seed), cells, faces, 3, 2)
        num_ends += after != expected and total > num_cleared
    assert num_ends

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.twenty_forty_eight import rules
from tests.games.twenty_forty_eight import oracle


@st.composite
def boards(draw: st.DrawFn) -> tuple[bytes, int, int]:
    rows, columns = draw(st.integers(2, 8)), draw(st.integers(2, 8))
    first, kinds, share = draw(st.integers(1, 64)), draw(st.integers(1, 4)), draw(st.integers(0, 9))
    tiles = np.random.default_rng(draw(st.integers(0, 2**32))).integers(0, 10 * kinds, rows * columns)
    return bytes(int(first + tile // 10 if tile % 10 >= share else 0) for tile in tiles), rows, columns


@given(boards())
def test_slides_agree_with_the_oracle(board: tuple[bytes, int, int]) -> None:
    for move in rules.MOVES:
        assert rules.slide(*board, move) == oracle.slide(*board, move)
    assert list(rules.legal_moves(*board)) == oracle.legal_moves(*board)
    assert not any(board[0]) or rules.is_stuck(*board) == (not oracle.legal_moves(*board))


def test_every_line_of_four_agrees_with_the_oracle() -> None:
    for line in itertools.product(range(4), repeat=4):
        for move in rules.MOVES:
            assert rules.slide(bytes(line), 1, 4, move) == oracle.slide(bytes(line), 1, 4, move)
            assert rules.slide(bytes(line), 4, 1, move) == oracle.slide(bytes(line), 4, 1, move)


@given(boards(), st.sampled_from(rules.MOVES))
def test_a_slide_keeps_the_sum_and_scores_what_it_makes(board: tuple[bytes, int, int], move: str) -> None:
    cells = board[0]
    after, score = rules.slide(*board, move)
    assert sum(2**tile for tile in after if tile) == sum(2**tile for tile in cells if tile)
    num_merges = after.count(0) - cells.count(0)
    assert num_merges >= 0 and (score > 0) == (num_merges > 0) and max(after) <= max(cells) + 1
    assert rules.slide(after, *board[1:], move)[0].count(0) >= after.count(0), "what slid once is packed"


@pytest.mark.parametrize(
    ("line", "left", "score"),
    [
        ("1111", "2200", 8),
        ("1110", "2100", 4),
        ("0111", "2100", 4),
        ("1120", "2200", 4),
        ("2110", "2200", 4),
        ("1010", "2000", 4),
        ("1001", "2000", 4),
        ("2211", "3200", 12),
        ("1201", "1210", 0),
        ("0000", "0000", 0),
        ("1234", "1234", 0),
    ],
)
def test_a_tile_merges_once_and_the_nearest_to_the_wall_first(line: str, left: str, score: int) -> None:
    cells, after = bytes(map(int, line)), bytes(map(int, left))
    assert rules.slide(cells, 1, 4, "left") == (after, score)
    assert rules.slide(cells[::-1], 1, 4, "right") == (after[::-1], score)
    assert rules.slide(cells, 4, 1, "up") == (after, score)
    assert rules.slide(cells[::-1], 4, 1, "down") == (after[::-1], score)


def test_the_largest_tiles_have_exact_sums() -> None:
    assert rules.slide(bytes([64, 64, 0, 52, 52, 0, 7, 7]), 1, 8, "left")[1] == 2**65 + 2**53 + 2**8


def test_a_word_that_is_no_move() -> None:
    with pytest.raises(KeyError):
        rules.slide(bytes(16), 4, 4, "Left")


@given(boards(), st.floats(0, 1), st.integers(0, 2**32))
def test_a_new_tile_lands_in_an_empty_cell(board: tuple[bytes, int, int], four_probability: float, seed: int) -> None:
    cells = board[0]
    if 0 not in cells:
        return
    after = rules.add_tile(cells, four_probability, np.random.default_rng(seed))
    changed = [index for index, tile in enumerate(after) if tile != cells[index]]
    assert len(after) == len(cells) and len(changed) == 1
    assert cells[changed[0]] == 0 and after[changed[0]] in (1, 2)


@pytest.mark.parametrize("four_probability", [0, 0.1, 0.7, 1])
def test_new_tiles_are_uniform_over_the_cells_and_fours_have_their_share(four_probability: float) -> None:
    cells, rng, num_tiles = bytes([0, 3, 0, 0, 5, 0]), np.random.default_rng(0), 6000
    drawn = Counter(rules.add_tile(cells, four_probability, rng) for _ in range(num_tiles))
    for index in (0, 2, 3, 5):
        for tile, share in ((1, 1 - four_probability), (2, four_probability)):
            expected = num_tiles * share / 4
            found = drawn[cells[:index] + bytes([tile]) + cells[index + 1 :]]
            assert abs(found - expected) <= 4 * expected**0.5
    assert sum(drawn.values()) == num_tiles and len(drawn) == (4 if four_probability in (0, 1) else 8)


def test_the_largest_tile_of_two_by_two_by_playing_everything() -> None:
    """All boards that can come from any opening, with every tile wherever it may appear."""
    for largest_new in (1, 2):
        reached = {bytes(4)}
        queue = list(reached)
        while queue:
            cells = queue.pop()
            slides = {rules.slide(cells, 2, 2, move)[0] for move in rules.legal_moves(cells, 2, 2)} or {bytes(4)}
            if cells.count(0) == 3:
                slides.add(cells)  # The second tile of an opening.
            for after in slides:
                for index, tile in itertools.product(range(4), range(1, largest_new + 1)):
                    board = after[:index] + bytes([tile]) + after[index + 1 :]
                    if not after[index] and board not in reached:
                        reached.add(board)
                        queue.append(board)
        limit = rules.largest_exponent(4, largest_new)
        assert max(map(max, reached)) == limit
        assert all(sorted(cells)[-place - 1] <= limit - place for cells in reached for place in range(4))


def test_the_tables_may_be_emptied_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_LINES", 3)
    monkeypatch.setattr(rules, "_LINES", type(rules._LINES)())
    rng = np.random.default_rng(0)
    for _ in range(100):
        cells = rng.integers(0, 4, 16, dtype=np.uint8).tobytes()
        assert [rules.slide(cells, 4, 4, move) for move in rules.MOVES] == [
            oracle.slide(cells, 4, 4, move) for move in rules.MOVES
        ]
        assert len(rules._LINES) <= 3

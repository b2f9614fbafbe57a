from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.swap import rules
from tests.games.swap import oracle


@st.composite
def boards(draw: st.DrawFn, with_empty: bool = False) -> tuple[bytes, int, int]:
    rows, columns = draw(st.integers(3, 6)), draw(st.integers(3, 6))
    faces = st.integers(0 if with_empty else 1, draw(st.integers(2, 6)))
    return bytes(draw(st.lists(faces, min_size=rows * columns, max_size=rows * columns))), rows, columns


def cells_of(mask: int) -> set[int]:
    """The indices of a mask, each bit checked to be the highest of a byte."""
    bits = {place for place in range(mask.bit_length()) if mask >> place & 1}
    assert all(bit % 8 == 7 for bit in bits)
    return {bit // 8 for bit in bits}


@settings(max_examples=150, deadline=None)
@given(boards())
def test_swaps_agree_with_the_oracle(board: tuple[bytes, int, int]) -> None:
    cells, rows, columns = board
    expected = oracle.legal_swaps(cells, columns)
    assert rules.legal_swaps(cells, rows, columns) == expected
    assert rules.has_legal_swap(cells, rows, columns) == bool(expected)


@settings(max_examples=100, deadline=None)
@given(boards(with_empty=True))
def test_matches_agree_with_the_oracle(board: tuple[bytes, int, int]) -> None:
    cells, rows, columns = board
    assert cells_of(rules.matched(cells, rows, columns)) == oracle.matched(cells, columns)


@settings(max_examples=20, deadline=None)
@given(boards())
def test_every_pair_of_cells_agrees_with_the_oracle(board: tuple[bytes, int, int]) -> None:
    cells, rows, columns = board
    expected = set(oracle.legal_swaps(cells, columns))
    for first in range(len(cells)):
        for second in range(len(cells)):
            swapped, mask = rules.match_by_swap(cells, rows, columns, first, second)
            assert bool(mask) == ((min(first, second), max(first, second)) in expected)
            if mask:
                assert swapped[first] == cells[second] and swapped[second] == cells[first]
                assert cells_of(mask) == oracle.matched(swapped, columns)


@pytest.mark.parametrize(("rows", "columns"), [(16, 16), (3, 16), (16, 3), (8, 8)])
@pytest.mark.parametrize("num_faces", [3, 12, 64])
def test_large_boards_agree_with_the_oracle(rows: int, columns: int, num_faces: int) -> None:
    rng = np.random.default_rng((rows, columns, num_faces))
    # The highest faces too: neighbouring bytes must not borrow from each other.
    cells = (65 - rng.integers(1, num_faces + 1, rows * columns)).astype(np.uint8).tobytes()
    neighbours = [(i, j) for i in range(len(cells)) for j in (i + 1, i + columns) if j < len(cells)]
    expected = [swap for swap in neighbours if oracle.is_legal(cells, columns, *swap)]
    assert rules.legal_swaps(cells, rows, columns) == expected
    assert cells_of(rules.matched(cells, rows, columns)) == oracle.matched(cells, columns)


def read(picture: str) -> tuple[bytes, int, int]:
    """A drawn board, widened to three rows and columns: the A are one face, all other cells faces of their own."""
    lines = picture.split()
    lines = [line.ljust(3, "-") for line in lines] + ["-" * max(3, len(lines[0]))] * (3 - len(lines))
    other = iter(range(100, 128))
    cells = bytes(1 if mark == "A" else next(other) for line in lines for mark in line)
    return cells, len(lines), len(lines[0])


@pytest.mark.parametrize(
    "picture",
    ["AA-A", "A-AA", "A-A -A-", "-A- A-A", "--A AA-", "AA- --A", "-AA A--", "A-- -AA"],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_each_pattern_is_one_swap(picture: str, is_turned: bool) -> None:
    cells, rows, columns = read(picture)
    if is_turned:
        rows, columns, cells = columns, rows, np.frombuffer(cells, np.uint8).reshape(rows, columns).T.tobytes()
    assert len(rules.legal_swaps(cells, rows, columns)) == 1


@pytest.mark.parametrize("picture", ["AA--A", "A--A --A-", "AA- --- A--", "AA- --- --A", "A-- -A- --A"])
def test_other_patterns_are_none(picture: str) -> None:
    cells, rows, columns = read(picture)
    assert rules.legal_swaps(cells, rows, columns) == [] == oracle.legal_swaps(cells, columns)


def test_rows_do_not_run_into_each_other() -> None:
    for picture in ("--A- A-A-", "---A A-A-", "--AA A---", "--- -A- --A A--"):
        cells, rows, columns = read(picture)
        assert rules.legal_swaps(cells, rows, columns) == oracle.legal_swaps(cells, columns)
    assert rules.matched(*read("--AA A---")) == 0
    assert not rules.is_adjacent(4, 3, 4) and rules.is_adjacent(4, 4, 0) and rules.is_adjacent(4, 1, 0)


def test_a_swap_of_equal_tiles_is_no_swap() -> None:
    """A run that stands already is not made by exchanging two of its tiles."""
    cells, rows, columns = read("AAA --- ---")
    assert rules.match_by_swap(cells, rows, columns, 0, 1) == (cells, 0)
    assert rules.legal_swaps(cells, rows, columns) == []


@settings(deadline=None)
@given(boards(with_empty=True), st.data())
def test_clearing_and_falling_agree_with_the_oracle(board: tuple[bytes, int, int], data: st.DataObject) -> None:
    cells, _, columns = board
    gone = data.draw(st.sets(st.integers(0, len(cells) - 1)))
    cleared = rules.clear(cells, sum(0x80 << 8 * index for index in gone))
    assert cleared == bytes(0 if index in gone else face for index, face in enumerate(cells))
    fallen = oracle.fall(cleared, columns)
    assert rules.fall(cleared, columns) == fallen

    fresh = data.draw(st.binary(min_size=cleared.count(0), max_size=cleared.count(0)))
    filled = rules.fall(cleared, columns, fresh)
    expected = np.frombuffer(fallen, np.uint8).reshape(-1, columns).T.copy()
    expected[expected == 0] = list(fresh)
    assert np.frombuffer(filled, np.uint8).reshape(-1, columns).tolist() == expected.T.tolist()

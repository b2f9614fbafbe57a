from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.shisensho import rules
from tests.games.shisensho import oracle


@st.composite
def boards(draw: st.DrawFn) -> tuple[bytes, int, int]:
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    num_faces = draw(st.integers(1, 4))
    fill = draw(st.integers(1, 3))
    size = rows * columns
    cells = draw(st.lists(st.integers(0, num_faces * fill), min_size=size, max_size=size))
    return bytes(cell if cell <= num_faces else 0 for cell in cells), rows, columns


@settings(max_examples=400)
@given(boards())
def test_every_pair_agrees_with_the_oracle(board: tuple[bytes, int, int]) -> None:
    cells, rows, columns = board
    expected = oracle.legal_pairs(cells, rows, columns)
    assert rules.legal_pairs(cells, rows, columns) == expected
    assert rules.has_legal_pair(cells, rows, columns) == bool(expected)
    for first in range(len(cells)):
        for second in range(len(cells)):
            is_legal = (min(first, second), max(first, second)) in expected
            assert rules.can_remove(cells, rows, columns, first, second) == is_legal


@pytest.mark.parametrize(("rows", "columns"), [(16, 16), (12, 12), (1, 16), (16, 2), (3, 14)])
def test_large_boards_agree_with_the_oracle(rows: int, columns: int) -> None:
    rng = np.random.default_rng((rows, columns))
    for share in (0.2, 0.5, 0.8, 1.0):
        faces = rng.integers(1, 33, rows * columns, dtype=np.uint8)
        cells = (faces * (rng.random(rows * columns) < share)).astype(np.uint8).tobytes()
        assert rules.legal_pairs(cells, rows, columns) == oracle.legal_pairs(cells, rows, columns)


def joined(picture: str) -> bool:
    """Whether the two tiles `A` of a drawn board can be joined; `.` is an empty cell."""
    lines = picture.split()
    cells = bytes({".": 0}.get(mark, ord(mark)) for line in lines for mark in line)
    first, second = (index for index, cell in enumerate(cells) if cell == ord("A"))
    return rules.can_remove(cells, len(lines), len(lines[0]), first, second)


@pytest.mark.parametrize(
    "picture",
    [
        "xxxx xAAx xxxx",  # neighbours
        "xxxx xA.A xxxx",  # straight
        "xxxxx xA..x xxx.x xxxAx xxxxx",  # one turn
        "xxxxx xA.xx xx.xx xx.Ax xxxxx",  # two turns, like a Z
        "xxxxx x...x xAxAx xxxxx",  # two turns, like a U
        "AxA xxx",  # around the border
        "xxx xxx AxA",
        "Axx xxx Axx",
        "A x x x A",
        "AxxxA",
    ],
)
def test_paths_of_at_most_two_turns(picture: str) -> None:
    assert joined(picture)


@pytest.mark.parametrize(
    "picture",
    [
        "xxxx xAxx xxAx xxxx",  # diagonal neighbours
        "xxxx xAxA xxxx xxxx",  # a tile between
        "Ax xA",  # opposite corners need three turns
        "xxxxxx xA..xx xxx.xx xxx..x xxxxAx xxxxxx",  # three turns
        "xxxxx xAx.x xx..x x..xx xxAxx xxxxx",
        "Axx xxx xxA",
    ],
)
def test_paths_that_turn_too_often_or_are_blocked(picture: str) -> None:
    assert not joined(picture)


def test_different_or_empty_cells_are_no_pair() -> None:
    cells = bytes([1, 1, 2, 0, 0, 2])
    assert rules.can_remove(cells, 2, 3, 0, 1)
    assert not rules.can_remove(cells, 2, 3, 0, 0)
    assert not rules.can_remove(cells, 2, 3, 1, 2)
    assert not rules.can_remove(cells, 2, 3, 3, 4)

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.minesweeper import rules
from games.minesweeper.rules import FLAG, HIDDEN, MINE
from tests.games.minesweeper import oracle

ROWS, COLUMNS = 3, 4
SIZE = ROWS * COLUMNS
mine_sets = st.sets(st.integers(0, SIZE - 1), max_size=6)


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (3, 5), (5, 3), (1, 4), (16, 16)])
def test_neighbours_are_those_at_most_one_away(rows: int, columns: int) -> None:
    near = rules.neighbours(rows, columns)
    assert [list(cells) for cells in near] == [oracle.beside(cell, rows, columns) for cell in range(rows * columns)]


@given(mine_sets)
def test_a_layout_counts_the_mines_around_each_cell(mines: set[int]) -> None:
    layout = rules.lay_mines(mines, ROWS, COLUMNS)
    assert layout == oracle.lay(tuple(mines), ROWS, COLUMNS)


@given(mine_sets, st.lists(st.integers(0, SIZE - 1), max_size=6), st.integers(0, SIZE - 1))
def test_opening_a_cell_opens_its_region(mines: set[int], flags: list[int], cell: int) -> None:
    layout = rules.lay_mines(mines, ROWS, COLUMNS)
    shown = bytes([HIDDEN]) * SIZE
    for flag in flags:
        shown = rules.put_flag(shown, flag)
    expected = list(shown)
    oracle.open_cell(layout, expected, cell, ROWS, COLUMNS)
    after = rules.open_cell(layout, shown, cell, ROWS, COLUMNS)
    assert after == bytes(expected)
    assert rules.open_cell(layout, after, cell, ROWS, COLUMNS) == after
    assert (MINE in after) == (cell in mines)


@settings(max_examples=30)
@given(mine_sets)
def test_a_game_is_over_when_only_mines_are_left_or_one_is_open(mines: set[int]) -> None:
    layout, shown = rules.lay_mines(mines, ROWS, COLUMNS), bytes([HIDDEN]) * SIZE
    for cell in range(SIZE):
        is_over = all(layout[cell] == MINE for cell in range(SIZE) if shown[cell] >= HIDDEN)
        assert rules.is_over(shown, len(mines)) == is_over
        if layout[cell] != MINE:
            shown = rules.open_cell(layout, shown, cell, ROWS, COLUMNS)
        else:
            assert rules.is_over(rules.open_cell(layout, shown, cell, ROWS, COLUMNS), len(mines))
            shown = rules.put_flag(shown, cell)
    assert rules.num_covered(shown) == len(mines) == shown.count(FLAG) and rules.is_over(shown, len(mines))

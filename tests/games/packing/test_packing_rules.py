from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.packing import rules
from games.packing.pieces import NUM_TURNS, PIECES, SETS, different_turns, turned
from games.packing.rules import Placement
from tests.games.packing import oracle

NUM_PIECES = len(PIECES)


@st.composite
def wells(draw: st.DrawFn) -> tuple[bytes, int]:
    """A well with any blocks, but no full row, and its number of columns."""
    rows, columns = draw(st.integers(4, 8)), draw(st.integers(4, 7))
    num_free = draw(st.integers(0, rows))
    cells = [0] * (num_free * columns)
    for _ in range(rows - num_free):
        line = draw(st.lists(st.integers(0, 1), min_size=columns, max_size=columns))
        line[draw(st.integers(0, columns - 1))] = 0
        cells += line
    return bytes(cells), columns


def as_rows(well: bytes, columns: int) -> list[list[int]]:
    return [list(well[start : start + columns]) for start in range(0, len(well), columns)]


@given(wells(), st.integers(0, NUM_PIECES - 1))
def test_every_drop_is_that_of_the_oracle(well_columns: tuple[bytes, int], piece: int) -> None:
    well, columns = well_columns
    results = {}
    for turns in range(-1, NUM_TURNS + 1):
        for column in range(-2, columns + 2):
            placement = Placement(column, turns)
            is_written = 0 <= turns < NUM_TURNS
            expected = oracle.drop(as_rows(well, columns), piece, turns, column, 7) if is_written else None
            assert rules.can_place(well, columns, piece, placement) == (expected is not None)
            if expected is not None:
                after, num_cleared = rules.place(well, columns, piece, placement, 7)
                assert (as_rows(after, columns), num_cleared) == expected
                results[placement] = after
    legal = rules.legal_placements(well, columns, piece)
    assert legal == sorted(set(legal)) and set(legal) <= set(results)
    assert rules.has_placement(well, columns, piece) == bool(legal)
    figures = {(placement.column, *oracle.blocks(piece, placement.turns)) for placement in legal}
    assert len(figures) == len(legal), "a figure is listed once at each place"
    assert {results[placement] for placement in legal} == set(results.values())


@pytest.mark.parametrize("piece", range(NUM_PIECES))
def test_turns_are_quarter_turns_clockwise(piece: int) -> None:
    for turns in range(NUM_TURNS):
        figure = turned(piece, turns)
        assert sorted(figure.cells) == oracle.blocks(piece, turns)
        assert figure.width == 1 + max(column for _, column in figure.cells) == len(figure.lowest)
        assert figure.height == 1 + max(row for row, _ in figure.cells)


def test_turns_that_look_the_same_are_listed_once() -> None:
    assert [len(different_turns(piece)) for piece in range(NUM_PIECES)] == [2, 2, 4, 2, 1, 4, 2, 2, 4, 4]


def test_the_sets_hold_every_figure_of_their_size_once() -> None:
    """Grown block by block: 1 domino, 2 trominoes and 7 tetrominoes when mirror images count apart."""
    figures = {frozenset([(0, 0)])}
    for name, num_figures in (("dominoes", 1), ("trominoes", 2), ("tetrominoes", 7)):
        grown = set()
        for figure in figures:
            beside = {(r + dr, c + dc) for r, c in figure for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0))}
            grown |= {figure | {cell} for cell in beside - figure}
        figures = grown
        assert len({_least_turn(figure) for figure in grown}) == num_figures == len(SETS[name])
        assert {_least_turn(frozenset(turned(piece, 0).cells)) for piece in SETS[name]} == {
            _least_turn(figure) for figure in grown
        }
    assert len(SETS["mixed"]) == 10


def _least_turn(figure: frozenset[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    turns = []
    for _ in range(4):
        figure = frozenset((column, -row) for row, column in figure)
        top, left = min(row for row, _ in figure), min(column for _, column in figure)
        turns.append(tuple(sorted((row - top, column - left) for row, column in figure)))
    return min(turns)


def test_rows_that_do_not_touch_are_cleared_at_once() -> None:
    columns = 4
    well = bytes(8) + bytes([1, 1, 1, 0]) + bytes([1, 0, 1, 0]) + bytes([1, 1, 1, 0])
    after, num_cleared = rules.place(well, columns, SETS["tetrominoes"][0], Placement(3, 1), 7)
    assert num_cleared == 2
    assert as_rows(after, columns) == [[0] * 4, [0] * 4, [0] * 4, [0, 0, 0, 7], [1, 0, 1, 7]]

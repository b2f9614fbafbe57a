from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from games.minesweeper import rules
from games.minesweeper.chances import find_chances
from games.minesweeper.clues import bits, deduce, read_clues
from games.minesweeper.deal import deal_any, deal_solvable, pack
from games.minesweeper.rules import FLAG, HIDDEN, MINE
from games.minesweeper.solver import choose_cell, find_safe, finish
from tests.games.minesweeper import oracle

SIZES = [(3, 3), (3, 4), (4, 3), (3, 5), (4, 4), (2, 7)]


@st.composite
def boards(draw: st.DrawFn) -> tuple[bytes, bytes, int, int, int]:
    """A layout, what is seen of it after some cells were opened, its size and its mines; not over."""
    rows, columns = draw(st.sampled_from(SIZES))
    cells = st.integers(0, rows * columns - 1)
    mines = draw(st.sets(cells, min_size=1, max_size=5))
    layout, shown = rules.lay_mines(mines, rows, columns), bytes([HIDDEN]) * (rows * columns)
    for cell in draw(st.lists(cells, max_size=6)):
        shown = rules.put_flag(shown, cell) if cell in mines else rules.open_cell(layout, shown, cell, rows, columns)
    assume(not rules.is_over(shown, len(mines)))
    return layout, shown, rows, columns, len(mines)


@given(boards())
def test_what_follows_from_clues_is_true_of_every_layout(board: tuple[bytes, bytes, int, int, int]) -> None:
    _, shown, rows, columns, num_mines = board
    num_ways, counts = oracle.mine_counts(shown, rows, columns, num_mines)
    known = deduce(read_clues(shown, rows, columns))
    assert all(counts[cell] == 0 for cell in bits(known.safe))
    assert all(counts[cell] == num_ways for cell in bits(known.mines))


@given(boards())
def test_chances_are_exact(board: tuple[bytes, bytes, int, int, int]) -> None:
    _, shown, rows, columns, num_mines = board
    clues = read_clues(shown, rows, columns)
    spoken_of = {cell for clue in clues for cell in bits(clue.cells)}
    num_others = rules.num_covered(shown) - len(spoken_of)
    num_ways, counts = oracle.mine_counts(shown, rows, columns, num_mines)
    chances = find_chances(clues, num_others, num_mines, budget=10_000)
    assert chances is not None and chances.num_ways == num_ways
    assert chances.of_cells == {cell: counts[cell] for cell in spoken_of}
    others = [ways for cell, ways in counts.items() if cell not in spoken_of]
    assert set(others or [0]) == {chances.of_others}


@given(boards())
def test_the_solver_is_certain_when_every_layout_agrees(board: tuple[bytes, bytes, int, int, int]) -> None:
    """Logic may find some of the safe cells first; it finds one whenever there is one, and never a cell that is not."""
    _, shown, rows, columns, num_mines = board
    _, counts = oracle.mine_counts(shown, rows, columns, num_mines)
    safe = set(bits(find_safe(shown, rows, columns, num_mines)))
    really_safe = {cell for cell, ways in counts.items() if not ways}
    assert safe <= really_safe and bool(safe) == bool(really_safe)
    assert counts[choose_cell(shown, rows, columns, num_mines)] == min(counts.values())


@given(boards())
def test_the_solver_sees_only_what_is_shown_and_trusts_no_flag(board: tuple[bytes, bytes, int, int, int]) -> None:
    _, shown, rows, columns, num_mines = board
    unflagged = shown.replace(bytes([FLAG]), bytes([HIDDEN]))
    assert choose_cell(shown, rows, columns, num_mines) == choose_cell(unflagged, rows, columns, num_mines)


@given(boards())
def test_without_a_budget_the_solver_still_names_a_covered_cell(board: tuple[bytes, bytes, int, int, int]) -> None:
    _, shown, rows, columns, num_mines = board
    assert shown[choose_cell(shown, rows, columns, num_mines, budget=0)] >= HIDDEN
    _, counts = oracle.mine_counts(shown, rows, columns, num_mines)
    assert all(counts[cell] == 0 for cell in bits(find_safe(shown, rows, columns, num_mines, budget=0)))


def test_the_chances_of_a_known_position() -> None:
    """A 1 in the corner of 3 x 3 with two mines: one among its three neighbours, one among the five other cells."""
    shown = bytes([1]) + bytes([HIDDEN]) * 8
    chances = find_chances(read_clues(shown, 3, 3), 5, 2, budget=100)
    assert chances is not None and chances.num_ways == 15
    assert {Fraction(ways, 15) for ways in chances.of_cells.values()} == {Fraction(1, 3)}
    assert Fraction(chances.of_others, 15) == Fraction(1, 5)
    assert choose_cell(shown, 3, 3, 2) == 2


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([(3, 3, 3), (4, 3, 4), (3, 4, 1), (4, 4, 4), (4, 4, 5)]))
def test_solvable_deals_need_no_guess(seed: int, level: tuple[int, int, int]) -> None:
    """Played by the oracle: there is always a cell that no layout has a mine in."""
    rows, columns, num_mines = level
    layout, shown = deal_solvable(np.random.default_rng(seed), rows, columns, num_mines)
    assert layout.count(MINE) == num_mines and not rules.is_over(shown, num_mines)
    seen = list(shown)
    while not rules.is_over(bytes(seen), num_mines):
        _, counts = oracle.mine_counts(bytes(seen), rows, columns, num_mines)
        oracle.open_cell(layout, seen, next(cell for cell, ways in counts.items() if not ways), rows, columns)


def test_other_deals_sometimes_need_one() -> None:
    def num_solved(deal: Callable[[np.random.Generator, int, int, int], tuple[bytes, bytes]]) -> int:
        boards = [deal(np.random.default_rng(seed), 6, 6, 9) for seed in range(40)]
        return sum(rules.is_over(finish(*board, 6, 6, 9), 9) for board in boards)

    assert num_solved(deal_any) < num_solved(deal_solvable) == 40


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (3, 4), (5, 3), (7, 8), (4, 16), (16, 5), (16, 16)])
def test_packed_layouts_need_no_guess(rows: int, columns: int) -> None:
    for num_mines in range(1, rows * columns // 3 + 1):
        layout, shown = pack(np.random.default_rng(num_mines), rows, columns, num_mines)
        assert layout.count(MINE) == num_mines and not rules.is_over(shown, num_mines)
        assert rules.is_over(finish(layout, shown, rows, columns, num_mines), num_mines)


@pytest.mark.parametrize("num_mines", [1, 20, 33])
def test_an_opening_shows_a_region_without_mines(num_mines: int) -> None:
    for seed in range(20):
        layout, shown = deal_any(np.random.default_rng(seed), 10, 10, num_mines)
        assert layout.count(MINE) == num_mines and 0 in shown and MINE not in shown
        assert all(value in (HIDDEN, layout[cell]) for cell, value in enumerate(shown))
        assert not rules.is_over(shown, num_mines)

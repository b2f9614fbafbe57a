from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import ChatEnv, make_game
from games.packing import rules
from games.packing.pieces import SETS
from games.packing.solver import choose_placement
from tests.games.packing import oracle
from tests.games.packing.test_packing_rules import NUM_PIECES, as_rows, wells


@settings(max_examples=60)
@given(wells(), st.lists(st.integers(0, NUM_PIECES - 1), min_size=1, max_size=3))
def test_the_solver_places_whatever_can_be_placed(well_columns: tuple[bytes, int], pieces: list[int]) -> None:
    well, columns = well_columns
    placement = choose_placement(well, columns, pieces)
    assert (placement is not None) == rules.has_placement(well, columns, pieces[0])
    if placement is not None:
        assert placement in rules.legal_placements(well, columns, pieces[0])
    assert placement == choose_placement(well.replace(b"\1", b"\5"), columns, pieces), "colours do not matter"


@given(wells(), st.integers(0, NUM_PIECES - 1))
def test_a_single_piece_goes_where_the_plain_burden_is_least(well_columns: tuple[bytes, int], piece: int) -> None:
    well, columns = well_columns
    placement = choose_placement(well, columns, [piece])
    worths = {}
    for legal in rules.legal_placements(well, columns, piece):
        dropped = oracle.drop(as_rows(well, columns), piece, legal.turns, legal.column, 1)
        assert dropped is not None
        worths[legal] = 15 * dropped[1] - plain_burden(dropped[0])
    if worths:
        assert placement is not None and worths[placement] == max(worths.values())


def plain_burden(well: list[list[int]]) -> int:
    """What speaks against a well, counted cell by cell."""
    lines = [[1, *row, 1] for row in well if any(row)]
    columns = [[row[place] for row in well] for place in range(len(well[0]))]
    heights = [len(column) - (column.index(1) if 1 in column else len(column)) for column in columns]
    holes = sum(height - sum(column) for height, column in zip(heights, columns, strict=True))
    across = sum(a != b for line in lines for a, b in pairwise(line))
    down = sum(a != b for column in columns for a, b in zip([0, *column], [*column, 1], strict=True))
    uneven = sum(abs(a - b) for a, b in pairwise(heights))
    return 7 * sum(heights) + 41 * holes + 11 * across + 19 * down + 7 * uneven


@pytest.mark.parametrize(("num_shown", "at_least"), [(1, 6.0), (3, 8.0)])
def test_the_solver_clears_rows_where_random_play_does_not(num_shown: int, at_least: float) -> None:
    """8 x 6 with 16 tetrominoes: 10.7 rows are full at most, random play clears 0.6."""
    knobs = {"well_rows": 8, "well_columns": 6, "num_pieces": 16, "num_shown": num_shown}
    env = ChatEnv(make_game("games/Packing-v0", **knobs))
    cleared = {"solver": 0.0, "random": 0.0}
    for seed in range(8):
        for player in cleared:
            state, turn, rng = env.open(seed), 0, np.random.default_rng(seed)
            while legal := env.game.legal_actions(state):
                action = env.game.solve(state) if player == "solver" else legal[int(rng.integers(len(legal)))]
                step = env.play(seed, state, turn, action)
                cleared[player] += step.reward / 8
                state, turn = step.state, turn + 1
    assert cleared["solver"] > at_least > 2.0 > cleared["random"]


def test_a_look_ahead_makes_room_for_the_next_piece() -> None:
    """A well in which a bar fits upright in one place only, and a square that can also be put elsewhere."""
    bar, square = SETS["tetrominoes"][0], SETS["tetrominoes"][1]
    well = bytes(8) + bytes([1, 1, 1, 0]) * 4
    assert choose_placement(well, 4, [bar]) == (3, 1)
    first = choose_placement(well, 4, [square, bar])
    assert first is not None and first.column != 2

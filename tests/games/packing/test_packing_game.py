from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import ChatEnv, KnobError, make_game
from games.core.types import Transition
from games.packing.game import Board, Packing
from games.packing.pieces import PIECES, SETS

BAD_KNOBS = [
    ({"well_rows": 3}, "well_rows must be a whole number from 4 to 20, got 3"),
    ({"well_columns": 13}, "well_columns must be a whole number from 4 to 12, got 13"),
    ({"pieces": "pentominoes"}, "pieces must be one of dominoes, trominoes, tetrominoes, mixed, got 'pentominoes'"),
    ({"num_shown": 0}, "num_shown must be a whole number from 1 to 3"),
    ({"num_pieces": 100}, "num_pieces must be a whole number from 1 to 99"),
    ({"num_pieces": 0}, "num_pieces must be"),
    ({"well_rows": 8, "filled_rows": 5}, "filled_rows must be a whole number from 0 to 4, got 5"),
]
RNG = np.random.default_rng(0)
BAR, SQUARE, TEE = SETS["tetrominoes"][:3]


@pytest.mark.parametrize(("knobs", "message"), BAD_KNOBS)
def test_bad_knobs_are_one_line_that_names_the_knob(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}"):
        make_game("games/Packing-v0", **knobs)


def test_a_drop_clears_rows_and_calls_the_next_piece() -> None:
    game = Packing(well_rows=4, well_columns=4, num_pieces=5)
    state = Board(bytes(12) + bytes([1, 1, 0, 0]), bytes([SQUARE, BAR]), 5)
    step = game.transition(state, "column 2 turn 0", RNG)
    assert step.is_legal and step.reward == 1.0
    yellow = game.labels(step.state)
    assert [yellow[3, column] for column in range(4)] == ["empty", "empty", "yellow block", "yellow block"]
    assert step.state.shown[0] == BAR and len(step.state.shown) == 2 and step.state.num_left == 4
    assert not any(step.state.well[:12])


@pytest.mark.parametrize("action", ["column 3 turn 0", "column 4 turn 0", "column 0 turn 4", "column 1", "up", ""])
def test_placements_that_do_not_fit_are_illegal(action: str) -> None:
    game = Packing(well_rows=4, well_columns=4)
    state = Board(bytes(16), bytes([SQUARE, BAR]), 5)
    assert game.transition(state, action, RNG) == Transition(state, 0.0, False)


def test_turns_that_do_the_same_are_legal_and_listed_once() -> None:
    game = Packing(well_rows=6, well_columns=4)
    state = Board(bytes(24), bytes([BAR, TEE]), 5)
    assert game.legal_actions(state) == [
        "column 0 turn 0", "column 0 turn 1", "column 1 turn 1", "column 2 turn 1", "column 3 turn 1",
    ]  # fmt: skip
    same = [game.transition(state, f"column 2 turn {turns}", np.random.default_rng(3)) for turns in (1, 3)]
    assert same[0] == same[1] and same[0].is_legal


def test_the_game_ends_at_the_rim_and_with_the_last_piece() -> None:
    game = Packing(well_rows=4, well_columns=4, num_pieces=2, num_shown=1)
    full = Board(bytes(8) + bytes([1, 1, 1, 0, 0, 1, 1, 1]), bytes([BAR]), 2)
    assert game.legal_actions(full) == ["column 0 turn 0"], "an upright bar would stand out of the well"
    full = Board(bytes([0, 1, 0, 0]) + full.well[4:], bytes([BAR]), 2)
    assert game.is_terminal(full) and game.solve(full) is None and game.legal_actions(full) == []
    state = Board(bytes(16), bytes([BAR]), 2)
    for num_left in (1, 0):
        state = game.transition(state, "column 0 turn 0", RNG).state
        assert state.num_left == num_left and len(state.shown) == num_left
    assert game.is_terminal(state) and game.solve(state) is None and game.legal_actions(state) == []
    assert game.transition(state, "column 0 turn 0", RNG) == Transition(state, 0.0, False)


@pytest.mark.parametrize("pieces", list(SETS))
@pytest.mark.parametrize("num_shown", [1, 2, 3])
@pytest.mark.parametrize("num_pieces", [None, 99, 1])
def test_the_panel_tells_the_pieces_and_their_number(pieces: str, num_shown: int, num_pieces: int | None) -> None:
    game = Packing(well_rows=5, well_columns=4, pieces=pieces, num_shown=num_shown, num_pieces=num_pieces)
    state = game.deal(np.random.default_rng(num_shown))
    labels = game.labels(state)
    assert all(labels[row, 4] == "wall" for row in range(game.rows))
    panel = [labels[row, column] for row in range(game.rows) for column in range(5, game.columns)]
    below = [labels[row, column] for row in range(5, game.rows) for column in range(4)]
    assert set(below) <= {"wall"} and game.image(state).shape == (56 * game.rows, 56 * game.columns, 3)
    num_blocks = Counter(f"{PIECES[piece].colour} block" for piece in state.shown for dot in _dots(piece))
    assert Counter(panel) == num_blocks + Counter(panel=panel.count("panel")) + Counter(
        [str(num_pieces)] * bool(num_pieces)
    )
    assert len(state.shown) == min(num_shown, num_pieces or num_shown)
    first = [cell for cell in labels if cell[1] > 4 and cell[0] < len(PIECES[state.shown[0]].picture)]
    assert "".join("#" if "block" in labels[cell] else "." for cell in first) == "".join(
        line.ljust(game.columns - 5, ".") for line in PIECES[state.shown[0]].picture
    )


def _dots(piece: int) -> str:
    return "".join(PIECES[piece].picture).replace(".", "")


def test_filled_rows_have_one_gap_each() -> None:
    game = Packing(filled_rows=5)
    wells = [game.deal(np.random.default_rng(seed)).well for seed in range(30)]
    rows = [well[start : start + 7] for well in wells for start in range(0, 70, 7)]
    assert sorted({row.count(0) for row in rows}) == [1, 7] and sum(row.count(0) == 1 for row in rows) == 150
    assert {row.index(0) for row in rows if row.count(0) == 1} == set(range(7))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([(3, None), (3, 2), (30, 9)]))
def test_a_spread_takes_no_piece_away(seed: int, level: tuple[int, int | None]) -> None:
    spread_moves, num_pieces = level
    game = Packing(spread_moves=spread_moves, num_pieces=num_pieces, num_shown=3, filled_rows=2)
    state = game.deal(np.random.default_rng(seed))
    assert state.num_left == num_pieces and len(state.shown) == min(3, num_pieces or 3)
    assert not game.is_terminal(state) and game.read(game.text(state)) == game.labels(state)


def test_all_pieces_come_equally_often() -> None:
    env = ChatEnv(Packing(pieces="mixed", num_shown=3))
    counts = Counter(piece for seed in range(1000) for piece in env.open(seed).shown)
    assert set(counts) == set(range(10)) and all(230 < count < 370 for count in counts.values())


@pytest.mark.parametrize("knobs", [{}, {"num_pieces": None, "num_shown": 1, "pieces": "dominoes"}, {"num_shown": 3}])
def test_the_prompt_states_sizes_colours_and_forms(knobs: dict[str, object]) -> None:
    game = make_game("games/Packing-v0", well_rows=9, well_columns=6, **knobs)
    env = ChatEnv(game)
    prompt = env.prompt
    assert len(prompt.split()) < 270
    assert "9 rows and 6 columns, the columns 0 to 5" in prompt and "column C turn T" in prompt
    assert ("pieces are left" in prompt) == ("num_pieces" not in knobs)
    state = env.open(0)
    for label in set(game.labels(state).values()):
        word = label.removesuffix(" block")
        assert word.isdigit() or word in prompt


def test_answers_name_column_and_turn() -> None:
    game = Packing()
    assert game.parse(" Column 3\nturn 1 ") == "column 3 turn 1" and game.num_actions == 28
    for answer in (
        "column 7 turn 0",
        "column 3 turn 4",
        "column 03 turn 1",
        "3 1",
        "column 3 turn 1.",
        "turn 1 column 3",
    ):
        assert game.parse(answer) is None

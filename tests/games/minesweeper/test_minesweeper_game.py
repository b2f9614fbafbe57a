from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import ChatEnv, KnobError, make_game
from games.board.actions import CellWord
from games.core.types import Transition
from games.minesweeper import rules
from games.minesweeper.game import Board, Minesweeper
from games.minesweeper.rules import FLAG, HIDDEN, MINE

BAD_KNOBS = [
    ({"rows": 2}, "rows must be a whole number from 3 to 16, got 2"),
    ({"columns": 17}, "columns must be a whole number from 3 to 16, got 17"),
    ({"mines": 0}, "mines must be a whole number from 1 to 21, got 0"),
    ({"rows": 4, "columns": 5, "mines": 7}, "mines must be a whole number from 1 to 6, got 7"),
    ({"solvable": 1}, "solvable must be true or false"),
    ({"flags": "yes"}, "flags must be true or false"),
]
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("knobs", "message"), BAD_KNOBS)
def test_bad_knobs_are_one_line_that_names_the_knob(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}"):
        make_game("games/Minesweeper-v0", **knobs)


def board(mines: set[int], opened: list[int], rows: int = 3, columns: int = 3) -> Board:
    layout, shown = rules.lay_mines(mines, rows, columns), bytes([HIDDEN]) * (rows * columns)
    for cell in opened:
        shown = rules.open_cell(layout, shown, cell, rows, columns)
    return Board(layout, shown, rules.num_covered(shown) - len(mines))


def test_cells_that_open_pay_their_share() -> None:
    game = Minesweeper(rows=3, columns=3, mines=1)
    state = board({0}, [])
    step = game.transition(state, (2, 2), RNG)
    assert step.is_legal and step.reward == 1.0 and game.is_terminal(step.state)
    step = game.transition(state, (0, 1), RNG)
    assert step.is_legal and step.reward == 1 / 8 and game.labels(step.state)[0, 1] == "1"
    last = game.transition(step.state, (2, 0), RNG)
    assert last.reward == 7 / 8 and game.is_terminal(last.state)


def test_a_mine_ends_the_game_at_no_reward_and_is_shown() -> None:
    game = Minesweeper(rows=3, columns=3, mines=2)
    step = game.transition(board({0, 8}, [1]), (0, 0), RNG)
    assert step.is_legal and step.reward == 0.0
    assert game.labels(step.state)[0, 0] == "mine" and "mine" not in list(game.labels(step.state).values())[1:]
    assert game.is_terminal(step.state) and game.solve(step.state) is None and game.legal_actions(step.state) == []
    assert game.transition(step.state, (0, 2), RNG) == Transition(step.state, 0.0, False)


@pytest.mark.parametrize("action", [(0, 1), (-1, 0), (3, 0), (0, 3), (2, -1)])
def test_open_cells_and_cells_outside_are_illegal(action: tuple[int, int]) -> None:
    state = board({0, 8}, [1])
    assert Minesweeper(rows=3, columns=3, mines=2).transition(state, action, RNG) == Transition(state, 0.0, False)


def test_flags_mark_and_forbid_nothing() -> None:
    game = Minesweeper(rows=3, columns=3, mines=2, flags=True)
    state = board({0, 8}, [1])
    flagged = game.transition(state, CellWord("flag", 2, 0), RNG)
    assert flagged.is_legal and flagged.reward == 0.0 and game.labels(flagged.state)[2, 0] == "flag"
    assert not game.transition(flagged.state, CellWord("flag", 2, 0), RNG).is_legal
    assert not game.transition(state, CellWord("flag", 0, 1), RNG).is_legal, "an open cell"
    assert CellWord("open", 2, 0) in game.legal_actions(flagged.state)
    assert CellWord("flag", 2, 0) not in game.legal_actions(flagged.state)
    opened = game.transition(flagged.state, CellWord("open", 2, 0), RNG)
    # The region around the flagged cell is three more cells.
    assert opened.reward == 4 / 6 and FLAG not in opened.state.shown


def test_without_flags_only_cells_can_be_answered() -> None:
    plain, flags = Minesweeper(), Minesweeper(flags=True)
    assert plain.parse("flag (0,0)") is None and plain.parse("(0,0)") == (0, 0)
    assert flags.parse("Flag (0, 7)") == CellWord("flag", 0, 7) and flags.parse("(0,0)") is None
    assert (plain.num_actions, flags.num_actions) == (64, 128)
    assert "flag" not in ChatEnv(plain).prompt and "flag" in ChatEnv(flags).prompt


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_a_completed_board_pays_one_in_all(seed: int, flags: bool, solvable: bool) -> None:
    game = Minesweeper(rows=5, columns=6, mines=4, flags=flags, solvable=solvable, spread_moves=4)
    env = ChatEnv(game)
    state = env.open(seed)
    rewards: list[float] = []
    while (action := game.solve(state)) is not None:
        step = env.play(seed, state, len(rewards), action)
        assert step.is_legal and action in game.legal_actions(state)
        state = step.state
        rewards.append(step.reward)
    is_complete = MINE not in state.shown
    assert is_complete or not solvable
    assert math.isclose(sum(rewards), 1.0) == is_complete


@given(st.integers(0, 10**6))
def test_what_lies_under_covered_cells_shows_nowhere(seed: int) -> None:
    game = Minesweeper(rows=4, columns=4, mines=3)
    state = game.deal(np.random.default_rng(seed))
    other = Board(bytes(16), state.shown, state.num_to_open)
    assert game.text(state) == game.text(other) and np.array_equal(game.image(state), game.image(other))
    assert game.solve(state) == game.solve(other)


@pytest.mark.parametrize("mines", [1, 10])
def test_the_prompt_states_size_mines_and_forms(mines: int) -> None:
    prompt = ChatEnv(Minesweeper(rows=7, columns=9, mines=mines)).prompt
    mines_text = "1 mine" if mines == 1 else f"{mines} mines"
    for words in ("7 rows and 9 columns", f"hides {mines_text}.", "(6,8)", "(row,column)", "No guess is needed"):
        assert words in prompt
    assert "guess" not in ChatEnv(Minesweeper(solvable=False)).prompt and len(prompt.split()) < 220


def test_spreads_open_cells_and_hit_no_mine() -> None:
    env = ChatEnv(Minesweeper(spread_moves=40))
    states = [env.open(seed) for seed in range(30)]
    assert all(MINE not in state.shown and not env.game.is_terminal(state) for state in states)
    assert len({rules.num_covered(state.shown) for state in states}) > 10

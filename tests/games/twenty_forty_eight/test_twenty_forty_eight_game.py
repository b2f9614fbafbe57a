from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import ChatEnv, KnobError, make_game
from games.core.types import Transition
from games.drawing.face import Look, paint
from games.twenty_forty_eight import rules
from games.twenty_forty_eight.faces import PLATES, number_lines, tile_faces
from games.twenty_forty_eight.game import Board, TwentyFortyEight

ID = "games/TwentyFortyEight-v0"
SIDES = st.integers(2, 8)


def board(*lines: str, moves_left: int | None = None) -> Board:
    """A board of exponents, a character a cell."""
    return Board(bytes(int(tile) for line in lines for tile in line), moves_left)


@settings(max_examples=49)
@given(SIDES, SIDES, st.integers(0, 2**32), st.integers(0, 200), st.sampled_from(["legal", "uniform"]))
def test_openings_of_every_size(rows: int, columns: int, seed: int, spread_moves: int, spread_kind: str) -> None:
    game = TwentyFortyEight(rows=rows, columns=columns, spread_moves=spread_moves, spread_kind=spread_kind)
    state = ChatEnv(game).open(seed)
    assert len(state.cells) == rows * columns and not game.is_terminal(state) and game.legal_actions(state)
    assert game.read(game.text(state)) == game.labels(state)
    if not spread_moves:
        assert sorted(state.cells)[-2] > 0 == sorted(state.cells)[-3] and max(state.cells) <= 2


@settings(max_examples=60)
@given(SIDES, SIDES, st.integers(0, 2**32), st.floats(0, 1))
def test_a_turn_adds_one_tile_and_scores_what_it_merges(rows: int, columns: int, seed: int, fours: float) -> None:
    game = TwentyFortyEight(rows=rows, columns=columns, four_probability=fours, spread_moves=30)
    env = ChatEnv(game)
    state = env.open(seed)
    before = sum(2**tile for tile in state.cells if tile)
    for action in rules.MOVES:
        step = env.play(seed, state, 0, action)
        slid, score = rules.slide(state.cells, rows, columns, action)
        assert step.is_legal == (action in game.legal_actions(state)) == (slid != state.cells)
        if not step.is_legal:
            assert step == Transition(state, 0.0, False)
            continue
        assert step.reward == score and isinstance(step.reward, float)
        assert sum(2**tile for tile in step.state.cells if tile) - before in (2, 4)
        assert sum(new != old for new, old in zip(step.state.cells, slid, strict=True)) == 1


def test_a_target_ends_the_game_and_is_worth_its_merge() -> None:
    game = TwentyFortyEight(target=2048)
    state = board("5550", "0000", "0000", "0003")
    assert not game.is_terminal(state) and game.faces[-1].label == "2048"
    state = Board(bytes([10, 10, *state.cells[2:]]))
    step = game.transition(state, "left", np.random.default_rng(0))
    assert step.reward == 2048.0 and game.is_terminal(step.state) and not game.legal_actions(step.state)
    assert game.solve(step.state) is None
    again = game.transition(step.state, "right", np.random.default_rng(0))
    assert again == Transition(step.state, 0.0, False)
    plain = TwentyFortyEight()
    assert (
        not plain.is_terminal(step.state) and plain.transition(step.state, "right", np.random.default_rng(0)).is_legal
    )
    assert "as soon as a tile shows 2048" in game.instructions() and "won" not in plain.instructions()


def test_a_move_limit_counts_legal_moves_only() -> None:
    game = TwentyFortyEight(move_limit=2)
    state, rng = board("1200", "0000", "0000", "0000", moves_left=2), np.random.default_rng(0)
    assert game.transition(state, "left", rng) == Transition(state, 0.0, False)
    first = game.transition(state, "right", rng).state
    assert first.moves_left == 1 and not game.is_terminal(first)
    last = game.transition(first, game.legal_actions(first)[0], rng).state
    assert last.moves_left == 0 and game.is_terminal(last) and not game.legal_actions(last)
    assert all(game.transition(last, action, rng) == Transition(last, 0.0, False) for action in rules.MOVES)
    assert game.solve(last) is None
    assert "ends after 2 legal moves" in game.instructions()
    assert "ends after 1 legal move." in TwentyFortyEight(move_limit=1).instructions()


@pytest.mark.parametrize("spread_kind", ["legal", "uniform"])
def test_a_spread_uses_up_no_moves_and_reaches_no_target(spread_kind: str) -> None:
    limited = ChatEnv(make_game(ID, move_limit=5, spread_moves=60, spread_kind=spread_kind))
    free = ChatEnv(make_game(ID, spread_moves=60, spread_kind=spread_kind))
    openings = [limited.open(seed) for seed in range(20)]
    assert all(state.moves_left == 5 for state in openings)
    assert [state.cells for state in openings] == [free.open(seed).cells for seed in range(20)]
    assert max(sum(state.cells) for state in openings) > 20, "more than five moves were played"
    easy = ChatEnv(make_game(ID, target=16, spread_moves=200, spread_kind=spread_kind))
    assert {max(easy.open(seed).cells) for seed in range(20)} <= {1, 2, 3}
    assert ChatEnv(make_game(ID, move_limit=5)).open(0).moves_left == 5


def test_states_that_look_the_same_are_the_same() -> None:
    game = TwentyFortyEight()
    step = game.transition(board("1000", "0000", "0000", "0000"), "right", np.random.default_rng(0))
    assert step.state == Board(step.state.cells) and hash(step.state) == hash(Board(step.state.cells))


BAD_KNOBS: list[tuple[dict[str, Any], str]] = [
    ({"rows": 1}, "rows must be a whole number from 2 to 8, got 1"),
    ({"columns": 9}, "columns must be a whole number from 2 to 8, got 9"),
    ({"four_probability": 1.1}, "four_probability must be a number from 0 to 1, got 1.1"),
    ({"four_probability": float("nan")}, "four_probability must be a number from 0 to 1, got nan"),
    ({"four_probability": True}, "four_probability must be a number from 0 to 1, got True"),
    ({"four_probability": "0.1"}, "four_probability must be a number from 0 to 1, got '0.1'"),
    ({"target": 4}, "target must be a whole number from 8 to 131072, got 4"),
    ({"target": 2047}, "target must be a power of two from 8 to 131072, got 2047"),
    ({"target": 2048.0}, "target must be a whole number from 8 to 131072, got 2048.0"),
    ({"target": 64, "rows": 2, "columns": 2}, "target must be a whole number from 8 to 32, got 64"),
    ({"target": 131072, "four_probability": 0}, "target must be a whole number from 8 to 65536, got 131072"),
    ({"move_limit": 0}, "move_limit must be a whole number from 1 to 1000000, got 0"),
]


@pytest.mark.parametrize(("knobs", "message"), BAD_KNOBS)
def test_bad_knobs_are_one_line_that_names_the_knob(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(KnobError) as error:
        make_game(ID, **knobs)
    assert str(error.value) == message


def test_a_game_and_its_states_travel() -> None:
    game = TwentyFortyEight(target=64, move_limit=7)
    state = game.deal(np.random.default_rng(0))
    assert pickle.loads(pickle.dumps(game)) == game and pickle.loads(pickle.dumps(state)) == state
    assert len(pickle.dumps(state)) < 200


@pytest.mark.parametrize("answer", ["left", " Left\n", "LEFT", "\tleft "])
def test_answers_may_be_spaced_and_capital(answer: str) -> None:
    assert TwentyFortyEight().parse(answer) == "left"


@pytest.mark.parametrize(
    "answer", ["", "l", "left.", "left up", "go left", "le ft", "0", "-left", "ｌｅｆｔ", "lef\u0074\u0301"]
)
def test_other_answers_are_unreadable(answer: str) -> None:
    assert TwentyFortyEight().parse(answer) is None


def test_numbers_are_exact_however_large() -> None:
    game = TwentyFortyEight(rows=8, columns=8)
    state = Board(bytes(range(2, 66)))
    assert game.labels(state)[7, 7] == "36893488147419103232" == str(2**65)
    assert game.read(game.text(state)) == game.labels(state)
    assert len(set(game.labels(state).values())) == 64


@pytest.mark.parametrize(
    "knobs", [{}, {"rows": 8, "columns": 8}, {"rows": 3, "columns": 5, "four_probability": 0}, {"target": 2048}]
)
def test_the_longest_reply(knobs: dict[str, Any]) -> None:
    """The largest tiles lie once each, and cells of a smaller number than 16384 are longest when empty."""
    game = TwentyFortyEight(**knobs)
    size, last = game.rows * game.columns, len(game.faces) - 1
    tiles = [min(last, size + (game.four_probability > 0) - place) for place in range(size)]
    state = Board(bytes(tile if tile >= 14 else 0 for tile in tiles))
    assert len(ChatEnv(game).truth_reply(state, "right")) == game.max_reply_chars
    cells = bytes(tiles)
    assert len(ChatEnv(game).truth_reply(Board(cells), "down")) <= game.max_reply_chars


@pytest.mark.parametrize(
    ("number", "lines"),
    [(2, "2"), (65536, "65536"), (131072, "131\n072"), (2**30, "10737\n41824"), (2**65, "3689348\n8147419\n103232")],
)
def test_long_numbers_go_on_in_the_next_line(number: int, lines: str) -> None:
    assert number_lines(number) == lines


def test_every_tile_can_be_told_from_the_others() -> None:
    assert len(set(PLATES)) == 17, "a colour for every tile of a 4x4 board"
    for first, second in ((first, second) for first in PLATES for second in PLATES if first < second):
        assert sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) > 40**2
    faces = tile_faces(65)
    assert len({paint(face, Look(28)).tobytes() for face in faces}) == 66


def test_the_print_stands_out_from_its_plate() -> None:
    for face in tile_faces(17)[1:]:
        tones = [
            sum(299 * a + 587 * b + 114 * c for a, b, c in [tone]) // 1000
            for tone in (face.ground, face.marks[0].colour)
        ]
        assert abs(tones[0] - tones[1]) > 80


def test_the_prompt_says_what_tiles_come() -> None:
    words = {share: make_game(ID, four_probability=share).instructions() for share in (0, 0.1, 1)}
    assert "tile, a 2, appears" in words[0] and "tile, a 4, appears" in words[1] and "a 2 or a 4" in words[0.1]

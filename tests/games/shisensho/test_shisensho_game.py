from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import KnobError, make_game
from games.board.actions import Pair
from games.core.chat import ChatEnv
from games.core.types import Transition
from games.drawing.coloured_shapes import LABELS
from games.shisensho.game import MAX_SIDE, Board, ShisenSho

SIZES = [
    (rows, columns) for rows in range(1, MAX_SIDE + 1) for columns in range(1, MAX_SIDE + 1) if rows * columns % 2 == 0
]


@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_every_even_board_up_to_16_by_16(rows: int, columns: int) -> None:
    game = ShisenSho(rows=rows, columns=columns, num_faces=min(64, rows * columns // 2), tile_px=8)
    env = ChatEnv(game)
    state = env.open(1)
    assert game.image(state).shape == (8 * rows, 8 * columns, 3)
    assert game.read(game.text(state)) == game.labels(state) and len(game.labels(state)) == rows * columns
    action = game.legal_actions(state)[-1]
    result = env.turn(1, state, 0, env.truth_reply(state, action))
    assert result.reward == 1.0 and result.perception.exact and result.state.cells.count(0) == 2
    for index in (0, game.num_actions // 2, game.num_actions - 1):
        assert game.index_of(game.action_at(index)) == index
        assert game.parse(game.format(game.action_at(index))) == game.action_at(index)


BAD_KNOBS = [
    ({"rows": 0}, "rows must be a whole number from 1 to 16, got 0"),
    ({"rows": 17}, "rows must be"),
    ({"columns": "6"}, "columns must be a whole number from 1 to 16, got '6'"),
    ({"rows": True}, "rows must be"),
    ({"rows": 5, "columns": 5}, "rows and columns must make an even number of cells, got 5 x 5 = 25"),
    ({"num_faces": 0}, "num_faces must be"),
    ({"num_faces": 19}, "num_faces must be at most half the cells = 18"),
    ({"num_faces": 9, "colours": 2, "shapes": 4}, "num_faces must be at most colours \\* shapes = 8, got 9"),
    ({"copies": 3, "num_faces": 12}, "copies must be even"),
    ({"copies": 2}, "copies must give num_faces \\* copies = 36 tiles, one a cell, got 9 \\* 2 = 18"),
    ({"copies": 4.0}, "copies must be a whole number"),
    ({"colours": 9}, "colours must be a whole number from 1 to 8"),
    ({"shapes": 0}, "shapes must be"),
    ({"tile_px": 7}, "tile_px must be a whole number from 8 to 256"),
    ({"image_px": 640}, "image_px must be \\(height, width\\) in px or None, got 640"),
    ({"image_px": (100, 640)}, "image_px height must be a whole number from 504 to 4096, got 100"),
    ({"image_px": (640, 100)}, "image_px width must be"),
    ({"image_px": (640, 640.0)}, "image_px width must be"),
    ({"solvable": 1}, "solvable must be true or false"),
    ({"spread_moves": -1}, "spread_moves must be"),
    ({"spread_kind": "random"}, "spread_kind must be one of legal, uniform, got 'random'"),
]


@pytest.mark.parametrize(("knobs", "message"), BAD_KNOBS)
def test_bad_knobs_are_one_line_that_names_the_knob(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}") as error:
        make_game("games/ShisenSho-v0", **knobs)
    assert "\n" not in str(error.value)


def test_a_game_is_a_value() -> None:
    game = ShisenSho(image_px=[640, 840])  # type: ignore[arg-type]
    assert game == ShisenSho(image_px=(640, 840)) and hash(game) == hash(ShisenSho(image_px=(640, 840)))
    assert pickle.loads(pickle.dumps(game)) == game
    assert len(pickle.dumps(game.deal(np.random.default_rng(0)))) < 200


@given(st.integers(0, 2**32), st.sampled_from([None, 4]), st.integers(0, 40), st.sampled_from(["legal", "uniform"]))
def test_openings(seed: int, copies: int | None, spread_moves: int, spread_kind: str) -> None:
    game = ShisenSho(copies=copies, spread_moves=spread_moves, spread_kind=spread_kind, colours=4, shapes=4)
    state = game.deal(np.random.default_rng(seed))
    counts = Counter(state.cells)
    num_empty = counts.pop(0, 0)
    assert all(count % 2 == 0 and count <= 4 for count in counts.values())
    assert num_empty <= 2 * spread_moves and len(counts) <= 9
    assert not game.is_terminal(state) and game.legal_actions(state)
    if not spread_moves:
        assert num_empty == 0 and set(counts.values()) == {4} and len(counts) == 9
    palette = {
        f"{colour} {shape}"
        for colour in ("red", "blue", "green", "yellow")
        for shape in ("circle", "square", "triangle", "star")
    }
    assert set(game.labels(state).values()) <= palette | {"empty"}


def test_pairs_are_dealt_as_evenly_as_possible() -> None:
    state = ShisenSho(rows=4, columns=5, num_faces=4).deal(np.random.default_rng(0))
    assert sorted(Counter(state.cells).values()) == [4, 4, 6, 6]


def test_which_faces_appear_is_drawn() -> None:
    seen = {face for seed in range(40) for face in ShisenSho().deal(np.random.default_rng(seed)).cells}
    assert seen == set(range(1, 65))


def test_spreads_differ_and_follow_their_kind() -> None:
    def num_empty(**knobs: object) -> list[int]:
        env = ChatEnv(make_game("games/ShisenSho-v0", **knobs))
        return [env.open(seed).cells.count(0) // 2 for seed in range(60)]

    legal = num_empty(spread_moves=3)
    assert set(legal) == {0, 1, 2, 3}
    assert max(num_empty(spread_moves=0)) == 0
    assert max(num_empty(spread_moves=1000)) == 17, "never a state without a legal move"
    # 8.6 of 630 pairs of cells are legal on a fresh board, so about 1.4 in 100 tries.
    uniform = num_empty(spread_moves=100, spread_kind="uniform")
    assert 0.8 < np.mean(uniform) < 2.2


@given(st.integers(0, 10**6), st.integers(0, 12), st.integers(0, 1259))
def test_transition_never_changes_its_input(seed: int, spread_moves: int, index: int) -> None:
    game = ShisenSho(spread_moves=spread_moves)
    state = game.deal(np.random.default_rng(seed))
    legal = game.legal_actions(state)
    for action in (game.action_at(index), legal[index % len(legal)]):
        before = pickle.dumps(state)
        step = game.transition(state, action, np.random.default_rng(0))
        assert pickle.dumps(state) == before
        ordered = action if action[:2] < action[2:] else Pair(*action[2:], *action[:2])
        assert step.is_legal == (ordered in legal) and step.reward == float(step.is_legal)
        if step.is_legal:
            removed = {(action.r1, action.c1), (action.r2, action.c2)}
            changed = {cell for cell, label in game.labels(step.state).items() if label != game.labels(state)[cell]}
            assert changed == removed
        else:
            assert step.state is state


@pytest.mark.parametrize("action", [(0, 0, 0, 6), (0, 6, 1, 0), (-1, 0, 5, 0), (0, 0, 6, 0), (0, 0, 0, -6)])
def test_actions_outside_the_board_are_illegal_and_have_no_number(action: tuple[int, int, int, int]) -> None:
    game = ShisenSho()
    state = Board(bytes([1]) * 36)
    assert game.transition(state, Pair(*action), np.random.default_rng(0)) == Transition(state, 0.0, False)
    with pytest.raises(ValueError, match="two different cells"):
        game.index_of(Pair(*action))


@pytest.mark.parametrize(
    "answer",
    [
        "(0,3) (1,2)", "(0, 3), (1,2)", "(0,3),(1,2)", "(0,3)(1,2)", " ( 0 , 3 ) ,\n( 1 , 2 ) ", "(0,\n3)\t(1,2)\n",
    ],
)  # fmt: skip
def test_answers_may_be_spaced(answer: str) -> None:
    assert ShisenSho().parse(answer) == Pair(0, 3, 1, 2)


@pytest.mark.parametrize(
    "answer",
    [
        "", "(0,3)", "(0,3) (0,3)", "(0,3) (1,2) (2,2)", "(0,3) (1,6)", "(6,0) (1,2)", "(-0,3) (1,2)", "(+0,3) (1,2)",
        "(00,3) (1,2)", "(0.0,3) (1,2)", "(0.5,3) (1,2)", "(0,3) (1,2).", "the pair (0,3) (1,2)", "(0,3) and (1,2)",
        "0,3 1,2", "[0,3] [1,2]", "(0,3);(1,2)", "(0,3),,(1,2)", "(0,3) (1,2),", ",(0,3) (1,2)", "(0 3) (1 2)",
        "(\u0660,3) (1,2)", "(\uff10,3) (1,2)", "(0,\u00b3) (1,2)", "(0,3)\u00a0(1,2)", f"({'0' * 4300},3) (1,2)",
        f"({'9' * 20},3) (1,2)", "(0,13) (1,2)", "(1e0,3) (1,2)", "(0x0,3) (1,2)", "((0,3) (1,2))", "(0,3 1,2)",
        "<b>(0,3) (1,2)</b>", "(0,3)\x00(1,2)", "(0,3,1,2)",
    ],
)  # fmt: skip
def test_other_answers_are_unreadable(answer: str) -> None:
    assert ShisenSho().parse(answer) is None


@given(st.text(max_size=40) | st.text(alphabet="(),0123456789 \n-", max_size=24))
def test_parse_never_raises_and_never_aliases(answer: str) -> None:
    game = ShisenSho()
    action = game.parse(answer)
    if action is not None:
        assert game.parse(game.format(action)) == action
        assert [int(digit) for digit in answer if digit.isdigit()] == list(action)


@pytest.mark.parametrize(
    "knobs", [{}, {"rows": 16, "columns": 16, "num_faces": 64}, {"rows": 10, "columns": 1, "num_faces": 1}]
)
def test_the_longest_reply(knobs: dict[str, int]) -> None:
    game = ShisenSho(**knobs)  # type: ignore[arg-type]
    env, longest = ChatEnv(game), max(range(1, 65), key=lambda face: len(LABELS[face]))
    board = Board(bytes([longest]) * game.num_cells)
    actions = [game.action_at(game.num_actions - 1 - index) for index in range(3)]
    assert max(len(env.truth_reply(board, action)) for action in actions) <= game.max_reply_chars
    assert game.max_reply_chars - len(env.truth_reply(board, actions[0])) < 10

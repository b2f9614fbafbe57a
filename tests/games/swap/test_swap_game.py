from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import ChatEnv, KnobError, make_game
from games.board.actions import Pair
from games.core.types import Transition
from games.drawing.coloured_shapes import LABELS
from games.swap.game import MAX_SIDE, MIN_SIDE, Board, Swap
from tests.games.swap import oracle

SIZES = [(rows, columns) for rows in range(MIN_SIDE, MAX_SIDE + 1) for columns in range(MIN_SIDE, MAX_SIDE + 1)]


@pytest.mark.parametrize(("rows", "columns"), SIZES[::5] + SIZES[-1:])
def test_boards_from_3_by_3_to_16_by_16(rows: int, columns: int) -> None:
    game = Swap(rows=rows, columns=columns, tile_px=8)
    env = ChatEnv(game)
    state = env.open(1)
    assert game.image(state).shape == (8 * rows, 8 * columns, 3)
    assert game.read(game.text(state)) == game.labels(state) and len(game.labels(state)) == rows * columns
    action = game.legal_actions(state)[-1]
    result = env.turn(1, state, 0, env.truth_reply(state, action))
    assert result.reward >= 3.0 and result.perception.exact and 0 not in result.state.cells
    for index in (0, game.num_actions // 2, game.num_actions - 1):
        assert game.index_of(game.action_at(index)) == index
        assert game.parse(game.format(game.action_at(index))) == game.action_at(index)


BAD_KNOBS = [
    ({"rows": 2}, "rows must be a whole number from 3 to 16, got 2"),
    ({"rows": 17}, "rows must be"),
    ({"columns": "6"}, "columns must be a whole number from 3 to 16, got '6'"),
    ({"rows": True}, "rows must be"),
    ({"num_faces": 2}, "num_faces must be a whole number from 3 to 64, got 2"),
    ({"num_faces": 65}, "num_faces must be"),
    ({"num_faces": 9, "colours": 2, "shapes": 4}, "num_faces must be at most colours \\* shapes = 8, got 9"),
    ({"colours": 9}, "colours must be a whole number from 1 to 8"),
    ({"shapes": 0}, "shapes must be"),
    ({"cascades": 1}, "cascades must be true or false, got 1"),
    ({"tile_px": 7}, "tile_px must be a whole number from 8 to 256"),
    ({"image_px": (100, 640)}, "image_px height must be a whole number from 448 to 4096, got 100"),
    ({"spread_kind": "random"}, "spread_kind must be one of legal, uniform, got 'random'"),
]


@pytest.mark.parametrize(("knobs", "message"), BAD_KNOBS)
def test_bad_knobs_are_one_line_that_names_the_knob(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=f"^{message}") as error:
        make_game("games/Swap-v0", **knobs)
    assert "\n" not in str(error.value)


@given(st.integers(0, 2**32), st.integers(0, 8), st.sampled_from(["legal", "uniform"]), st.booleans())
def test_openings(seed: int, spread_moves: int, spread_kind: str, cascades: bool) -> None:
    game = Swap(colours=4, shapes=4, spread_moves=spread_moves, spread_kind=spread_kind, cascades=cascades)
    state = game.deal(np.random.default_rng(seed))
    assert len(state.faces) == 12 and set(state.cells) <= set(state.faces)
    assert game.legal_actions(state) and not game.is_terminal(state)
    if cascades or not spread_moves:
        assert not oracle.matched(state.cells, 8)
    palette = {
        f"{colour} {shape}"
        for colour in ("red", "blue", "green", "yellow")
        for shape in ("circle", "square", "triangle", "star")
    }
    assert set(game.labels(state).values()) <= palette


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(3, 7), st.integers(3, 6), st.integers(3, 8), st.booleans())
def test_an_episode(seed: int, rows: int, columns: int, num_faces: int, cascades: bool) -> None:
    """Every board can be played on, and with cascades none holds a match."""
    game = Swap(rows=rows, columns=columns, num_faces=num_faces, cascades=cascades)
    rng = np.random.default_rng(seed)
    state = game.deal(rng)
    for _ in range(6):
        legal = game.legal_actions(state)
        assert legal == [Pair.of(*swap, columns) for swap in oracle.legal_swaps(state.cells, columns)]
        assert legal and not game.is_terminal(state) and game.solve(state) in legal
        before = pickle.dumps(state)
        step = game.transition(state, legal[int(rng.integers(len(legal)))], rng)
        assert pickle.dumps(state) == before
        assert step.is_legal and step.reward >= 3.0 and step.state.faces == state.faces
        assert len(step.state.cells) == rows * columns and set(step.state.cells) <= set(state.faces)
        if cascades:
            assert not oracle.matched(step.state.cells, columns)
        state = step.state


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(5, 8), st.integers(5, 8), st.integers(5, 8), st.booleans())
def test_tiles_that_are_gone_were_paid_for(seed: int, rows: int, columns: int, num_faces: int, cascades: bool) -> None:
    game = Swap(rows=rows, columns=columns, num_faces=num_faces, cascades=cascades)
    state = game.deal(np.random.default_rng(seed))
    action = game.legal_actions(state)[0]
    step = game.transition(state, action, np.random.default_rng(seed + 1))
    lost = Counter(state.cells) - Counter(step.state.cells)
    assert lost.total() <= step.reward


@given(st.integers(0, 10**6), st.integers(0, 4031))
def test_any_action(seed: int, index: int) -> None:
    game = Swap(num_faces=4)
    state = game.deal(np.random.default_rng(seed))
    action = game.action_at(index)
    step = game.transition(state, action, np.random.default_rng(0))
    first, second = action.indices(8, 8)
    assert step.is_legal == oracle.is_legal(state.cells, 8, first, second)
    assert game.transition(state, Pair(*action[2:], *action[:2]), np.random.default_rng(0)) == step
    if not step.is_legal:
        assert step.state is state and step.reward == 0.0


@pytest.mark.parametrize(
    "action", [(0, 0, 0, 8), (0, 8, 1, 0), (-1, 0, 0, 0), (0, 0, 8, 0), (0, 0, 0, 0), (0, 0, 1, 1)]
)
def test_no_such_swap(action: tuple[int, int, int, int]) -> None:
    game = Swap()
    state = Board(bytes([1, 2] * 32), bytes([1, 2, 3]))
    assert game.transition(state, Pair(*action), np.random.default_rng(0)) == Transition(state, 0.0, False)


def test_a_cell_outside_is_not_the_last_one() -> None:
    """The last tile would complete a run below (0,7)."""
    cells = bytearray(range(10, 74))
    cells[15] = cells[23] = cells[63] = 1
    state = Board(bytes(cells), bytes([1, 2, 3]))
    assert not Swap().transition(state, Pair(0, 7, 0, 8), np.random.default_rng(0)).is_legal
    assert not Swap().transition(state, Pair(0, 8, 0, 7), np.random.default_rng(0)).is_legal


def test_an_illegal_action_draws_nothing() -> None:
    game, rng = Swap(), np.random.default_rng(1)
    state = game.deal(np.random.default_rng(0))
    before = rng.bit_generator.state
    game.transition(state, Pair(0, 0, 5, 5), rng)
    assert rng.bit_generator.state == before


def test_cascades_are_paid_where_they_are_on_and_stand_where_they_are_off() -> None:
    """Three ones are cleared in the last row; the two twos above them fall beside a third."""
    state = Board(bytes([5, 6, 5, 3, 6, 5, 6, 4, 1, 2, 2, 4, 3, 1, 1, 2]), bytes([7, 8, 9]))
    action = Pair(2, 0, 3, 0)
    paid = Swap(rows=4, columns=4, num_faces=3).transition(state, action, np.random.default_rng(1))
    assert paid.reward == 6.0 and 2 not in paid.state.cells

    game = Swap(rows=4, columns=4, num_faces=3, cascades=False)
    step = game.transition(state, action, np.random.default_rng(1))
    assert step.reward == 3.0 and step.state.cells[3:] == bytes([3, 5, 6, 5, 4, 6, 5, 6, 4, 3, 2, 2, 2])
    after = game.transition(step.state, Pair(1, 1, 2, 1), np.random.default_rng(1))
    assert after.reward == 9.0, "three fives and three sixes, and the twos that stood"


def test_a_board_without_a_swap_is_terminal() -> None:
    game = Swap(rows=3, columns=3)
    state = Board(bytes(range(1, 10)), bytes(range(1, 10)))
    assert game.is_terminal(state) and game.legal_actions(state) == [] and game.solve(state) is None


def test_the_longest_reply() -> None:
    game = Swap(rows=16, columns=16)
    longest = max(range(1, 65), key=lambda face: len(LABELS[face]))
    board = Board(bytes([longest]) * 256, bytes([longest]))
    reply = ChatEnv(game).truth_reply(board, game.action_at(game.num_actions - 1))
    assert len(reply) == game.max_reply_chars


def test_rungs_hold_up() -> None:
    """Each rung has fewer legal swaps for each pair of neighbours than the one below it."""
    shares = []
    for knobs in Swap.LADDER.values():
        game = make_game("games/Swap-v0", **knobs)
        counts = [len(game.legal_actions(game.deal(np.random.default_rng(seed)))) for seed in range(40)]
        num_swaps = 2 * game.rows * game.columns - game.rows - game.columns
        shares.append(np.mean(counts) / num_swaps)
    assert shares == sorted(shares, reverse=True) and len(shares) == 4

from __future__ import annotations

import numpy as np
import pytest

from games import ChatEnv, Level, make_game
from games.core.tags import format_reply
from games.core.types import ReplyStatus
from games.errors import GamesError, KnobError, ReplyError, UnknownGameError

LEVEL = Level("games/ShisenSho-v0", {"rows": 4, "columns": 4, "num_faces": 4, "colours": 4, "shapes": 4}, 7)


@pytest.fixture
def env() -> ChatEnv:
    return ChatEnv.from_level(LEVEL)


def test_the_perfect_reply(env: ChatEnv) -> None:
    state = env.open(7)
    action = env.game.solve(state)
    result = env.turn(7, state, 0, env.truth_reply(state, action, "I see a pair."))
    assert result.status is ReplyStatus.LEGAL and result.reward == 1.0 and result.is_well_formed
    assert result.perception.exact and result.perception.cells == 1.0
    assert result.action == action and result.action_text == env.game.format(action)
    assert result.state == env.game.transition(state, action, None).state != state


def test_an_illegal_reply_is_a_turn(env: ChatEnv) -> None:
    state = env.open(7)
    legal = set(env.game.legal_actions(state))
    action = next(a for a in map(env.game.action_at, range(15)) if a not in legal)
    result = env.turn(7, state, 0, env.truth_reply(state, action))
    assert (result.status, result.reward, result.state) == (ReplyStatus.ILLEGAL, 0.0, state)
    assert result.action == action and result.is_well_formed and result.perception.exact


@pytest.mark.parametrize(
    "answer", ["", "(0,0)", "no pair", "(0,0) (0,0)", "(0,0) (4,0)", "(0,0) (0,1) (0,2)", "0,0 0,1"]
)
def test_an_unreadable_reply_is_a_turn(env: ChatEnv, answer: str) -> None:
    state = env.open(7)
    result = env.turn(7, state, 0, format_reply("", "", answer))
    assert (result.status, result.reward, result.state) == (ReplyStatus.UNREADABLE, 0.0, state)
    assert result.action is None and result.action_text is None and result.is_well_formed
    assert (result.perception.exact, result.perception.cells) == (False, 0.0)


def test_an_answer_counts_without_the_other_blocks(env: ChatEnv) -> None:
    state = env.open(7)
    result = env.turn(7, state, 0, f"<answer>{env.game.format(env.game.solve(state))}</answer>")
    assert result.status is ReplyStatus.LEGAL and not result.is_well_formed and result.perception.cells == 0.0


def test_perception_is_graded_cell_by_cell(env: ChatEnv) -> None:
    state = env.open(7)
    text = env.game.text(state)
    first, rest = text.split(";", 1)

    def cells(block: str) -> float:
        score = env.turn(7, state, 0, format_reply(block, "", "")).perception
        assert not score.exact
        return score.cells

    assert cells(f"(0,0) empty;{rest}") == 15 / 16
    assert cells(first) == 1 / 16
    assert cells(f"{first}; {first}") == 0.0, "a cell stated twice is not stated"
    assert cells(f"{text}; {first}") == 15 / 16
    assert cells(f"The board: {text}") == 15 / 16, "exact leaves no room for other words"
    assert cells("") == 0.0
    assert env.turn(7, state, 0, format_reply(text.upper().replace("\n", " "), "", "")).perception.exact


def test_the_truth_outside_its_block_earns_nothing(env: ChatEnv) -> None:
    state = env.open(7)
    text = env.game.text(state)
    for reply in (text, format_reply("", text, ""), format_reply("", "", text), f"<perception>{text}"):
        assert env.turn(7, state, 0, reply).perception.cells == 0.0


def test_the_random_stream_of_a_turn_is_its_own(env: ChatEnv) -> None:
    from games.core.chat import deal_rng, turn_rng

    draws = [rng.integers(2**62) for rng in (deal_rng(7), turn_rng(7, 0), turn_rng(7, 1), turn_rng(8, 0))]
    assert len(set(draws)) == 4
    assert turn_rng(7, 1).integers(2**62) == draws[2]


def test_thinking_cannot_break_the_reply(env: ChatEnv) -> None:
    state = env.open(7)
    with pytest.raises(ReplyError, match="tags"):
        env.truth_reply(state, env.game.solve(state), "so </think>")


def test_levels_that_cannot_be_built() -> None:
    with pytest.raises(UnknownGameError, match="did you mean 'games/ShisenSho-v0'"):
        ChatEnv.from_level(Level("games/Shisensho-v0", {}, 0))
    with pytest.raises(KnobError, match="did you mean 'columns'"):
        ChatEnv.from_level(Level("games/ShisenSho-v0", {"colums": 4}, 0))


def test_a_knob_of_the_wrong_type_is_an_error_whatever_was_built_before() -> None:
    ChatEnv.from_level(Level("games/ShisenSho-v0", {"rows": 6, "solvable": True}, 0))
    for knobs in ({"rows": 6.0, "solvable": True}, {"rows": 6, "solvable": 1}):
        with pytest.raises(KnobError, match="must be"):
            ChatEnv.from_level(Level("games/ShisenSho-v0", knobs, 0))


def test_a_state_can_be_shown_in_other_ways_than_by_its_picture() -> None:
    env = ChatEnv(make_game("games/ShisenSho-v0", rows=2, columns=4, num_faces=2, tile_px=28))
    state = env.open(0)
    seen = env.observe(state)
    image, text, both, blank = (env.message(state, kind) for kind in ("image", "text", "both", "blank"))
    assert np.array_equal(image.image, seen.image) and image.text == ""
    assert text.image is None and text.text.endswith(f":\n{seen.text}") and "no image" in text.text
    assert np.array_equal(both.image, seen.image) and seen.text in both.text and "no image" not in both.text
    assert blank.image.shape == seen.image.shape and len(np.unique(blank.image)) == 1 and blank.text == ""
    with pytest.raises(GamesError, match="observation must be one of image, text, both, blank, got 'sound'"):
        env.message(state, "sound")

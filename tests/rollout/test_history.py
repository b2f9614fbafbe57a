from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from easyr1.rollout.history import FEEDBACK, context_images, make_messages, past_turns
from easyr1.rollout.types import Context
from games.core.chat import state_words
from games.core.types import ReplyStatus
from games.errors import GamesError
from tests.rollout.fakes import UNREADABLE, Recorder, illegal_reply, play, solver_replies

SCRIPT = [UNREADABLE, illegal_reply(), *solver_replies()]


def contexts(window: int | None) -> list[Context]:
    recorder = Recorder(SCRIPT)
    play(recorder, window=window)
    return recorder.contexts


def kinds(message: dict[str, object]) -> list[str]:
    content = message["content"]
    assert isinstance(content, list)
    return [part["type"] for part in content]


def test_a_fresh_context_is_the_picture_and_the_prompt() -> None:
    context = contexts(None)[0]
    (message,) = make_messages(context)
    assert message == {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": context.prompt}]}
    assert context.prompt.strip()
    assert len(context_images(context)) == 1


def test_a_full_context_alternates_and_says_what_went_wrong() -> None:
    messages = make_messages(contexts(None)[4])
    assert [message["role"] for message in messages] == ["user", "assistant"] * 4 + ["user"]
    assert [message["content"][0]["text"] for message in messages[1::2]] == SCRIPT[:4]
    assert messages[2]["content"][1]["text"] == FEEDBACK[ReplyStatus.UNREADABLE]
    assert messages[4]["content"][1]["text"] == FEEDBACK[ReplyStatus.ILLEGAL]
    assert kinds(messages[6]) == kinds(messages[8]) == ["image"]


@pytest.mark.parametrize("window", [1, 2, 3, 5, 100, None])
def test_every_window_is_the_tail_of_the_whole(window: int | None) -> None:
    for whole, context in zip(contexts(None), contexts(window), strict=True):
        kept = len(context.past)
        assert kept == (whole.index if window is None else min(whole.index, window - 1))
        assert context.past == whole.past[len(whole.past) - kept :]
        assert (context.frame, context.state, context.index) == (whole.frame, whole.state, whole.index)
        # What is inside the window reads the same as it does in the whole; only the first message gets the prompt.
        messages, all_messages = make_messages(context), make_messages(whole)
        assert messages[1:] == all_messages[len(all_messages) - len(messages) + 1 :]
        assert messages[0] == all_messages[0]


@pytest.mark.parametrize("window", [1, 3, None])
def test_one_placeholder_a_picture_in_the_order_seen(window: int | None) -> None:
    for context in contexts(window):
        placeholders = sum(kinds(message).count("image") for message in make_messages(context))
        images = context_images(context)
        assert placeholders == len(images) == len(context.past) + 1
        shown = [turn.frame for turn in context.past] + [context.frame]
        assert [image.tobytes() for image in images] == [frame.image().tobytes() for frame in shown]


@pytest.mark.parametrize("window", [1, 3, None])
def test_states_as_text_as_both_and_as_grey_pictures(window: int | None) -> None:
    for context in contexts(window):
        shown = [turn.frame for turn in context.past] + [context.frame]
        plain = make_messages(context)
        assert make_messages(context, "blank") == plain == make_messages(context, "image")
        for observation, pictures in (("both", len(shown)), ("text", 0)):
            messages = make_messages(context, observation)
            users = messages[::2]
            assert messages[1::2] == plain[1::2]
            assert sum(kinds(message).count("image") for message in users) == pictures
            for message, frame in zip(users, shown, strict=True):
                assert message["content"][-1]["text"].endswith(state_words(frame.text, observation))
            assert users[0]["content"][-1]["text"].startswith(context.prompt)
            for message, turn in zip(users[1:], context.past, strict=True):
                assert (FEEDBACK.get(turn.status) or "") in message["content"][-1]["text"]
        assert context_images(context, "text") == []
        assert [image.tobytes() for image in context_images(context, "both")] == [
            frame.image().tobytes() for frame in shown
        ]
        greys = context_images(context, "blank")
        assert [grey.size for grey in greys] == [frame.image().size for frame in shown]
        assert all(grey.getcolors() == [(grey.width * grey.height, (127, 127, 127))] for grey in greys)


def test_an_observation_that_does_not_exist() -> None:
    with pytest.raises(GamesError, match="observation must be one of image, text, both, blank, got 'sound'"):
        make_messages(contexts(1)[0], "sound")


@given(st.lists(st.integers(), max_size=30), st.one_of(st.none(), st.integers(1, 40)))
def test_past_turns_drops_whole_old_turns(turns: list[int], window: int | None) -> None:
    kept = past_turns(turns, window)
    assert list(kept) == turns[len(turns) - len(kept) :]
    assert len(kept) == (len(turns) if window is None else min(len(turns), window - 1))

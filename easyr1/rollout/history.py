"""What of an episode's past a policy sees, and how it reads as a chat; the same in roll-out and in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from easyr1.rollout.types import Context, Turn
from games.core.chat import BLANK, state_words
from games.core.types import ReplyStatus

FEEDBACK = {
    ReplyStatus.ILLEGAL: "That action is not legal here. Nothing has changed; try again.",
    ReplyStatus.UNREADABLE: "No action could be read from that reply. Nothing has changed; try again.",
}


def past_turns(turns: Sequence[Turn], window: int | None) -> tuple[Turn, ...]:
    """The turns still in the context; whole old turns are dropped.

    Args:
        turns: All turns played so far, oldest first.
        window: Turns in a context, the current one included, 1 or more; None for all.
    """
    if window is None:
        return tuple(turns)
    return tuple(turns[max(0, len(turns) - (window - 1)) :])


def make_messages(context: Context, observation: str = "image") -> list[dict[str, Any]]:
    """A context as chat messages whose contents are lists of parts; `{"type": "image"}` stands for a picture.

    The first message holds the oldest picture in the window and the prompt. A later one holds a picture, and after a
    reply that was illegal or unreadable a line that says so.

    Args:
        context: What the policy is to reply to.
        observation: One of `games.core.types.OBSERVATIONS`, what each state is shown as: with `text` and `both` the
            state in words ends its message; with `text` no message has a picture.

    Raises:
        GamesError: There is no such observation.
    """
    frames = [*(turn.frame for turn in context.past), context.frame]
    states = [state_words(frame.text, observation) for frame in frames]
    has_image = observation != "text"
    messages = [_user(has_image, context.prompt, states[0])]
    for turn, state in zip(context.past, states[1:], strict=True):
        messages.append({"role": "assistant", "content": [{"type": "text", "text": turn.reply.text}]})
        messages.append(_user(has_image, FEEDBACK.get(turn.status), state))
    return messages


def context_images(context: Context, observation: str = "image") -> list[Image.Image]:
    """The pictures that the placeholders of `make_messages` stand for, in order; grey ones where they are `blank`."""
    if observation == "text":
        return []
    pictures = [frame.image() for frame in (*(turn.frame for turn in context.past), context.frame)]
    if observation == "blank":
        return [Image.new("RGB", picture.size, (BLANK, BLANK, BLANK)) for picture in pictures]
    return pictures


def _user(has_image: bool, *texts: str | None) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "image"}] if has_image else []
    words = "\n\n".join(text for text in texts if text)
    if words:
        parts.append({"type": "text", "text": words})
    return {"role": "user", "content": parts}

"""What of an episode's past a policy sees, and how it reads as a chat; the same in roll-out and in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from easyr1.rollout.types import Context, Turn
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


def make_messages(context: Context) -> list[dict[str, Any]]:
    """A context as chat messages whose contents are lists of parts; `{"type": "image"}` stands for a picture.

    The first message holds the oldest picture in the window and the prompt. A later one holds a picture, and after a
    reply that was illegal or unreadable a line that says so.
    """
    messages = [_user(context.prompt)]
    for turn in context.past:
        messages.append({"role": "assistant", "content": [{"type": "text", "text": turn.reply.text}]})
        messages.append(_user(FEEDBACK.get(turn.status)))
    return messages


def context_images(context: Context) -> list[Image.Image]:
    """The pictures that the placeholders of `make_messages` stand for, in order."""
    return [frame.image() for frame in (*(turn.frame for turn in context.past), context.frame)]


def _user(text: str | None) -> dict[str, Any]:
    parts = [{"type": "image"}]
    if text is not None:
        parts.append({"type": "text", "text": text})
    return {"role": "user", "content": parts}

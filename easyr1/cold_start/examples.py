"""An example: what the model is shown in training, in the form in which it is kept, and the reply it should give."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from easyr1.rollout.history import FEEDBACK, make_messages
from easyr1.rollout.types import Context
from games.core.types import Level

IMAGE = "<image>"
"""Stands for a picture in a message, where verl's dataset for supervised training puts the next one of the row."""

REASONS = {
    "duplicate": "the same state is there already",
    "terminal": "the game was over, so no turn was left to be played",
    "no_answer": "the solver had no legal answer",
    "unreadable": "no action could be read from the reply",
    "malformed": "the reply did not have exactly the three blocks asked for",
    "illegal": "the answer was not legal",
    "altered_perception": "the perception block was not the truth that was given",
    "no_thinking": "the thinking block was empty",
    "reserved_words": "the thinking held words that stand for a picture or a mark between messages",
    "failed_request": "the endpoint gave no reply",
    "prompt_too_long": "the prompt of this turn alone is longer than max_prompt_length",
    "reply_too_long": "the reply is longer than max_response_length",
    "game_failed": "the game raised an error",
}
"""Why a turn became no example, and what that means."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A turn that became no example: `reason` is one of REASONS; `detail` says more, perhaps."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A turn with the reply that should be given.

    Attributes:
        level, turn: Where it comes from; turns count from 0.
        messages: `role` and `content` in turn, with IMAGE in the place of each picture; the last is the reply.
        images: The pictures as PNG files, in order.
        truth: The state in words.
        action: The action of the reply, as the game spells it.
        state: Name of the state shown: equal for what looks and reads the same, and is asked in the same words.
        prompt_tokens, reply_tokens: As the model's processor counts them, None without one.
    """

    level: Level
    turn: int
    messages: tuple[Mapping[str, str], ...]
    images: tuple[bytes, ...]
    truth: str
    action: str
    state: str
    prompt_tokens: int | None = None
    reply_tokens: int | None = None

    @property
    def reply(self) -> str:
        """The reply that should be given."""
        return self.messages[-1]["content"]

    @classmethod
    def of(cls, context: Context, reply: str, action: str, tokens: tuple[int, int] | None = None) -> Example:
        """The example of a reply to a context, whose level is known; `tokens` of prompt and reply."""
        assert context.level is not None, "a context of an episode has its level"
        return cls(
            level=context.level,
            turn=context.index,
            messages=(*flat_messages(make_messages(context)), {"role": "assistant", "content": reply}),
            images=tuple(frame.png for frame in (*(turn.frame for turn in context.past), context.frame)),
            truth=context.frame.text,
            action=action,
            state=state_name(context),
            prompt_tokens=tokens[0] if tokens else None,
            reply_tokens=tokens[1] if tokens else None,
        )


def flat_messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Chat messages of parts as messages of plain text, with IMAGE in the place of each picture."""
    return [{"role": str(one["role"]), "content": "".join(map(_flat, one["content"]))} for one in messages]


def _flat(part: Mapping[str, Any]) -> str:
    if part["type"] == "image":
        return IMAGE
    text = str(part["text"])
    assert IMAGE not in text and "<video>" not in text, "words that the dataset would take for a picture"
    return text


def state_name(context: Context) -> str:
    """Name of what is shown: 16 hex digits of picture and truth, and of what is said about the reply before."""
    said = context.past and FEEDBACK.get(context.past[-1].status)
    words = (context.frame.digest, context.frame.text, *((said,) if said else ()))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]

"""A model as a teacher: it is given the truth, and its reply counts when it is legal and repeats the truth."""

from __future__ import annotations

import re
from dataclasses import replace

from easyr1.cold_start.examples import Rejected
from easyr1.cold_start.replies import ReplyLog
from easyr1.cold_start.teachers import Answer
from easyr1.rollout.limits import ContextOverflow
from easyr1.rollout.types import Context, Policy, PolicyFailed
from games.core.chat import ChatEnv
from games.core.tags import parse_reply
from games.core.types import ReplyStatus

NOTE = (
    "Below, the image is also described in words. Copy these words into the perception block exactly as they are. In "
    "the think block work out your answer in a few short sentences: what you look at, why an action is legal or not, "
    "and what you choose. Think as someone who sees the image alone, and never mention that it was described to you."
)
"""What the teacher is told beside the prompt of training; the truth in words follows it."""

_RESERVED = re.compile(r"<image>|<video>|<\|[^<>|\s]+\|>")
"""Words that a dataset takes for a picture, or a tokenizer for a mark such as the end of a message."""


class ChatTeacher:
    """Asks a model for each answer, and keeps what it said.

    Args:
        policy: The model; it must show states as `both`, pictures and words.
        log: Of the replies so far.
    """

    def __init__(self, policy: Policy, log: ReplyLog) -> None:
        self._policy, self._log = policy, log

    async def answer(self, context: Context) -> Answer | Rejected:
        """What the model thinks and does, if its whole reply is right. Raises ConfigError when it cannot be asked."""
        told = replace(context, prompt=f"{context.prompt}\n\n{NOTE}")
        reply = self._log.find(told)
        if reply is None:
            try:
                fresh = await self._policy.reply(told)
            except (PolicyFailed, ContextOverflow) as error:
                return Rejected("failed_request", str(error))
            self._log.add(told, fresh)
            reply = fresh.text
        return judge(context, reply)


def judge(context: Context, reply: str) -> Answer | Rejected:
    """What a reply thinks and does, or the first thing that is wrong with it."""
    assert context.level is not None, "a context of an episode has its level"
    env = ChatEnv.from_level(context.level)
    result = env.turn(context.level.seed, context.state, context.index, reply)
    thinking = (parse_reply(reply).thinking or "").strip()
    if result.status is ReplyStatus.UNREADABLE:
        return Rejected("unreadable")
    if not result.is_well_formed:
        return Rejected("malformed")
    if not result.perception.exact:
        return Rejected("altered_perception")
    if result.status is ReplyStatus.ILLEGAL:
        return Rejected("illegal")
    if _RESERVED.search(thinking):
        return Rejected("reserved_words")
    return Answer(thinking, result.action) if thinking else Rejected("no_thinking")

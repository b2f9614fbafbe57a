"""A policy that reads its replies from a list."""

from __future__ import annotations

from collections.abc import Sequence

from easyr1.rollout.types import Context, PolicyFailed, Reply


class ScriptedPolicy:
    """Gives reply i at turn i of every episode; it holds no state, so any number of episodes may share it.

    Args:
        replies: Texts, one a turn.
    """

    def __init__(self, replies: Sequence[str]) -> None:
        self._replies = tuple(replies)

    async def reply(self, context: Context) -> Reply:
        """The reply of the context's turn. Raises PolicyFailed when the script is over."""
        if context.index >= len(self._replies):
            raise PolicyFailed(f"the script has {len(self._replies)} replies, turn {context.index} asks for one more")
        return Reply(self._replies[context.index])

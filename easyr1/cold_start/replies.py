"""Replies that have been paid for, a line each as they come: a run that is taken up again asks for none twice."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from easyr1.policies.usage import ReplyUsage
from easyr1.rollout.history import make_messages
from easyr1.rollout.types import Context, Reply


@dataclass(slots=True)
class Spent:
    """What all replies together have taken; tokens as the endpoint counts them."""

    replies: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    cost: float = 0.0

    def add(self, usage: ReplyUsage) -> None:
        """Count a reply."""
        self.replies += 1
        self.prompt_tokens += usage.prompt_tokens
        self.reply_tokens += usage.reply_tokens
        self.cost += usage.cost

    def to_dict(self) -> dict[str, float]:
        """The counts as JSON values."""
        return asdict(self)


class ReplyLog:
    """Keeps replies in a file of one JSON object a line, by what they are replies to; `with` closes it.

    Args:
        path: Of the file, made when there is none; a last line that a killed run left half-written is passed over.

    Attributes:
        spent: What all replies in it have taken, of whatever run.

    Raises:
        OSError: The file cannot be written: better now than when the first reply has been paid for.
    """

    def __init__(self, path: Path) -> None:
        self._replies: dict[str, str] = {}
        self.spent = Spent()
        content = path.read_bytes() if path.is_file() else b""
        for line in content.splitlines():
            self._take(line)
        self._is_torn = not (content or b"\n").endswith(b"\n")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def find(self, context: Context) -> str | None:
        """The reply to a context, None when there is none yet."""
        return self._replies.get(context_name(context))

    def add(self, context: Context, reply: Reply) -> None:
        """Keep a reply; whatever ends this process, it is kept once this has returned. Raises OSError."""
        usage = reply.tokens if isinstance(reply.tokens, ReplyUsage) else ReplyUsage()
        name = context_name(context)
        self._write(json.dumps({"to": name, "reply": reply.text, "usage": asdict(usage)}).encode())
        self._replies[name] = reply.text
        self.spent.add(usage)

    def __enter__(self) -> ReplyLog:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _write(self, line: bytes) -> None:
        """Append a line; one that a kill or a full disk left half-written is ended first."""
        left = memoryview((b"\n" if self._is_torn else b"") + line + b"\n")
        self._is_torn = True
        while left:
            left = left[os.write(self._file.fileno(), left) :]
        self._is_torn = False

    def _take(self, line: bytes) -> None:
        """Take in a line of the file, unless it is no reply."""
        try:
            row = json.loads(line)
            name, reply, usage = str(row["to"]), str(row["reply"]), ReplyUsage(**row["usage"])
        except (ValueError, KeyError, TypeError):
            return
        self._replies[name] = reply
        self.spent.add(usage)


def context_name(context: Context) -> str:
    """Name of all that a reply can depend on: level, turn, words and pictures."""
    level = context.level.to_dict() if context.level else None
    pictures = [frame.digest for frame in (*(turn.frame for turn in context.past), context.frame)]
    told = json.dumps([level, context.index, make_messages(context, "both"), pictures], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:24]

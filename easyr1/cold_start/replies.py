"""Replies that have been paid for, a line each as they come: a run that is taken up again asks for none twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

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
    """Keeps replies in a file of one JSON object a line, by what they are replies to.

    Args:
        path: Of the file; a last line that a killed run left half-written is passed over.

    Attributes:
        spent: What all replies in it have taken, of whatever run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._replies: dict[str, str] = {}
        self._file: TextIO | None = None
        self.spent = Spent()
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            row = _read(line)
            if row is not None:
                self._replies[str(row["to"])] = str(row["reply"])
                self.spent.add(ReplyUsage(**row["usage"]))

    def find(self, context: Context) -> str | None:
        """The reply to a context, None when there is none yet."""
        return self._replies.get(context_name(context))

    def add(self, context: Context, reply: Reply) -> None:
        """Keep a reply; it is on disk when this returns."""
        usage = reply.tokens if isinstance(reply.tokens, ReplyUsage) else ReplyUsage()
        name = context_name(context)
        row = {"to": name, "reply": reply.text, "usage": asdict(usage)}
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            if self._path.stat().st_size:
                # Ends a line that a killed run left half-written.
                self._file.write("\n")
        self._file.write(f"{json.dumps(row)}\n")
        self._file.flush()
        self._replies[name] = reply.text
        self.spent.add(usage)

    def close(self) -> None:
        """Close the file; a later `add` opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None


def context_name(context: Context) -> str:
    """Name of all that a reply can depend on: level, turn, words and pictures."""
    level = context.level.to_dict() if context.level else None
    pictures = [frame.digest for frame in (*(turn.frame for turn in context.past), context.frame)]
    told = json.dumps([level, context.index, make_messages(context, "both"), pictures], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _read(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and {"to", "reply", "usage"} <= set(row) else None

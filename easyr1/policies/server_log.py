"""What the log of a server says, in one line."""

from __future__ import annotations

import re
from pathlib import Path

from easyr1.policies.chat_faults import shorten

TAIL_BYTES = 1 << 16

_CAUSE = re.compile(r"\b(\w*(?:Error|Exception): .+|Value error, .+|error: .+|guard: .+)")
_PREFIX = re.compile(r"^(\(\w+ pid=\d+\) )?([A-Z]+ [\d: -]+\[\S+\] )?")
_NOISE = ("Engine core initialization failed", "WorkerProc initialization failed")


def cause_of_death(log: Path) -> str:
    """The line of a log that says best why its program ended, shortened."""
    lines = _tail(log)
    found = [match[1] for line in lines if (match := _CAUSE.search(line)) and not any(one in line for one in _NOISE)]
    return shorten(found[-1] if found else lines[-1] if lines else "it said nothing")


def last_line(log: Path) -> str:
    """What a program has said last, shortened."""
    lines = _tail(log)
    return shorten(lines[-1]) if lines else "nothing in its log yet"


def _tail(log: Path) -> list[str]:
    """The last lines of a log that are not empty."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    lines = (_PREFIX.sub("", line).strip() for line in text.splitlines())
    return [line for line in lines if line]

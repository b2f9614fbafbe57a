"""What can go wrong between a request and its reply, and what the words of an endpoint say about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

MAX_WAIT_S = 60.0
"""Longest wait before a request is repeated, whatever the endpoint asks for."""

MESSAGE_CHARS = 160
WORTH_REPEATING = (408, 409, 425, 429)
"""Statuses below 500 that may be better the next time."""

_TOO_LONG = re.compile(
    r"context.?(length|window|size)|maximum (context|model length|allowed length|number of tokens)|prompt is too long",
    re.IGNORECASE,
)


class NoAnswer(Exception):
    """A request that came to nothing; another one may do better.

    Args:
        reason: In a few words that are the same each time.
        wait_s: How long the endpoint asks to wait.
    """

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class TimedOut(NoAnswer):
    """The answer was not complete in time."""


class Unreachable(NoAnswer):
    """Nobody takes the connection."""


class Refused(Exception):
    """The endpoint does not serve such a request, however often it is sent.

    Args:
        status: HTTP status.
        message: One line.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def is_too_long(status: int, code: str, words: str) -> bool:
    """Whether an error says that the context does not fit the model."""
    return status in (400, 413, 422) and bool(_TOO_LONG.search(f"{code} {words}"))


def is_worth_repeating(status: int, code: str) -> bool:
    """Whether the same request may do better the next time; an account without money will not."""
    return status >= 500 or (status in WORTH_REPEATING and code != "insufficient_quota")


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks to wait, from 0 to MAX_WAIT_S; a date counts from the answer's own."""
    text = headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
            seconds = (until - now).total_seconds()
        except (TypeError, ValueError):
            return 0.0
    return min(seconds, MAX_WAIT_S) if seconds > 0 else 0.0


def error_words(text: str) -> tuple[str, str]:
    """Code and message in the body of an error, in any of the forms that servers use; empty where there is none."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return "", "" if text.lstrip().startswith("<") else text
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(error, Mapping):
        return "", str(error)
    words = next((error[key] for key in ("message", "detail", "error") if error.get(key)), "")
    return str(error.get("code", "")), str(words)


def shorten(words: str) -> str:
    """Words of somebody else as one line of at most MESSAGE_CHARS characters that can be printed."""
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return line if len(line) <= MESSAGE_CHARS else f"{line[: MESSAGE_CHARS - 3]}..."

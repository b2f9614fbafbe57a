"""How to speak to a chat endpoint: the keys `chat.*` of an evaluation, checked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from easyr1.errors import ConfigError

SAMPLING = ("temperature", "top_p", "max_tokens", "seed", "stop")
"""Keys that travel in a request under their own names."""

RESERVED = ("model", "messages", "stream", "n", *SAMPLING)
"""Keys that `extra_body` may not hold."""


@dataclass(frozen=True, kw_only=True)
class ChatSettings:
    """An endpoint that speaks OpenAI's `/chat/completions`, and how to ask it.

    Attributes:
        base_url: Address before `/chat/completions`; most end in `/v1`.
        model: Name of the model; None takes the only one that the endpoint lists.
        temperature: 0 or more; None leaves it to the endpoint.
        top_p: Above 0, at most 1; None leaves it to the endpoint.
        max_tokens: Longest reply; None leaves it to the endpoint.
        seed: Of the sampling; every request gets its own, made from this, the level, the repeat and the turn. None
            leaves it to the endpoint.
        stop: Texts at which a reply ends.
        concurrency: Replies that may be under way at once.
        timeout_s: Longest time of one request, from its start to the last byte of the answer.
        retries: Requests beyond the first where trying again may help.
        backoff_s: Wait before the first repeat; it doubles with each one.
        price_in, price_out: Of a million tokens of context and of reply, in any currency.
        key_variable: Name of the environment variable that holds the endpoint's key, in capitals; it may be unset, and
            None sends no key.
        extra_body: What else goes into every request, such as `top_k` or `max_completion_tokens`; JSON values.

    Raises:
        ConfigError: A value is out of range; the message names its key.
    """

    base_url: str = "http://localhost:8000/v1"
    model: str | None = None
    temperature: float | None = 0.0
    top_p: float | None = 1.0
    max_tokens: int | None = 1024
    seed: int | None = None
    stop: Sequence[str] = ()
    concurrency: int = 8
    timeout_s: float = 120.0
    retries: int = 4
    backoff_s: float = 1.0
    price_in: float = 0.0
    price_out: float = 0.0
    key_variable: str | None = "OPENAI_API_KEY"
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_url(self.base_url)
        if self.model is not None and (not isinstance(self.model, str) or not self.model.strip()):
            raise _wrong("model", self.model, "the name of a model, or null to ask the endpoint")
        self._check_numbers()
        # The value is not shown: it may be the key itself, put here by mistake.
        if self.key_variable is not None and not re.fullmatch(r"[A-Z_][A-Z0-9_]*", str(self.key_variable)):
            raise ConfigError(
                "chat.key_variable: it must be the name of an environment variable in capitals, or null; "
                "the key itself belongs in that variable"
            )
        object.__setattr__(self, "stop", _checked_stop(self.stop))
        object.__setattr__(self, "extra_body", _checked_body(self.extra_body))

    def sampling(self) -> dict[str, Any]:
        """The part of a request's body that is the same for all, without model, messages and seed."""
        values = {name: getattr(self, name) for name in SAMPLING if name != "seed"}
        return {**{name: value for name, value in values.items() if value not in (None, ())}, **self.extra_body}

    def cost(self, prompt_tokens: int, reply_tokens: int) -> float:
        """Price of that many tokens."""
        return (prompt_tokens * self.price_in + reply_tokens * self.price_out) / 1e6

    def _check_numbers(self) -> None:
        for name, least, optional in (
            ("max_tokens", 1, True),
            ("seed", 0, True),
            ("concurrency", 1, False),
            ("retries", 0, False),
        ):
            value = getattr(self, name)
            if not (_is_whole(value) and value >= least) and not (optional and value is None):
                raise _wrong(name, value, f"a whole number, {least} or more{_or_null(optional)}")
        for name, optional in (("temperature", True), ("backoff_s", False), ("price_in", False), ("price_out", False)):
            value = getattr(self, name)
            if not (_is_number(value) and value >= 0) and not (optional and value is None):
                raise _wrong(name, value, f"a number, 0 or more{_or_null(optional)}")
        if not (_is_number(self.timeout_s) and self.timeout_s > 0):
            raise _wrong("timeout_s", self.timeout_s, "a number above 0")
        if self.top_p is not None and not (_is_number(self.top_p) and 0 < self.top_p <= 1):
            raise _wrong("top_p", self.top_p, "a number above 0, at most 1, or null")


def _check_url(url: Any) -> None:
    expected = "an address such as http://localhost:8000/v1"
    if not isinstance(url, str) or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise _wrong("base_url", url, expected)
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, has_host = urlsplit(""), False
    if "@" in parts.netloc or parts.query or parts.fragment:
        # Not shown: what stands there is a password or a key.
        raise ConfigError("chat.base_url: it must have no user, no `?` and no `#`; chat.key_variable names the key")
    if parts.scheme not in ("http", "https") or not has_host:
        raise _wrong("base_url", url, expected)
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise _wrong("base_url", url, "the address before /chat/completions")


def _checked_stop(stop: Any) -> tuple[str, ...]:
    texts = (stop,) if isinstance(stop, str) else stop
    if not isinstance(texts, Sequence) or not all(isinstance(text, str) and text for text in texts):
        raise _wrong("stop", stop, "a list of texts")
    return tuple(texts)


def _checked_body(body: Any) -> dict[str, Any]:
    """An own copy of plain JSON values."""
    if not isinstance(body, Mapping):
        raise _wrong("extra_body", body, "a mapping from names to values")
    for name in RESERVED:
        if name in body:
            own = f"chat.{name} sets it" if name in ("model", *SAMPLING) else "the evaluation sets it"
            raise ConfigError(f"chat.extra_body: {name} given; {own}")
    try:
        copy: dict[str, Any] = json.loads(json.dumps(dict(body), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"chat.extra_body: it must hold JSON values alone: {error}") from error
    return copy


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _or_null(optional: bool) -> str:
    return ", or null" if optional else ""


def _wrong(key: str, value: Any, expected: str) -> ConfigError:
    return ConfigError(f"chat.{key}: {value!r} given; it must be {expected}")

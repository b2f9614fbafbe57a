"""Requests to a chat endpoint: each has an end, and the key stands in its header alone."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx

from easyr1.errors import ConfigError
from easyr1.policies.chat_faults import (
    NoAnswer,
    Refused,
    TimedOut,
    Unreachable,
    error_words,
    is_too_long,
    is_worth_repeating,
    retry_after,
    shorten,
)
from easyr1.policies.chat_settings import ChatSettings
from easyr1.rollout.limits import ContextOverflow

CONNECT_S = 10.0
"""Longest time to reach the endpoint; a request that has reached it has `timeout_s` in all."""

V1_HINT = "most addresses end in /v1"
MODELS_SHOWN = 10
HIDDEN = "[key]"
SECRET_CHARS = 16
"""A key this long is a secret and in no reply by chance; local servers are given words such as EMPTY."""


class ChatClient:
    """Sends requests and judges their answers.

    Args:
        settings: Of the endpoint. The key is read from the environment here.

    Raises:
        ConfigError: The key cannot stand in a header.
    """

    def __init__(self, settings: ChatSettings) -> None:
        self._key_variable = settings.key_variable
        self._key = _read_key(settings.key_variable)
        self._model = settings.model
        self._url = settings.base_url.rstrip("/")
        self._timeout_s = settings.timeout_s
        is_local = _is_local(settings.base_url)
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(None, connect=min(CONNECT_S, settings.timeout_s / 2)),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=settings.concurrency),
            # A proxy of the environment cannot reach this machine's own servers.
            trust_env=not is_local,
            # Reading certificates takes longer than many a reply; without TLS and without a proxy there are none.
            verify=not (is_local and settings.base_url.startswith("http:")),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def model(self) -> str:
        """Name of the model: the one given, else the only one of the endpoint.

        Raises:
            ConfigError: The endpoint lists none or several, or has no list.
            NoAnswer, Refused: The list did not come.
        """
        if self._model is None:
            try:
                listed = await self._send("GET", "models", None)
            except Refused as error:
                if error.status not in (404, 405):
                    raise
                hint = f"{V1_HINT}, or give chat.model=NAME where there is no list"
                raise ConfigError(f"chat.base_url: {self._url}/models answers {error}; {hint}") from error
            rows = listed.get("data") if isinstance(listed, Mapping) else None
            if not isinstance(rows, list):
                raise NoAnswer("no list of models in the answer")
            names = [str(row["id"]) for row in rows if isinstance(row, Mapping) and "id" in row]
            if len(names) != 1:
                raise ConfigError(f"chat.model: {self._url} {_listed(names)}; give one by chat.model=NAME")
            self._model = names[0]
        return self._model

    async def complete(self, body: Mapping[str, Any]) -> Any:
        """The answer to a `/chat/completions` request, as JSON values.

        Args:
            body: The request without its model.

        Raises:
            ContextOverflow: The context does not fit the model.
            NoAnswer: No answer came; another request may do better.
            Refused: No request of this kind will be answered.
            ConfigError: As `model` does.
        """
        return await self._send("POST", "chat/completions", {"model": await self.model(), **body})

    def without_key(self, text: str) -> str:
        """A reply as it may be written down, should an endpoint repeat the key in it."""
        return text.replace(self._key, HIDDEN) if len(self._key) >= SECRET_CHARS else text

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if content else {}
        try:
            # One deadline for all of it: a body that arrives byte by byte never lets a time-out between bytes pass.
            # Not asyncio.wait_for, which before Python 3.12 may swallow the cancellation of an interrupted run.
            with anyio.fail_after(self._timeout_s):
                response = await self._http.request(method, f"{self._url}/{path}", content=content, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unreachable("no connection") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut(f"timed out after {self._timeout_s:g} s") from error
        except httpx.HTTPError as error:
            raise NoAnswer("connection lost") from error
        if response.status_code != httpx.codes.OK:
            raise self._fault(response)
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError) as error:
            raise NoAnswer("broken JSON in the answer") from error

    def _fault(self, response: httpx.Response) -> Exception:
        """What a status other than 200 means."""
        status, (code, words) = response.status_code, error_words(response.text)
        if response.is_redirect:
            words = f"sent on to {response.headers.get('location')}"
        words = shorten(self._hide_key(words))
        message = f"HTTP {status}: {words}" if words else f"HTTP {status}"
        if is_too_long(status, code, words):
            return ContextOverflow(message)
        if is_worth_repeating(status, code):
            return NoAnswer(f"HTTP {status}", retry_after(response.headers))
        if status == httpx.codes.UNAUTHORIZED and self._key_variable:
            state = "the key is" if self._key else "there is no key"
            message += f" ({state} in the environment variable {self._key_variable})"
        return Refused(status, message)

    def _hide_key(self, words: str) -> str:
        """The words without the key, and without what endpoints show in its place, such as `sk-ab****yz`."""
        if self._key:
            words = re.sub(re.escape(self._key), HIDDEN, words, flags=re.IGNORECASE)
            words = re.sub(r"\S*\*{3,}\S*", HIDDEN, words)
        return words


def _read_key(variable: str | None) -> str:
    key = os.environ.get(variable, "").strip() if variable else ""
    # The library's own complaint would show the key.
    if not all(" " < char <= "~" for char in key):
        raise ConfigError(f"chat.key_variable: the value of {variable} has characters that no key has")
    return key


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listed(names: list[str]) -> str:
    if not names:
        return "lists no models"
    more = f" and {len(names) - MODELS_SHOWN} more" if len(names) > MODELS_SHOWN else ""
    return f"lists {len(names)} models: {', '.join(map(shorten, names[:MODELS_SHOWN]))}{more}"

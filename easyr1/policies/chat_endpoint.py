"""A policy behind an OpenAI-compatible endpoint: vLLM, SGLang, OpenAI, or another provider."""

from __future__ import annotations

import asyncio
import copy
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.random import SeedSequence, default_rng

from easyr1.errors import ConfigError
from easyr1.policies.chat_client import V1_HINT, ChatClient
from easyr1.policies.chat_faults import MAX_WAIT_S, NoAnswer, Refused, TimedOut, Unreachable
from easyr1.policies.chat_messages import reply_text, request_messages, token_counts
from easyr1.policies.chat_settings import SAMPLING, ChatSettings
from easyr1.policies.usage import ReplyUsage, Usage
from easyr1.rollout.limits import ContextOverflow
from easyr1.rollout.types import Context, Frame, PolicyFailed, Reply
from games.core.chat import BLANK
from games.core.types import OBSERVATIONS, Observation

T = TypeVar("T")

PROBE_PX = 112
"""Side of the picture that `check` sends; no model that sees refuses it as too small."""


class ChatEndpointPolicy:
    """Asks an endpoint for replies; `async with` closes its connections.

    Any number of episodes may share it: `settings.concurrency` replies are under way at once, the others wait. A
    request that fails is repeated where that may help; its reply keeps its place meanwhile, so an endpoint that is
    overrun is asked less.

    Args:
        settings: Of the endpoint.
        observation: What of a state is sent, one of `games.core.types.OBSERVATIONS`.

    Attributes:
        settings: As given.
        observation: As given.
        usage: What all replies have taken so far.

    Raises:
        ConfigError: There is no such observation, or the key in the environment cannot be one.
    """

    def __init__(self, settings: ChatSettings, observation: str = "image") -> None:
        if observation not in OBSERVATIONS:
            raise ConfigError(f"observation: {observation!r} given; it must be one of {', '.join(OBSERVATIONS)}")
        self.settings = settings
        self.observation = observation
        self.usage = Usage()
        self._client = ChatClient(settings)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._repeat = 0

    async def __aenter__(self) -> ChatEndpointPolicy:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; also those of the policies made by `for_repeat`."""
        await self._client.aclose()

    def for_repeat(self, repeat: int) -> ChatEndpointPolicy:
        """The same policy, its connections and counts shared, with the seeds of another repeat of the levels."""
        other = copy.copy(self)
        other._repeat = repeat
        return other

    async def model(self) -> str:
        """Name of the model that is asked.

        Raises:
            ConfigError: None is given, and the endpoint does not list exactly one.
        """
        try:
            return await self._insist(self._client.model, (), Usage())
        except PolicyFailed as error:
            reason = f"{self.settings.base_url} lists no models: {error}; give one by chat.model=NAME"
            raise ConfigError(f"chat.model: {reason}") from error

    async def check(self) -> None:
        """Ask for one reply to a grey picture before a run, so that a wrong setting ends it at once.

        An endpoint that is there and only fails to answer passes: it may recover.

        Raises:
            ConfigError: Nobody takes the connection, or the endpoint refuses such requests; the message names the key.
        """
        grey = Frame.from_observation(Observation(np.full((PROBE_PX, PROBE_PX, 3), BLANK, np.uint8), "nothing"))
        probe = Context("Reply with the word ready.", (), grey)
        try:
            await self._ask(self._body(probe), Usage())
        except Unreachable as error:
            raise ConfigError(f"chat.base_url: {self.settings.base_url} takes no connection; is it running?") from error
        except ContextOverflow as error:
            raise ConfigError(f"chat.max_tokens: {error}") from error
        except Refused as error:
            key = _key_behind(error, self.settings)
            hint = f"; {V1_HINT}" if key == "base_url" and error.status == 404 else ""
            raise ConfigError(f"chat.{key}: {self.settings.base_url} answers {error}{hint}") from error
        except NoAnswer:
            return

    async def reply(self, context: Context) -> Reply:
        """The endpoint's reply, with a ReplyUsage.

        Raises:
            ContextOverflow: The context does not fit the model.
            PolicyFailed: No reply came; the text says why, in words that are the same each time.
            ConfigError: No model is given, and the endpoint lists none or several.
        """
        async with self._slots:
            body, start, spent = self._body(context), time.perf_counter(), Usage()
            try:
                text, counts = await self._insist(lambda: self._ask(body, spent), self._place(context), spent)
            finally:
                seconds = time.perf_counter() - start
                self.usage.seconds += seconds
                self.usage.retries += spent.retries
        return Reply(text, ReplyUsage(*counts, seconds, spent.cost, spent.retries))

    async def _insist(self, ask: Callable[[], Awaitable[T]], place: tuple[int, ...], spent: Usage) -> T:
        """What comes of asking, as often as it takes and `retries` allows."""
        for attempt in range(self.settings.retries + 1):
            spent.retries = attempt
            try:
                return await ask()
            except Refused as error:
                raise PolicyFailed(str(error)) from error
            except NoAnswer as error:
                if attempt == self.settings.retries:
                    raise PolicyFailed(_with_tries(error, attempt + 1)) from error
                wait_s = max(error.wait_s, backoff(self.settings, place, attempt))
            await asyncio.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    async def _ask(self, body: Mapping[str, Any], spent: Usage) -> tuple[str, tuple[int, int]]:
        """Text and token counts of one request; what is charged is counted, also for an answer without a reply."""
        self.usage.requests += 1
        answer = await self._client.complete(body)
        counts = token_counts(answer)
        cost = self.settings.cost(*counts)
        spent.cost += cost
        self.usage.prompt_tokens += counts[0]
        self.usage.reply_tokens += counts[1]
        self.usage.cost += cost
        return self._client.without_key(reply_text(answer)), counts

    def _body(self, context: Context) -> dict[str, Any]:
        body = {"messages": request_messages(context, self.observation), **self.settings.sampling()}
        if self.settings.seed is not None:
            seeds = SeedSequence(self.settings.seed, spawn_key=self._place(context))
            body["seed"] = int(seeds.generate_state(1)[0]) >> 1
        return body

    def _place(self, context: Context) -> tuple[int, int, int]:
        """What tells a reply from all others."""
        return (context.level.seed if context.level else 0, self._repeat, context.index)


def backoff(settings: ChatSettings, place: tuple[int, ...], attempt: int) -> float:
    """Seconds to wait after failed attempt number `attempt`, 0-based.

    `backoff_s`, doubled each time, times a random number in [0.5, 1) which the place (level seed, repeat and turn) and
    the attempt alone decide, so that replies that failed together do not come back together.
    """
    die = default_rng(SeedSequence(0, spawn_key=(*place, attempt))).random()
    return min(settings.backoff_s * 2.0 ** min(attempt, 32) * (0.5 + die / 2), MAX_WAIT_S)


def _key_behind(error: Refused, settings: ChatSettings) -> str:
    """The key of the settings that a refusal is about, as far as it can be told."""
    if error.status in (401, 402, 403, 429):
        return "key_variable"
    words = str(error).lower()
    for names, key in ((settings.extra_body, "extra_body"), *(((name,), name) for name in SAMPLING)):
        if any(re.search(rf"\b{re.escape(name.lower())}\b", words) for name in names):
            return key
    return "model" if "model" in words or "image" in words else "base_url"


def _with_tries(error: NoAnswer, tries: int) -> str:
    link = "," if isinstance(error, TimedOut) else " after"
    return f"{error}{link} {tries} {'try' if tries == 1 else 'tries'}"

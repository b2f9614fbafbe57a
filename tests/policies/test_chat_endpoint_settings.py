"""Settings that cannot be, and the key that is nowhere."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import asdict
from typing import Any

import pytest

from easyr1.errors import ConfigError
from easyr1.policies.chat_endpoint import ChatEndpointPolicy
from easyr1.policies.chat_settings import ChatSettings
from easyr1.rollout.types import PolicyFailed
from tests.policies.endpoint import Endpoint, fails, says
from tests.policies.test_chat_endpoint import FIRST, ask, use

KEY = "sk-proj-Ab3dE5gH7jK9mN1pQ"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("base_url", ""),
        ("base_url", "localhost:8000/v1"),
        ("base_url", "ftp://host/v1"),
        ("base_url", "http://"),
        ("base_url", "http://host:99999/v1"),
        ("base_url", "http://[1/v1"),
        ("base_url", "http://host/v1 x"),
        ("base_url", "http://host/v1/chat/completions/"),
        ("base_url", None),
        ("model", " "),
        ("model", 3),
        ("temperature", -0.1),
        ("temperature", float("nan")),
        ("temperature", "hot"),
        ("top_p", 0.0),
        ("top_p", 1.1),
        ("max_tokens", 0),
        ("max_tokens", 1.5),
        ("max_tokens", True),
        ("seed", -1),
        ("stop", [""]),
        ("stop", [3]),
        ("stop", 3),
        ("concurrency", 0),
        ("concurrency", None),
        ("timeout_s", 0),
        ("timeout_s", float("inf")),
        ("timeout_s", None),
        ("retries", -1),
        ("backoff_s", -1),
        ("price_in", -1),
        ("price_out", None),
        ("extra_body", [1]),
        ("extra_body", {"messages": []}),
        ("extra_body", {"stream": True}),
        ("extra_body", {"temperature": 1}),
        ("extra_body", {"x": object()}),
        ("extra_body", {"x": float("nan")}),
        ("key_variable", KEY),
        ("key_variable", ""),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(key: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"^chat\.{key}: ") as error:
        ChatSettings(**{key: value})
    assert "\n" not in str(error.value) and KEY not in str(error.value)


@pytest.mark.parametrize("url", [f"https://me:{KEY}@host/v1", f"https://host/v1?key={KEY}", f"https://host/v1#{KEY}"])
def test_an_address_holds_no_key(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^chat\.base_url: ") as error:
        ChatSettings(base_url=url)
    assert KEY not in str(error.value)


def test_good_settings_are_kept_apart_from_what_they_were_made_of() -> None:
    body = {"guided": {"x": [1]}}
    kept = ChatSettings(stop="END", extra_body=body, model="m", seed=0, temperature=None, key_variable=None)
    body["guided"]["x"].append(2)
    assert kept.extra_body == {"guided": {"x": [1]}} and kept.stop == ("END",)
    assert ChatSettings(**asdict(kept)) == kept


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


def test_the_key_is_sent_and_shows_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", f"{KEY}\n")
    caplog.set_level(logging.DEBUG)
    masked = f"{KEY[:8]}********{KEY[-4:]}"
    script = (
        fails(500, f"Bearer {KEY}"),
        says(f"your key is {KEY}"),
        fails(401, f"Incorrect key {KEY}, that is {masked}."),
        fails(400, "x" * 150 + KEY),
        fails(403, KEY.lower()),
    )

    async def run(policy: ChatEndpointPolicy) -> list[str]:
        texts = [repr(await policy.reply(FIRST))]
        for _ in range(3):
            with pytest.raises(PolicyFailed) as failure:
                await policy.reply(FIRST)
            texts.append(shown(failure.value))
        with pytest.raises(ConfigError) as wrong:
            await policy.check()
        return [*texts, shown(wrong.value), repr(policy), repr(policy.settings), repr(asdict(policy.settings))]

    with Endpoint(*script) as endpoint:
        texts = use(endpoint, run, key_variable="MY_KEY")
    assert [asked.headers["Authorization"] for asked in endpoint.asked] == [f"Bearer {KEY}"] * 6
    seen = "\n".join([*texts, caplog.text]).lower()
    assert "the key is in the environment variable my_key" in seen and "your key is [key]" in seen
    assert KEY.lower()[:10] not in seen and KEY.lower()[-4:] not in seen


def test_a_key_that_is_missing_is_asked_for_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with Endpoint(fails(401, "Who are you?")) as endpoint:
        with pytest.raises(PolicyFailed) as error:
            ask(endpoint, FIRST)
        assert str(error.value) == "HTTP 401: Who are you? (there is no key in the environment variable OPENAI_API_KEY)"
        assert "Authorization" not in endpoint.asked[0].headers


def test_a_word_in_place_of_a_key_stays_in_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "EMPTY")
    with Endpoint(says("(0,0) EMPTY")) as endpoint:
        assert ask(endpoint, FIRST).text == "(0,0) EMPTY"
        ask(endpoint, FIRST, key_variable=None)
    assert endpoint.asked[0].headers["Authorization"] == "Bearer EMPTY"
    assert "Authorization" not in endpoint.asked[1].headers


@pytest.mark.parametrize("key", ["sk-ä", "sk-a\nb", "two words"])
def test_a_key_that_no_header_takes_is_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ConfigError, match=r"^chat\.key_variable: ") as error:
        ChatEndpointPolicy(ChatSettings())
    assert key not in shown(error.value)


def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with Endpoint(says("x")) as endpoint:
        assert ask(endpoint, FIRST).text == "x"


def test_closing_leaves_nothing_open() -> None:
    async def run() -> None:
        policy = ChatEndpointPolicy(ChatSettings(base_url=endpoint.url))
        await policy.reply(FIRST)
        await policy.aclose()
        with pytest.raises(RuntimeError):
            await policy.for_repeat(1).reply(FIRST)

    with Endpoint(says("x")) as endpoint:
        asyncio.run(run())

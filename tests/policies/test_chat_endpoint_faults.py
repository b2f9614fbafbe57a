"""Endpoints that are slow, overrun, broken or gone."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import pytest

from easyr1.errors import ConfigError
from easyr1.policies.chat_endpoint import ChatEndpointPolicy, backoff
from easyr1.policies.chat_faults import MAX_WAIT_S, MESSAGE_CHARS, retry_after, shorten
from easyr1.policies.chat_settings import ChatSettings
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import ContextOverflow, Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import PolicyFailed, StopReason
from tests.policies.endpoint import NEVER, Answer, Endpoint, answers, fails, says
from tests.policies.test_chat_endpoint import FIRST, ask, choice, use
from tests.rollout.fakes import LEVEL, solver_replies

BAD_REQUESTS = (400, 401, 403, 404)


@pytest.mark.parametrize(
    "fault",
    [
        fails(429, headers={"Retry-After": "0"}),
        fails(500),
        Answer(status=503),
        Answer(b"{"),
        Answer(b"[" * 100_000),
        Answer(b"<html>"),
        Answer(is_hang_up=True),
        answers(None),
        answers({"choices": []}),
        answers({"choices": None}),
        answers({"choices": [None]}),
        answers({"error": {"code": 502}}),
        choice(None),
        choice({"content": None}),
        choice({"content": 3}),
        choice({"content": "Sorry"}, "content_filter"),
    ],
)
def test_a_fault_that_passes_costs_a_retry_and_no_reply(fault: Answer) -> None:
    with Endpoint(fault, says("x")) as endpoint:
        reply = ask(endpoint, FIRST)
    assert (reply.text, reply.tokens.retries, len(endpoint.asked)) == ("x", 1, 2)
    assert endpoint.asked[0].body == endpoint.asked[1].body


@pytest.mark.parametrize(
    ("fault", "keys", "reason"),
    [
        (fails(429, "slow down"), {"retries": 4}, "HTTP 429 after 5 tries"),
        (fails(500, "oh"), {}, "HTTP 500 after 2 tries"),
        (Answer(status=502), {"retries": 0}, "HTTP 502 after 1 try"),
        (Answer(b"{"), {}, "broken JSON in the answer after 2 tries"),
        (answers({"choices": []}), {}, "no choice in the answer after 2 tries"),
        (choice({"content": None}), {}, "no content in the answer after 2 tries"),
        (choice({"content": ""}, "content_filter"), {}, "stopped by the content filter after 2 tries"),
        (Answer(is_hang_up=True), {}, "connection lost after 2 tries"),
        (NEVER, {"timeout_s": 0.25}, "timed out after 0.25 s, 2 tries"),
        (says("a long text", drip_s=0.02), {"timeout_s": 0.25}, "timed out after 0.25 s, 2 tries"),
    ],
)
def test_a_fault_that_stays_ends_the_reply_in_the_same_words(fault: Answer, keys: dict[str, Any], reason: str) -> None:
    start = time.monotonic()
    with Endpoint(fault) as endpoint, pytest.raises(PolicyFailed) as error:
        ask(endpoint, FIRST, **{"retries": 1, "model": "tiny", **keys})
    assert str(error.value) == reason
    assert time.monotonic() - start < 4
    assert len(endpoint.asked) == keys.get("retries", 1) + 1


@pytest.mark.parametrize("status", [*BAD_REQUESTS, 405, 422, 307])
def test_what_is_refused_is_not_asked_again(status: int) -> None:
    with (
        Endpoint(fails(status, "No\nsuch \x1b[31mthing " + "x" * 500)) as endpoint,
        pytest.raises(PolicyFailed) as error,
    ):
        ask(endpoint, FIRST)
    assert str(error.value).startswith(
        f"HTTP {status}: No such [31mthing xxx" if status != 307 else "HTTP 307: sent on"
    )
    assert len(str(error.value)) < MESSAGE_CHARS + 80 and len(endpoint.asked) == 1


def test_an_account_without_money_is_not_asked_again() -> None:
    with Endpoint(fails(429, "You exceeded your quota", "insufficient_quota")) as endpoint:
        with pytest.raises(PolicyFailed, match=r"^HTTP 429: You exceeded your quota$"):
            ask(endpoint, FIRST)
        assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    "fault",
    [
        fails(400, "This model's maximum context length is 64 tokens. However, you requested 9 output tokens and"),
        fails(400, "The decoder prompt (length 90) is longer than the maximum model length of 64. Make sure"),
        fails(400, "Too much.", "context_length_exceeded"),
        answers({"message": "the input is longer than the model's context length (64 tokens)"}, status=400),
        fails(413, "the request exceeds the available context size"),
    ],
)
def test_a_context_that_does_not_fit_is_an_overflow(fault: Answer) -> None:
    with Endpoint(fault) as endpoint:
        with pytest.raises(ContextOverflow, match="HTTP 4"):
            ask(endpoint, FIRST)
        assert len(endpoint.asked) == 1


def test_an_endpoint_that_asks_to_wait_is_given_the_time() -> None:
    with Endpoint(fails(429, headers={"Retry-After": "0.3"}), says("x")) as endpoint:
        assert ask(endpoint, FIRST).text == "x"
    assert endpoint.asked[1].time_s - endpoint.asked[0].time_s >= 0.3


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "86400"}, MAX_WAIT_S),
        ({"retry-after": "inf"}, MAX_WAIT_S),
        ({"retry-after": "nan"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "Fri, 02 Jan 2026 10:00:09 GMT", "date": "Fri, 02 Jan 2026 10:00:00 GMT"}, 9.0),
        ({"retry-after": "Fri, 02 Jan 2026 10:00:09 GMT"}, 0.0),
        ({"retry-after": "Fri, 02 Jan 2026 10:00:09 GMT", "date": "Fri, 02 Jan 2026 10:00:00"}, 0.0),
    ],
)
def test_retry_after_is_read_within_reason(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds


def test_backoff_grows_and_depends_on_the_place_alone() -> None:
    chat = ChatSettings(backoff_s=0.5)
    waits = [backoff(chat, (7, 0, 2), attempt) for attempt in range(40)]
    assert waits == [backoff(chat, (7, 0, 2), attempt) for attempt in range(40)]
    assert all(0.25 * 2**attempt <= wait < 0.5 * 2**attempt for attempt, wait in enumerate(waits[:6]))
    assert waits[-1] == MAX_WAIT_S and max(waits) == MAX_WAIT_S
    places = [(8, 0, 2), (7, 1, 2), (7, 0, 3), (2**62 + 7, 0, 2)]
    assert len({waits[0], *(backoff(chat, place, 0) for place in places)}) == 5


def test_the_waits_between_requests_are_those_of_backoff() -> None:
    with Endpoint(Answer(status=500), Answer(status=500), says("x")) as endpoint:
        ask(endpoint, FIRST, backoff_s=0.2)
    expected = [backoff(ChatSettings(backoff_s=0.2), (LEVEL.seed, 0, 0), attempt) for attempt in range(2)]
    gaps = [after.time_s - before.time_s for before, after in zip(endpoint.asked, endpoint.asked[1:], strict=False)]
    assert all(wait <= gap < wait + 1 for wait, gap in zip(expected, gaps, strict=True))


def test_a_failed_reply_ends_its_episode_with_its_turns() -> None:
    async def run(policy: ChatEndpointPolicy) -> Any:
        return await play_episode(policy, Episode(LEVEL, LocalEnvironment()), Limits(20))

    with Endpoint(says(solver_replies()[0]), fails(500)) as endpoint:
        played = use(endpoint, run, retries=1)
    assert (played.num_turns, played.stop_reason) == (1, StopReason.POLICY_FAILED)
    assert played.failure == "HTTP 500 after 2 tries"


def test_a_cancelled_reply_gives_its_place_back() -> None:
    async def run(policy: ChatEndpointPolicy) -> str:
        task = asyncio.create_task(policy.reply(FIRST))
        while not endpoint.asked:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await policy.reply(FIRST)).text

    with Endpoint(NEVER, says("x")) as endpoint:
        assert use(endpoint, run, concurrency=1) == "x"


@pytest.mark.parametrize(("fault", "reason"), [(500, "HTTP 500 after 4 tries"), (403, "HTTP 403: No")])
def test_a_list_of_models_that_does_not_come_is_a_setting_to_give(fault: int, reason: str) -> None:
    with Endpoint(says("x"), models=fails(fault, "No")) as endpoint:
        with pytest.raises(ConfigError) as error:
            use(endpoint, lambda policy: policy.model(), retries=3)
        expected = f"chat.model: {endpoint.url} lists no models: {reason}; give one by chat.model=NAME"
        assert str(error.value) == expected
        assert use(endpoint, lambda policy: policy.model(), model="mine") == "mine"


def check(endpoint: Endpoint, **keys: Any) -> None:
    use(endpoint, lambda policy: policy.check(), **{"retries": 3, **keys})


def test_a_check_asks_once_and_lets_pass_what_may_recover() -> None:
    for answer in (says("ready"), Answer(status=500), fails(429), Answer(b"{"), answers({"choices": []})):
        with Endpoint(answer) as endpoint:
            check(endpoint)
        assert len(endpoint.asked) == 1
    with Endpoint(NEVER) as endpoint:
        check(endpoint, timeout_s=0.2)
    with Endpoint(says("x"), models=Answer(status=500)) as endpoint:
        check(endpoint)


def test_a_check_names_the_address_where_nobody_listens() -> None:
    with socket.socket() as unused, Endpoint(says("x")) as endpoint:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        for model in ("tiny", None):
            with pytest.raises(ConfigError, match=f"^chat.base_url: {url} takes no connection; is it running\\?$"):
                check(endpoint, base_url=url, model=model)
        with pytest.raises(PolicyFailed, match=r"^no connection after 2 tries$"):
            ask(endpoint, FIRST, base_url=url, retries=1)


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (fails(401, "Bad key"), "key_variable"),
        (fails(403, "Not yours"), "key_variable"),
        (fails(429, "No money", "insufficient_quota"), "key_variable"),
        (fails(404, "The model `tiny` does not exist."), "model"),
        (fails(400, "At most 0 image(s) may be provided in one request."), "model"),
        (fails(400, "Unsupported parameter: 'max_tokens' is not supported with this model."), "max_tokens"),
        (fails(422, "body.Top_K: not a whole number for this model"), "extra_body"),
        (fails(400, "you requested 9 tokens, the maximum context length is 8"), "max_tokens"),
        (answers({"detail": "Not Found"}, status=404), "base_url"),
    ],
)
def test_a_check_names_the_key_to_change(fault: Answer, key: str) -> None:
    with Endpoint(fault) as endpoint, pytest.raises(ConfigError, match=rf"^chat\.{key}: .*HTTP 4\d\d: "):
        check(endpoint, extra_body={"top_k": "x"})


def test_a_wrong_path_is_the_address() -> None:
    with (
        Endpoint(says("x")) as endpoint,
        pytest.raises(ConfigError, match=r"^chat\.base_url: .*HTTP 404: Not Found; .*/v1$"),
    ):
        check(endpoint, base_url=endpoint.url.removesuffix("/v1"), model="tiny")


def test_shown_words_are_one_printable_line() -> None:
    assert shorten(" a\r\n\tb\x00\u2028c ") == "a b c"
    assert len(shorten("x" * 1000)) == MESSAGE_CHARS and shorten("x" * 1000).endswith("...")

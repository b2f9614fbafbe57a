"""What is sent, what is kept, and what it costs."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import pytest
from PIL import Image

from easyr1.errors import ConfigError
from easyr1.policies.chat_endpoint import ChatEndpointPolicy
from easyr1.policies.chat_settings import ChatSettings
from easyr1.policies.usage import ReplyUsage
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.history import make_messages
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Context, Policy, Reply, StopReason
from games import ChatEnv, Level
from games.core.chat import BLANK
from tests.policies.endpoint import Answer, Endpoint, answers, says
from tests.rollout.fakes import LEVEL, UNREADABLE, Recorder, play, solver_replies

T = TypeVar("T")


def settings(endpoint: Endpoint, **keys: Any) -> ChatSettings:
    return ChatSettings(**{"base_url": endpoint.url, "timeout_s": 5.0, "backoff_s": 0.0, **keys})


def use(
    endpoint: Endpoint, act: Callable[[ChatEndpointPolicy], Awaitable[T]], observation: str = "image", **keys: Any
) -> T:
    """What comes of acting on a policy of the endpoint."""

    async def run() -> T:
        async with ChatEndpointPolicy(settings(endpoint, **keys), observation) as policy:
            return await act(policy)

    return asyncio.run(run())


def ask(endpoint: Endpoint, context: Context, observation: str = "image", **keys: Any) -> Reply:
    return use(endpoint, lambda policy: policy.reply(context), observation, **keys)


def contexts(replies: Sequence[str] | None = None, level: Level = LEVEL) -> list[Context]:
    """What a policy sees throughout an episode."""
    recorder = Recorder(replies or solver_replies(level))
    play(recorder, level=level)
    return recorder.contexts


FIRST, SECOND = contexts()[:2]


def pictures(messages: list[dict[str, Any]]) -> list[bytes]:
    urls = [part["image_url"]["url"] for message in messages for part in message["content"] if "image_url" in part]
    assert all(url.startswith("data:image/png;base64,") for url in urls)
    return [base64.b64decode(url.split(",", 1)[1], validate=True) for url in urls]


def test_messages_are_those_of_training_with_each_picture_in_its_place() -> None:
    context = contexts([UNREADABLE, *solver_replies()])[2]
    with Endpoint(says("x")) as endpoint:
        ask(endpoint, context)
    sent = endpoint.asked[0].body["messages"]
    assert pictures(sent) == [turn.frame.png for turn in context.past] + [context.frame.png]
    assert len(set(pictures(sent))) == 2  # the first reply changed nothing
    expected = make_messages(context)
    for message in sent:
        message["content"] = [{"type": "image"} if "image_url" in part else part for part in message["content"]]
    assert sent == expected


def test_text_sends_no_picture_and_both_sends_all() -> None:
    context = SECOND
    with Endpoint(says("x")) as endpoint:
        ask(endpoint, context, "text")
        ask(endpoint, context, "both")
    text, both = (asked.body["messages"] for asked in endpoint.asked)
    assert text == make_messages(context, "text") and pictures(text) == []
    assert pictures(both) == [context.past[0].frame.png, context.frame.png]
    assert context.frame.text in both[-1]["content"][-1]["text"]


def test_blank_sends_grey_of_the_same_size() -> None:
    context = FIRST
    with Endpoint(says("x")) as endpoint:
        ask(endpoint, context, "blank")
    (png,) = pictures(endpoint.asked[0].body["messages"])
    with Image.open(io.BytesIO(png)) as grey:
        assert grey.size == context.frame.image().size and grey.mode == "RGB"
        assert grey.getcolors() == [(grey.size[0] * grey.size[1], (BLANK, BLANK, BLANK))]
    assert context.frame.text not in str(endpoint.asked[0].body)


def test_an_episode_over_the_wire_is_that_of_the_same_replies() -> None:
    replies = solver_replies()

    async def run(policy: Policy) -> Any:
        return await play_episode(policy, Episode(LEVEL, LocalEnvironment()), Limits(20))

    with Endpoint(*map(says, replies)) as endpoint:
        played = use(endpoint, run)
    assert played.stop_reason == StopReason.TERMINAL
    assert [turn.reply.text for turn in played.turns] == replies
    assert [turn.game_reward for turn in played.turns] == [turn.game_reward for turn in play(replies).turns]


def test_settings_travel_in_the_request() -> None:
    keys = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["END"], "extra_body": {"top_k": 3}}
    with Endpoint(says("x")) as endpoint:
        ask(endpoint, FIRST, **keys)
        ask(endpoint, FIRST, temperature=None, top_p=None, max_tokens=None, model="mine")
    full, bare = (asked.body for asked in endpoint.asked)
    del full["messages"], bare["messages"]
    expected = {"model": "tiny", "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["END"], "top_k": 3}
    assert full == expected and bare == {"model": "mine"}


def test_every_reply_has_its_own_seed_whoever_asks_and_when() -> None:
    async def run(policy: ChatEndpointPolicy) -> None:
        for chosen in (policy, policy.for_repeat(1), policy.for_repeat(0)):
            await chosen.reply(FIRST)
            await chosen.reply(SECOND)

    with Endpoint(says("x")) as endpoint:
        use(endpoint, run, seed=5)
        use(endpoint, run, seed=6)
    seeds = [asked.body["seed"] for asked in endpoint.asked]
    assert seeds[4:6] == seeds[:2] and seeds[10:] == seeds[6:8]
    assert len(set(seeds)) == 8 and all(0 <= seed < 2**31 for seed in seeds)


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ((), "chat.model: {url} lists no models; give one by chat.model=NAME"),
        (("a", "b"), "chat.model: {url} lists 2 models: a, b; give one by chat.model=NAME"),
        (tuple("abcdefghijkl"), "chat.model: {url} lists 12 models: a, b, c, d, e, f, g, h, i, j and 2 more; give"),
        (answers({}, status=404), "chat.base_url: {url}/models answers HTTP 404; most addresses end in /v1, or give"),
    ],
)
def test_a_model_that_cannot_be_told_must_be_named(models: Any, words: str) -> None:
    with Endpoint(says("x"), models=models) as endpoint:
        with pytest.raises(ConfigError) as error:
            ask(endpoint, FIRST)
        assert str(error.value).startswith(words.format(url=endpoint.url))
        assert "\n" not in str(error.value)
        assert ask(endpoint, FIRST, model="a").text == "x"


def test_costs_and_counts_add_up() -> None:
    script = (says("a", 1000, 50), Answer(status=500), says("b", 3000, 10), answers({"choices": [], "usage": None}))
    useless = answers({"choices": [], "usage": {"prompt_tokens": 500, "completion_tokens": 0}})

    async def run(policy: ChatEndpointPolicy) -> tuple[list[Any], Any]:
        return [(await policy.reply(FIRST)).tokens for _ in range(3)], policy.usage

    with Endpoint(*script, useless, says("c", 10, 10, seconds=0.1)) as endpoint:
        replies, total = use(endpoint, run, price_in=2.0, price_out=10.0)
    assert [(usage.prompt_tokens, usage.reply_tokens, usage.retries) for usage in replies] == [
        (1000, 50, 0),
        (3000, 10, 1),
        (10, 10, 2),
    ]
    assert [usage.cost for usage in replies] == pytest.approx([0.0025, 0.0061, 0.00112])
    assert (total.requests, total.retries, total.prompt_tokens, total.reply_tokens) == (6, 3, 4510, 70)
    assert total.cost == pytest.approx(sum(usage.cost for usage in replies))
    assert total.seconds == pytest.approx(sum(usage.seconds for usage in replies))
    assert replies[2].seconds >= 0.1 and replies[0].seconds > 0


def test_no_more_requests_at_once_than_allowed() -> None:
    async def run(policy: ChatEndpointPolicy) -> None:
        await asyncio.gather(*(policy.for_repeat(n).reply(FIRST) for n in range(9)))

    with Endpoint(says("x", seconds=0.1)) as endpoint:
        use(endpoint, run, concurrency=3, model="tiny")
    assert endpoint.peak == 3 and len(endpoint.asked) == 9


def choice(message: Any, finish_reason: str = "stop") -> Answer:
    return answers({"choices": [{"message": message, "finish_reason": finish_reason}]})


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (choice({"content": ""}), ""),
        (choice({"content": "a", "reasoning_content": "b"}), "a"),
        (choice({"content": "", "reasoning_content": "b"}), ""),
        (choice({"content": None, "reasoning": "b"}, "length"), ""),
        (choice({"content": None}, "length"), ""),
        (choice({"content": None, "refusal": "no"}), "no"),
        (choice({"content": [{"type": "thinking", "text": "t"}, {"type": "text", "text": "a"}, 3]}), "a"),
        (choice({"content": "half \ud83d"}), "half ?"),
    ],
)
def test_replies_without_counts_and_in_odd_forms(answer: Answer, text: str) -> None:
    with Endpoint(answer) as endpoint:
        reply = ask(endpoint, FIRST, retries=0, price_in=1.0)
    assert reply.text == text
    assert reply.tokens == ReplyUsage(seconds=reply.tokens.seconds)


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": None}, {"prompt_tokens": "3", "completion_tokens": -1}])
def test_counts_that_are_none_count_as_zero(usage: Any) -> None:
    with Endpoint(answers({"choices": [{"message": {"content": "x"}}], "usage": usage})) as endpoint:
        tokens = ask(endpoint, FIRST).tokens
    assert (tokens.prompt_tokens, tokens.reply_tokens, tokens.cost) == (0, 0, 0.0)


def test_a_reply_with_half_a_character_can_be_sent_back() -> None:
    level = Level(LEVEL.game, LEVEL.knobs, 8)
    assert ChatEnv.from_level(level).open(level.seed)

    async def run(policy: Policy) -> Any:
        return await play_episode(policy, Episode(level, LocalEnvironment()), Limits(3))

    with Endpoint(choice({"content": "\udc80"})) as endpoint:
        assert use(endpoint, run).stop_reason == StopReason.TURN_LIMIT


def test_an_unknown_observation_is_named() -> None:
    with pytest.raises(ConfigError, match="observation: 'sound' given; it must be one of image, text, both, blank"):
        ChatEndpointPolicy(ChatSettings(), "sound")

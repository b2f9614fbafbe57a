from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.core.tags import TAGS, format_reply, has_tag, parse_reply

PIECES = [f"<{slash}{name}>" for name in TAGS for slash in ("", "/")] + [
    " ",
    "\n",
    "x",
    "(0,1)",
    "<",
    "</",
    "<answer",
    "\u0661",
]


def test_a_well_formed_reply() -> None:
    parsed = parse_reply(" \n<perception>p\n</perception>\n\t<think> t </think><answer>a</answer>\n")
    assert (parsed.perception, parsed.thinking, parsed.answer, parsed.is_well_formed) == ("p\n", " t ", "a", True)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "<perception>p</perception><think>t</think><answer>a</answer>!",
        "so <perception>p</perception><think>t</think><answer>a</answer>",
        "<perception>p</perception> and <think>t</think><answer>a</answer>",
        "<think>t</think><perception>p</perception><answer>a</answer>",
        "<answer>a</answer><think>t</think><perception>p</perception>",
        "<perception>p</perception><think>t</think>",
        "<perception>p</perception><think>t</think><answer>a",
        "<perception>p</perception><think>t<answer>a</answer></think>",
        "<perception>p</perception><think>t</think><answer>a</answer><answer>a</answer>",
        "<perception>p</perception><perception>p</perception><think>t</think><answer>a</answer>",
        "</perception>p<perception></think>t<think></answer>a<answer>",
        "<Perception>p</Perception><think>t</think><answer>a</answer>",
        "<perception >p</perception><think>t</think><answer>a</answer>",
    ],
)
def test_anything_else_is_not_well_formed(reply: str) -> None:
    assert not parse_reply(reply).is_well_formed


def test_the_last_complete_block_counts() -> None:
    assert parse_reply("<answer>a</answer><answer>b</answer>").answer == "b"
    assert parse_reply("<answer>a</answer><answer>b").answer == "a"
    assert parse_reply("<answer>a<answer>b</answer>").answer == "b"
    assert parse_reply("<answer>a</answer>b</answer>").answer == "a"
    assert parse_reply("</answer>a<answer>").answer is None


def test_blocks_do_not_leak_into_each_other() -> None:
    parsed = parse_reply("<think>(0,0) (0,1) <perception></think><answer></answer>")
    assert (parsed.perception, parsed.thinking, parsed.answer) == (None, "(0,0) (0,1) <perception>", "")


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_never_raises_and_never_invents(reply: str) -> None:
    parsed = parse_reply(reply)
    for name, content in zip(TAGS, (parsed.perception, parsed.thinking, parsed.answer), strict=True):
        assert content is None or f"<{name}>{content}</{name}>" in reply
    if parsed.is_well_formed:
        assert all(reply.count(f"<{slash}{name}>") == 1 for name in TAGS for slash in ("", "/"))


@given(*[st.text(max_size=30).filter(lambda text: not has_tag(text))] * 3)
def test_format_is_undone_by_parse(perception: str, thinking: str, answer: str) -> None:
    parsed = parse_reply(format_reply(perception, thinking, answer))
    assert (parsed.perception, parsed.thinking, parsed.answer) == (perception, thinking, answer)
    assert parsed.is_well_formed


@pytest.mark.parametrize(
    "piece", ["<answer>", "</answer>", "<answer>1</answer>", "<", "<answer>9", "<think><perception>", " "]
)
def test_time_is_linear(piece: str) -> None:
    def measure(num_chars: int) -> float:
        text = piece * (num_chars // len(piece))
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            parse_reply(text)
            best = min(best, time.perf_counter() - start)
        return best

    # Quadratic time would take 64 times as long, linear time takes 8 times; a busy machine gets a few tries.
    assert any(measure(400_000) < 32 * max(measure(50_000), 1e-4) for _ in range(5))

"""A model as a teacher: what it is told, what of it is kept, what it costs, and that nothing is asked for twice."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from easyr1.cold_start import data
from easyr1.cold_start.chat_teacher import NOTE
from easyr1.cold_start.data import make_data
from easyr1.cold_start.progress import DataProgress
from easyr1.cold_start.replies import ReplyLog
from easyr1.errors import ConfigError
from easyr1.rollout.types import Context, Reply
from games.core.tags import format_reply
from tests.cold_start.make import rows, settings
from tests.cold_start.pupil import KEYS, Pupil, Say
from tests.policies.endpoint import Answer, Endpoint, fails


def make(endpoint: Endpoint, folder: Path, *keys: str, status: int = 0) -> tuple[Path, list[str]]:
    said: list[str] = []
    asked = settings(folder, *KEYS, f"chat.base_url={endpoint.url}", *keys)
    assert make_data(asked, said.append) == status
    return asked.folder, said


def test_the_model_is_told_the_truth_and_training_is_not(tmp_path: Path) -> None:
    with Pupil() as endpoint:
        folder, _ = make(endpoint, tmp_path)
        told = endpoint.told[0][0]["content"]
    row = rows(folder)[0]
    assert told[0]["type"] == "image_url"
    prompt = row["messages"][0]["content"].removeprefix("<image>")
    assert told[1]["text"] == f"{prompt}\n\n{NOTE}\n\nIn words, the image shows:\n{row['truth']}"
    assert NOTE not in prompt and row["truth"] not in prompt
    assert row["messages"][1]["content"] == format_reply(row["truth"], "I see it.", row["action"])
    assert "model's" in (folder / "README.md").read_text() and "license: other" in (folder / "README.md").read_text()


def test_only_right_replies_are_kept(tmp_path: Path) -> None:
    script: list[Say | Answer] = [
        lambda truth, thinking, answer: format_reply(truth, thinking, "(0,0) (0,0)"),
        lambda truth, thinking, answer: (
            format_reply(truth, thinking, "(0,0) (1,3)")
            if "(0,0) empty" in truth
            else format_reply("nonsense", thinking, answer)
        ),
        lambda truth, thinking, answer: format_reply(truth[:-1], thinking, answer),
        lambda truth, thinking, answer: format_reply(truth, " \n", answer),
        lambda truth, thinking, answer: format_reply(truth, thinking, answer) + " So there!",
        fails(400, "no"),
        lambda truth, thinking, answer: format_reply(truth.replace("; ", " ;  "), f"\n{thinking}\n", f" {answer} "),
    ]
    with Pupil(*script) as endpoint:
        folder, said = make(endpoint, tmp_path)
    rejected = json.loads((folder / "counts.json").read_text())["rejected"]
    assert rejected == {"unreadable": 1, "altered_perception": 2, "no_thinking": 1, "malformed": 1, "failed_request": 1}
    found = rows(folder)
    assert len(found) == 6 and all("I see it." in row["messages"][1]["content"] for row in found)
    assert all(f"<perception>{row['truth']}</perception>" in row["messages"][1]["content"] for row in found)
    assert "left out: " in said[-2]


def test_illegal_answers_are_left_out(tmp_path: Path) -> None:
    script = [lambda truth, thinking, answer: format_reply(truth, thinking, "(0,0) (1,3)")] * 6
    with Pupil(*script) as endpoint:
        folder, _ = make(endpoint, tmp_path)
        num_legal = sum("(0,0) (1,3)" in row["messages"][1]["content"] for row in rows(folder))
        rejected = json.loads((folder / "counts.json").read_text())["rejected"]
    assert rejected["illegal"] + num_legal == 6 and rejected["illegal"] > 2


def test_costs_are_told_before_and_after(tmp_path: Path) -> None:
    prices = ("chat.price_in=10", "chat.price_out=100", "states=20")
    with Pupil() as endpoint:
        folder, said = make(endpoint, tmp_path, *prices)
        asked = len(endpoint.told)
    assert said[0].startswith("20 examples to ask for: if every reply gives one, about ")
    assert " tokens of context and at most 81,920 of replies, at most about 8." in said[0]
    # A reply costs 0.01 + 0.01.
    assert said[1].startswith(
        "a reply takes 1,000 + 100 tokens (context + reply), and 8 of 8 gave an example; 12 more "
    )
    assert said[1].endswith(" will take about 12,000 + 1,200; in all about 0.40")
    assert f"{asked} replies took {asked},000 + {asked * 100:,} tokens and cost {asked * 0.02:.2f}" in said
    spent = json.loads((folder / "counts.json").read_text())["teacher"]
    assert spent["replies"] == asked and spent["cost"] == pytest.approx(asked * 0.02)


def test_replies_that_give_no_example_are_in_the_forecast(tmp_path: Path) -> None:
    prices = ("chat.price_in=10", "chat.price_out=100", "states=20")
    with Pupil(*[fails_the_form] * 4) as endpoint:
        _, said = make(endpoint, tmp_path / "half", *prices)
    assert "and 4 of 8 gave an example; 16 more examples will take about 32,000 + 3,200; in all about 0.80" in said[1]
    with Pupil(*[fails_the_form] * 8) as endpoint:
        _, said = make(endpoint, tmp_path / "none", *prices)
    assert said[1].endswith("and 0 of 8 gave an example: what the rest will take cannot be told yet")


def fails_the_form(truth: str, thinking: str, answer: str) -> str:
    return format_reply(truth, thinking, answer).replace("think>", "thought>")


def test_a_line_on_a_terminal_stands_beside_no_bar() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with DataProgress(10, stream=terminal) as progress:
        progress.aside(lambda line: print(line, file=terminal), "a reply takes")
    before, _, after = terminal.getvalue().partition("a reply takes\n")
    assert "0/10" in before and re.search(r"\r *\r?$", before), "the bar is wiped out first"
    assert "0/10" in after


def test_a_bound_on_costs_stops_the_run_before_they_come(tmp_path: Path) -> None:
    prices = ("chat.price_in=10", "chat.price_out=100", "states=100")
    with Pupil() as endpoint:
        with pytest.raises(ConfigError, match=r"^max_cost: 1 given; 0.16 is spent, and all will cost about 2.00$"):
            make(endpoint, tmp_path, *prices, "max_cost=1")
        assert len(endpoint.told) == 8
        make(endpoint, tmp_path, *prices, "max_cost=3")
        assert len(endpoint.told) < 130
    with Pupil() as endpoint, pytest.raises(ConfigError, match=r"^max_cost: given without prices; give chat.price_in"):
        make(endpoint, tmp_path / "other", "max_cost=1")


def test_no_reply_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ("max_turns=2", "window=2", "states=12")
    with Pupil() as endpoint:
        whole, _ = make(endpoint, tmp_path / "whole", *keys)
        needed = len(endpoint.told)
    with Pupil() as endpoint:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            stop_at(7, patch)
            make(endpoint, tmp_path, *keys)
        replies = tmp_path / "made" / "replies.jsonl"
        with replies.open("a") as file:
            file.write('{"to": "half a li')
        folder, _ = make(endpoint, tmp_path, *keys)
        assert len(endpoint.told) == needed
        make(endpoint, tmp_path, *keys)
        assert len(endpoint.told) == needed
    assert rows(folder) == rows(whole)
    spent = json.loads((folder / "counts.json").read_text())["teacher"]
    assert spent["replies"] == needed


def stop_at(count: int, patch: pytest.MonkeyPatch) -> None:
    """Interrupt the run when this many replies are kept."""
    add = ReplyLog.add

    def adding(log: ReplyLog, context: Context, reply: Reply) -> None:
        add(log, context, reply)
        if log.spent.replies == count:
            raise KeyboardInterrupt

    patch.setattr(ReplyLog, "add", adding)


def test_a_model_that_only_fails_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "CHAT_GIVES_UP", 10)
    with Pupil(*[fails(500, "down")] * 200) as endpoint:
        _, said = make(endpoint, tmp_path, status=1)
        assert any(
            "0 of 6 examples (train); the next 10 levels gave none: failed_request (HTTP 500" in one for one in said
        )
        assert len(endpoint.told) < 30
    with Pupil() as endpoint:
        assert len(rows(make(endpoint, tmp_path)[0])) == 6


def test_what_was_left_out_is_counted_also_when_nothing_is_kept(tmp_path: Path) -> None:
    with Pupil(*[fails_the_form] * 200) as endpoint:
        folder, said = make(endpoint, tmp_path, status=1)
        counts = json.loads((folder / "counts.json").read_text())
        assert counts["rejected"] == {"malformed": len(endpoint.told)} and len(endpoint.told) >= data.CHAT_GIVES_UP
    assert counts["games"]["ShisenSho-v0"]["train"]["levels"] == counts["teacher"]["replies"]
    assert f"kept 0 train and 0 validation; left out: {counts['rejected']['malformed']} malformed" in said
    assert said[-1] == f"written: {folder}/{{replies.jsonl, README.md, counts.json}}"


@pytest.mark.parametrize("words", ["The <image> shows it.", "<video>", "I see it.<|im_end|>"])
def test_words_that_training_would_take_for_something_else_are_left_out(words: str, tmp_path: Path) -> None:
    with Pupil(lambda truth, _, answer: format_reply(truth, words, answer)) as endpoint:
        folder, _ = make(endpoint, tmp_path, "max_turns=2", "window=2")
    assert json.loads((folder / "counts.json").read_text())["rejected"]["reserved_words"] == 1
    assert not any(words in row["messages"][-1]["content"] for row in rows(folder))


def test_another_model_is_another_data_set(tmp_path: Path) -> None:
    with Pupil() as endpoint:
        make(endpoint, tmp_path)
        with pytest.raises(ConfigError, match=r"^chat.model: other given, and \S+ was made with tiny;"):
            make(endpoint, tmp_path, "chat.model=other")
        with pytest.raises(ConfigError, match=r"^chat.temperature: 0.5 given, and \S+ was made with 1.0;"):
            make(endpoint, tmp_path, "chat.temperature=0.5")
        make(endpoint, tmp_path, "chat.retries=3")
        with pytest.raises(ConfigError, match=r"^teacher: solver given, and \S+ was made with chat;"):
            make(endpoint, tmp_path, "teacher=solver")


def test_an_endpoint_that_is_not_there_is_named(tmp_path: Path) -> None:
    with Pupil() as endpoint:
        url = endpoint.url
    with pytest.raises(ConfigError, match=r"^chat.base_url: \S+ takes no connection"):
        make_data(settings(tmp_path, *KEYS, f"chat.base_url={url}", "chat.model=tiny"), lambda line: None)

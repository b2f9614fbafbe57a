"""A model as a teacher: what it is told, what of it is kept, what it costs, and that nothing is asked for twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from easyr1.cold_start import data
from easyr1.cold_start.chat_teacher import NOTE
from easyr1.cold_start.data import make_data
from easyr1.cold_start.replies import ReplyLog
from easyr1.errors import ConfigError
from easyr1.rollout.types import Context, Reply
from games.core.tags import format_reply
from games.shisensho.game import Board, ShisenSho
from tests.cold_start.make import rows, settings
from tests.policies.endpoint import Answer, Asked, Endpoint, fails, says

Say = Callable[[str, str, str], str]
"""A reply out of the right perception, a thinking and an answer."""

KEYS = (
    "game=shisensho_small",
    "teacher=chat",
    "validation_states=0",
    "chat.retries=0",
    "chat.timeout_s=5",
    "chat.concurrency=1",
)


GAME = ShisenSho(rows=2, columns=4, num_faces=2, copies=4, colours=2, shapes=2)
"""The rules of the recipe's boards."""


class Pupil(Endpoint):
    """An endpoint that reads the truth from each request; reply i is what `script[i]` makes of a right one.

    Beyond the script replies are right. What `check` asks is not counted.
    """

    def __init__(self, *script: Say | Answer) -> None:
        super().__init__(says("ready"))
        self._says = script
        self.told: list[list[dict[str, Any]]] = []

    def _choose(self, path: str, asked: Asked) -> Answer:
        if path == "/v1/chat/completions":
            content = asked.body["messages"][-1]["content"]
            words = content[-1]["text"]
            if "In words, the image shows:\n" in words and "nothing" not in words.rpartition("shows:\n")[2]:
                self.told.append(asked.body["messages"])
                return self._answer(words.rpartition("In words, the image shows:\n")[2])
        return super()._choose(path, asked)

    def _answer(self, truth: str) -> Answer:
        number = len(self.told) - 1
        how = self._says[number] if number < len(self._says) else format_reply
        if isinstance(how, Answer):
            return how
        labels = GAME.read(truth)
        assert labels is not None
        names = [face.label for face in GAME.tile_faces]
        best = GAME.solve(Board(bytes(map(names.index, labels.values()))))
        assert best is not None
        return says(how(truth, "I see it.", GAME.format(best)), 1000, 100)


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
    assert said[0].startswith("20 examples to ask for, with about ") and "at most about 8." in said[0]
    # A reply costs 0.01 + 0.01.
    assert "a reply takes 1,000 + 100 tokens; 12 more examples" in said[1] and "in all about 0.40" in said[1]
    assert f"{asked} replies took {asked},000 + {asked * 100:,} tokens and cost {asked * 0.02:.2f}" in said
    spent = json.loads((folder / "counts.json").read_text())["teacher"]
    assert spent["replies"] == asked and spent["cost"] == pytest.approx(asked * 0.02)


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

"""The whole way with a model behind an endpoint, which answers well, badly or not."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from easyr1.evaluate import main
from easyr1.evaluation.episodes import Job
from easyr1.evaluation.runner import jobs_of, play_model
from easyr1.policies.solver import SolverPolicy
from easyr1.replay.record import TurnRecord
from easyr1.rollout.types import Context, PolicyFailed, Reply
from tests.evaluation.make import SMALL
from tests.policies.endpoint import NEVER, Answer, Endpoint, answers, fails, says

GAME = ("game=ShisenSho-v0", "knobs.rows=2", "knobs.columns=4", "knobs.num_faces=2", "knobs.tile_px=28")


def run(tmp_path: Path, endpoint: Endpoint, *overrides: str) -> int:
    chat = (f"chat.base_url={endpoint.url}", "chat.backoff_s=0", "chat.retries=0", "chat.timeout_s=5")
    return main([*GAME, "policy=chat", *chat, f"runs_dir={tmp_path}", "experiment=model", "workers=1", *overrides])


def read(tmp_path: Path) -> dict[str, Any]:
    (task,) = json.loads((tmp_path / "model" / "summary.json").read_text())["tasks"].values()
    assert isinstance(task, dict)
    return task


def test_a_model_that_says_nothing_useful(tmp_path: Path) -> None:
    with Endpoint(says("I see shapes.", prompt_tokens=50, reply_tokens=4)) as endpoint:
        assert run(tmp_path, endpoint, "episodes=3", "max_turns=2", "chat.price_out=10") == 0
        assert len(endpoint.asked) == 1 + 6, "one question before the run, then one a turn"
    task, figures = read(tmp_path), read(tmp_path)["figures"]
    assert (figures["score"]["mean"], figures["unreadable"]["mean"], figures["P_acc"]["mean"]) == (0.0, 1.0, 0.0)
    assert (figures["prompt_tokens"]["mean"], figures["reply_tokens"]["mean"]) == (50.0, 4.0)
    assert figures["normalised"]["mean"] < 0 and figures["R_acc"]["mean"] is None
    assert task["usage"]["turns"] == 6 and task["usage"]["reply_tokens"] == 24
    assert task["usage"]["cost"] == pytest.approx(24 * 10 / 1e6)
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["chat.model"] == "tiny", "what answered is kept, not that nobody asked for a model"
    assert len(list((tmp_path / "model").glob("images/*/*.png"))) == 3
    assert "   4.00 |\n" in (tmp_path / "model" / "table.md").read_text()


def test_turns_that_failed_are_named_and_played_again_on_request(tmp_path: Path) -> None:
    broken = [fails(500), Answer(b"{"), says("hm"), says("hm")]
    with Endpoint(says("ready"), *broken) as endpoint:
        assert run(tmp_path, endpoint, "episodes=4", "max_turns=1", "chat.concurrency=1") == 0
    task = read(tmp_path)
    assert (task["episodes"], task["failed"], task["levels"]) == (2, 2, 2)
    assert sum(task["failures"].values()) == 2 and len(task["failures"]) == 2
    table = (tmp_path / "model" / "table.md").read_text()
    assert all(f"ShisenSho-v0: failed 1 x: {reason}" in table for reason in task["failures"])
    path = tmp_path / "model" / "episodes" / "ShisenSho-v0" / "0000_00.jsonl"
    (line,) = [TurnRecord.from_json(line) for line in path.read_text().splitlines()]
    assert (line.status, line.stop_reason) == ("failed", "policy_failed") and "500" in line.failure
    with Endpoint(says("hm")) as endpoint:
        assert run(tmp_path, endpoint, "episodes=4", "max_turns=1") == 0
        assert len(endpoint.asked) == 1, "all episodes are there"
        assert run(tmp_path, endpoint, "episodes=4", "max_turns=1", "retry_failed=true") == 0
        assert len(endpoint.asked) == 4, "a question before each run, and the two turns that failed"
    assert (read(tmp_path)["failed"], read(tmp_path)["levels"]) == (0, 4)


def test_every_fault_is_named_and_the_turns_before_it_are_kept(tmp_path: Path) -> None:
    """Too many requests, a broken server, no choice, broken JSON, silence, a cut line: each on a second turn."""
    faults = [
        fails(429),
        fails(500),
        answers({"choices": []}),
        Answer(b'{"choices": [{'),
        NEVER,
        Answer(is_hang_up=True),
    ]
    script = [says("ready")]
    for fault in faults:
        script += [says("hm"), fault]
    start = time.monotonic()
    with Endpoint(*script) as endpoint:
        keys = ("episodes=7", "max_turns=2", "chat.concurrency=1", "chat.timeout_s=1")
        assert run(tmp_path, endpoint, *keys) == 1 or read(tmp_path)["episodes"] == 0
    assert time.monotonic() - start < 30, "silence ends by the time-out"
    task = read(tmp_path)
    assert task["failed"] == sum(task["failures"].values()) == 7
    for word in ("HTTP 429", "HTTP 500", "choice", "broken JSON", "timed out after 1 s", "connection lost"):
        assert any(word in reason for reason in task["failures"]), word
    for path in sorted((tmp_path / "model" / "episodes" / "ShisenSho-v0").iterdir())[:6]:
        lines = [TurnRecord.from_json(line) for line in path.read_text().splitlines()]
        assert [line.status for line in lines] == ["unreadable", "failed"], "the first turn is not lost"
        assert lines[0].reply == "hm" and lines[1].failure


def test_an_endpoint_that_never_gives_a_reply_ends_the_run_with_a_status(tmp_path: Path) -> None:
    with Endpoint(fails(500)) as endpoint:
        assert run(tmp_path, endpoint, "episodes=2", "max_turns=2") == 1
    task = read(tmp_path)
    assert (task["episodes"], task["failed"], task["figures"]["score"]["mean"]) == (0, 2, None)


def test_nobody_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*GAME, "policy=chat", "chat.base_url=http://127.0.0.1:1/v1", f"runs_dir={tmp_path}/runs"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: chat.base_url: ") and error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_an_endpoint_that_does_not_say_what_it_serves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Endpoint(fails(500), models=fails(500)) as endpoint:
        assert run(tmp_path / "runs", endpoint) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: chat.model: ") and error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_image_against_text_against_blank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A player who can read and not see: one legal answer, which only the words would have told it."""
    for observation, words in (("blank", "hm"), ("image", "hm"), ("text", None)):
        answer = says(words) if words else says("<answer>(0,0) (0,1)</answer>")
        with Endpoint(answer) as endpoint:
            keys = ("episodes=8", "max_turns=1", f"observation={observation}", f"experiment={observation}")
            assert run(tmp_path, endpoint, *keys) == 0
    lines = capsys.readouterr().out.splitlines()
    (diagnosis,) = [line for line in lines if "the picture is worth" in line]
    assert diagnosis.startswith("ShisenSho-v0: text ") and "; the picture is worth 0 of the " in diagnosis


class Slow(SolverPolicy):
    """Counts how many of its replies are under way; fails on one level."""

    def __init__(self, broken_seed: int) -> None:
        super().__init__()
        self.busy = self.peak = 0
        self._broken_seed = broken_seed

    async def reply(self, context: Context) -> Reply:
        self.busy += 1
        self.peak = max(self.peak, self.busy)
        await asyncio.sleep(0.002)
        self.busy -= 1
        if context.level is not None and context.level.seed == self._broken_seed:
            raise PolicyFailed("HTTP 429")
        return await super().reply(context)


def test_so_many_at_once_and_no_more(tmp_path: Path) -> None:
    from easyr1.evaluation.levels import evaluation_seed

    policy, ended = Slow(evaluation_seed(2)), dict[tuple[int, int], str]()

    def on_played(job: Job, lines: Sequence[TurnRecord]) -> None:
        ended[job.level, job.repeat] = lines[0].stop_reason

    asyncio.run(play_model(lambda _: policy, jobs_of([SMALL]), tmp_path, on_played, window=None, concurrency=3))
    assert policy.peak == 3
    assert ended == {(level, 0): "policy_failed" if level == 2 else "terminal" for level in range(6)}


def test_a_bug_of_ours_stops_everything(tmp_path: Path) -> None:
    class Broken(SolverPolicy):
        async def reply(self, context: Context) -> Reply:
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(play_model(lambda _: Broken(), jobs_of([SMALL]), tmp_path, lambda *_: None, None, 3))

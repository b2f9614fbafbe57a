from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from easyr1.replay.record import History, TurnRecord
from tests.replay.make import make_record

KEYS = {
    *("step", "split", "level", "group", "sample", "turn", "observation", "prompt", "reply", "action", "status"),
    *("truth", "reward", "perception", "advantage", "stop_reason", "prompt_tokens", "reply_tokens"),
}

ROOT = Path(__file__).parents[2]
WRITE_UNTIL_KILLED = """
import sys
from itertools import count
from easyr1.replay.record import History
from tests.replay.make import make_record
history = History(sys.argv[1])
for step in count(int(sys.argv[2])):
    records = [make_record(step=step, sample=sample, reply="x" * 2000) for sample in range(200)]
    history.write(step, records, {"same": b"png" * 1000, f"new{step}": b"png" * 1000})
"""


def write_steps(history: History, steps: range) -> None:
    for step in steps:
        history.write(step, [make_record(step=step, sample=sample) for sample in range(3)], {"aa": b"png"})


def test_a_line_has_the_agreed_keys() -> None:
    values = json.loads(make_record().to_json())
    assert values.keys() == KEYS
    assert values["reward"] == {"game": 1.0, "format": 1.0, "perception": 1.0, "total": 3.0}
    assert values["level"]["knobs"]["image_px"] is None
    mixed = make_record(game_name="swap")
    assert json.loads(mixed.to_json()).keys() == {*KEYS, "game_name"}
    assert TurnRecord.from_json(mixed.to_json()) == mixed


@given(st.text(st.characters(exclude_categories=[])), st.one_of(st.none(), st.text()))
def test_any_reply_comes_back_as_it_was_on_one_line(reply: str, action: str | None) -> None:
    record = make_record(reply=reply, action=action, advantage=None)
    line = record.to_json()
    assert len(line.splitlines()) == 1
    line.encode()
    assert TurnRecord.from_json(line) == record


@pytest.mark.parametrize("line", ['{"step": 1}', "{", "[]"])
def test_a_line_that_is_no_record_is_an_error(line: str) -> None:
    with pytest.raises(ValueError):
        TurnRecord.from_json(line)


def test_written_steps_are_read_back(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    assert history.steps() == []
    write_steps(history, range(1, 4))
    history.write_validation(0, [make_record(split="validation", advantage=None)], {"bb": b"other"})
    assert (tmp_path / "history" / "step_000001.jsonl").is_file()
    assert (tmp_path / "history" / "validation_000000.jsonl").is_file()
    assert history.steps() == [1, 2, 3]
    assert history.validation_steps() == [0]
    assert [record.sample for record in history.read(2)] == [0, 1, 2]
    assert history.read_validation(0)[0].advantage is None
    with pytest.raises(FileNotFoundError):
        history.read(4)


def test_a_picture_is_written_once(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.write(1, [], {"aa": b"first", "bb": b"second"})
    history.write(2, [], {"aa": b"never written"})
    assert sorted(tmp_path.glob("images/*/*")) == [tmp_path / "images" / name for name in ("aa/aa.png", "bb/bb.png")]
    assert history.image("aa") == b"first"


def test_writing_a_step_again_replaces_it(tmp_path: Path) -> None:
    history = History(tmp_path)
    write_steps(history, range(1, 3))
    history.write(2, [make_record(step=2, reply="again")], {})
    assert [record.reply for record in history.read(2)] == ["again"]
    assert history.steps() == [1, 2]


def test_truncating_removes_what_comes_after(tmp_path: Path) -> None:
    history = History(tmp_path)
    write_steps(history, range(1, 6))
    for step in (0, 3, 5):
        history.write_validation(step, [], {})
    (tmp_path / "step_000006.jsonl.tmp").write_text("half a li")
    (tmp_path / "images" / "aa" / "aacc.png.tmp").write_text("half a pict")
    history.truncate_after(3)
    assert history.steps() == [1, 2, 3]
    assert history.validation_steps() == [0, 3]
    assert not list(tmp_path.rglob("*.tmp"))
    history.truncate_after(0)
    assert (history.steps(), history.validation_steps()) == ([], [0])
    History(tmp_path / "nowhere").truncate_after(3)


def test_a_draft_is_no_step(tmp_path: Path) -> None:
    history = History(tmp_path)
    write_steps(history, range(1, 2))
    (tmp_path / "step_000002.jsonl.tmp").write_text('{"step": 2')
    assert history.steps() == [1]


def test_a_write_that_fails_leaves_the_step_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path)
    write_steps(history, range(1, 2))
    before = history.read(1)

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("easyr1.replay.record.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        history.write(1, [make_record(reply="lost")], {})
    assert history.read(1) == before


def test_a_killed_writer_leaves_whole_steps_and_goes_on_without_gaps(tmp_path: Path) -> None:
    history, start = History(tmp_path), 1
    for kept in (2, 3):
        command = [sys.executable, "-c", WRITE_UNTIL_KILLED, str(tmp_path), str(start)]
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            deadline = time.monotonic() + 60
            while len(history.steps()) < start + 3 and time.monotonic() < deadline:
                time.sleep(0.003)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        steps = history.steps()
        assert steps == list(range(1, len(steps) + 1)) and len(steps) >= start + 3
        for step in steps:
            assert [record.sample for record in history.read(step)] == list(range(200))
            assert history.image(f"new{step}") == b"png" * 1000
        history.truncate_after(kept)
        assert history.steps() == list(range(1, kept + 1))
        start = kept + 1

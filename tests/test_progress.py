from __future__ import annotations

import io
import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from easyr1.progress import ProgressView, progress_line, write_duration
from easyr1.replay.record import MetricsLog

ROW = {"step": 12, "reward/game": -0.12, "reward/format": 0.98, "perception/exact": 0.909}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_the_line_of_a_step() -> None:
    assert progress_line(ROW, 60, 3.33) == (
        "step 12/60 | game -0.12 | format 0.98 | P_acc 0.91 | 3.3 s/step | 2 min 40 s left"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert progress_line({"step": 1}, 60, None) == "step 1/60"
    assert progress_line({**ROW, "perception/exact": math.nan}, 60, None) == "step 12/60 | game -0.12 | format 0.98"
    assert progress_line({"step": 60}, 60, 2.0) == "step 60/60 | 2.0 s/step"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (160, "2 min 40 s"),
        (3600, "1 h 0 min"),
        (11100, "3 h 5 min"),
        (187200, "2 d 4 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert write_duration(seconds) == words


def test_a_line_a_step_where_there_is_no_terminal(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    log, stream = MetricsLog(tmp_path / "metrics.jsonl"), io.StringIO()
    log.append({"step": 1})
    with ProgressView(tmp_path, 4, stream=stream, poll_s=0.01):
        for step in (2, 3):
            log.append({**ROW, "step": step, "time/step_s": 2.0})
            wait_for(lambda step=step: f"step {step}/4" in stream.getvalue())
        log.append({**ROW, "step": 4})
    lines = stream.getvalue().splitlines()
    assert [line.split(" | ")[0] for line in lines] == ["step 2/4", "step 3/4", "step 4/4"]
    assert lines[0].endswith("2.0 s/step | 4 s left")
    assert (tmp_path / "curves.png").is_file()


def test_a_resumed_run_shows_its_steps_again(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    log, stream = MetricsLog(tmp_path / "metrics.jsonl"), io.StringIO()
    for step in range(1, 5):
        log.append({"step": step})
    with ProgressView(tmp_path, 9, stream=stream, poll_s=0.01) as view:
        log.truncate_after(2)
        wait_for(lambda: view._shown == 2)
        log.append({"step": 3})
    assert [line.split(" | ")[0] for line in stream.getvalue().splitlines()] == ["step 3/9"]


def test_a_terminal_gets_one_bar(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("tqdm")
    log, stream = MetricsLog(tmp_path / "metrics.jsonl"), Terminal()
    with ProgressView(tmp_path, 60, stream=stream, poll_s=0.01):
        log.append(ROW)
        wait_for(lambda: "step 12/60" in stream.getvalue())
    assert "P_acc 0.91" in stream.getvalue()
    assert stream.getvalue().count("\n") <= 1


def test_curves_are_not_drawn_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Path] = []
    monkeypatch.setattr("easyr1.replay.curves.draw_curves", lambda runs, out, panels: drawn.append(out))
    log, stream = MetricsLog(tmp_path / "metrics.jsonl"), io.StringIO()
    with ProgressView(tmp_path, 9, stream=stream, poll_s=0.01, curves_every_s=600):
        for step in range(1, 4):
            log.append({"step": step})
            wait_for(lambda step=step: f"step {step}/9" in stream.getvalue())
    assert drawn == [tmp_path / "curves.png"] * 2


def test_nothing_is_drawn_or_said_before_the_first_step(tmp_path: Path) -> None:
    stream = io.StringIO()
    with ProgressView(tmp_path / "later", 9, stream=stream, poll_s=0.01):
        time.sleep(0.05)
    assert stream.getvalue() == ""
    assert not (tmp_path / "later").exists()


def test_a_picture_that_cannot_be_drawn_does_not_end_the_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("easyr1.replay.curves.draw_curves", fail)
    log, stream = MetricsLog(tmp_path / "metrics.jsonl"), io.StringIO()
    with ProgressView(tmp_path, 9, stream=stream, poll_s=0.01, curves_every_s=0):
        for step in range(1, 4):
            log.append({"step": step})
            wait_for(lambda step=step: f"step {step}/9" in stream.getvalue())
    assert stream.getvalue().count("curves.png is not drawn any more: no room") == 1

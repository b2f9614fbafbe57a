"""Processes that play: they end with their parent, and a killed one ends the run in a line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from easyr1.evaluate import main
from easyr1.evaluation import evaluate
from easyr1.evaluation.runner import in_processes

ROOT = Path(__file__).parents[2]
ENDLESS = """\
import sys, time
from easyr1.evaluation.runner import in_processes
if __name__ == "__main__":
    for _ in in_processes(time.sleep, [0.01] * 4 + [60.0] * 40, 2):
        print("played", flush=True)
"""


def end_of(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_no_process_outlives_its_parent(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(ENDLESS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, str(tmp_path / "endless.py")], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None and parent.stdout.readline() == b"played\n"
    workers = psutil.Process(parent.pid).children(recursive=True)
    assert len(workers) >= 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


def test_a_killed_process_ends_the_run_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluate, "play_states", lambda *_: list(in_processes(end_of, [1, 2, 3], 2)))
    assert main(["game=ShisenSho-v0/easy", "episodes=1", f"runs_dir={tmp_path}"]) == 1
    error = capsys.readouterr().err
    assert "error: a process was killed" in error and error.count("error:") == 1


def test_results_come_from_one_process_or_many() -> None:
    assert list(in_processes(abs, [-3, -2], None)) == [3, 2]
    assert sorted(in_processes(abs, [-3, -2, -1], 2)) == [1, 2, 3]
    assert list(in_processes(abs, [], 2)) == []


def test_an_error_in_a_process_is_raised_here() -> None:
    start = time.monotonic()
    with pytest.raises(TypeError):
        list(in_processes(abs, [1, 2, "x", *[4] * 100], 2))  # type: ignore[list-item]
    assert time.monotonic() - start < 30

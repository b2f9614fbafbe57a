from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from easyr1.replay.record import MetricsLog


def fill(log: MetricsLog, steps: range) -> None:
    for step in steps:
        log.append({"step": step, "reward/game": step / 10})


def steps_of(log: MetricsLog) -> list[int]:
    return [row["step"] for row in log.read()]


def test_a_line_a_step(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "run" / "metrics.jsonl")
    assert log.read() == []
    fill(log, range(1, 4))
    assert log.read() == [{"step": step, "reward/game": step / 10} for step in (1, 2, 3)]
    assert len(log.path.read_text().splitlines()) == 3


def test_numbers_that_are_not_finite_are_null_in_the_file(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    log.append({"step": 1, "a": math.nan, "b": math.inf, "c": 2, "d": True})
    assert json.loads(log.path.read_text()) == {"step": 1, "a": None, "b": None, "c": 2, "d": True}
    (row,) = log.read()
    assert math.isnan(row["a"]) and math.isnan(row["b"]) and row["c"] == 2


@pytest.mark.parametrize("torn", ['{"step": 4, "reward/ga', "{", '{"step": 4, "reward/game": 0.4}'])
def test_a_torn_last_line_is_left_out_and_mended(tmp_path: Path, torn: str) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    fill(log, range(1, 4))
    with log.path.open("a") as file:
        file.write(torn)
    assert steps_of(log) == [1, 2, 3]
    fill(log, range(4, 6))
    assert steps_of(log) == [1, 2, 3, 4, 5]
    assert [json.loads(line)["step"] for line in log.path.read_text().splitlines()] == [1, 2, 3, 4, 5]


def test_a_resumed_run_has_no_gaps_and_no_doubles(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    fill(log, range(1, 5))
    with log.path.open("a") as file:
        file.write('{"step": 5, "rew')
    log.truncate_after(2)
    assert steps_of(log) == [1, 2]
    fill(log, range(3, 7))
    assert steps_of(log) == [1, 2, 3, 4, 5, 6]
    MetricsLog(tmp_path / "nowhere.jsonl").truncate_after(2)


def test_a_step_written_again_replaces_its_line(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    fill(log, range(1, 4))
    log.append({"step": 2, "reward/game": 9.0})
    assert [(row["step"], row["reward/game"]) for row in log.read()] == [(1, 0.1), (2, 9.0), (3, 0.3)]

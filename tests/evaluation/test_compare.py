"""Runs against each other."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from easyr1.errors import ConfigError
from easyr1.evaluate import main
from easyr1.evaluation.compare import Run, diagnose, load_run, paired, related_runs, write_comparison
from easyr1.evaluation.figures import FIGURES, LevelFigures
from easyr1.evaluation.intervals import Interval


def make_run(name: str, scores: list[float], observation: str = "image", first_hash: str = "h0", **config: Any) -> Run:
    """A run on one task, whose scores are normalised already."""
    levels = {
        ("task", number): LevelFigures(
            "task", number, f"h{number}" if number else first_hash, 1, {}, dict.fromkeys(FIGURES, score), {}
        )
        for number, score in enumerate(scores)
    }
    mean = sum(scores) / len(scores)
    interval = {"task": Interval(mean, mean - 0.1, mean + 0.1)}
    return Run(name, {"policy": "chat", "observation": observation, **config}, levels, interval, interval)


def write_run(folder: Path, run: Run) -> Path:
    path = folder / run.name
    path.mkdir()
    figures = {"normalised": run.normalised["task"].to_dict(), "score": run.scores["task"].to_dict()}
    (path / "config.json").write_text(json.dumps(run.config))
    (path / "summary.json").write_text(json.dumps({"tasks": {"task": {"figures": figures}}}))
    (path / "levels.jsonl").write_text("".join(f"{json.dumps(row.to_dict())}\n" for row in run.levels.values()))
    return path


def test_pairs_see_what_means_do_not() -> None:
    old = make_run("old", [float(number) for number in range(40)])
    new = make_run("new", [number + 0.5 for number in range(40)])
    count, difference = paired(old, new, "task", "score")
    # The levels differ by far more than the players do, and that is taken out.
    assert count == 40 and difference == (0.5, 0.5, 0.5)


def test_only_levels_that_both_have_played() -> None:
    assert paired(make_run("a", [0.0, 1.0]), make_run("b", [2.0] * 5), "task", "score")[0] == 2
    count, difference = paired(make_run("a", [0.0]), make_run("b", [0.0]), "other", "score")
    assert count == 0 and math.isnan(difference.mean)


def test_levels_of_one_name_must_be_one_level() -> None:
    with pytest.raises(ConfigError, match="level 0 of task is not the same in a and b"):
        paired(make_run("a", [0.0]), make_run("b", [0.0], first_hash="x"), "task", "score")


def test_a_comparison_in_words() -> None:
    text = write_comparison([make_run("old", [0.2] * 4), make_run("new", [0.7] * 4)])
    assert text.startswith("new - old, paired by level, 95% intervals\n")
    assert "| task |      4 | 0.20 | 0.70 | 0.50 (0.50 to 0.50) |" in text


def test_how_much_comes_from_seeing() -> None:
    runs = [make_run("a", [0.4]), make_run("b", [0.8], "text"), make_run("c", [0.1], "blank")]
    assert diagnose(runs) == [
        "task: text 0.80, image 0.40, blank 0.10; "
        "the picture is worth 0.30 of the 0.70 that the state in words is worth"
    ]
    assert diagnose(runs[:2]) == ["task: text 0.80, image 0.40"]
    assert diagnose(runs[:1]) == []
    assert diagnose([runs[0], make_run("b", [0.8], "text", seed=9)]) == [], "another seed is another run"
    useless = [make_run("a", [0.4]), make_run("b", [0.1], "text"), make_run("c", [0.1], "blank")]
    assert diagnose(useless)[0].endswith("knowing the state is worth nothing here, so nothing can be said about seeing")


def test_runs_of_the_same_player_are_found_beside_each_other(tmp_path: Path) -> None:
    first = write_run(tmp_path, make_run("a", [0.4]))
    assert related_runs(first) == []
    write_run(tmp_path, make_run("b", [0.8], "text"))
    write_run(tmp_path, make_run("c", [0.8], "blank", seed=4))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "summary.json").write_text("{")
    (tmp_path / "d" / "config.json").write_text((first / "config.json").read_text())
    assert [run.name for run in related_runs(first)] == ["a", "b"]
    assert load_run(first) == make_run("a", [0.4])


def test_the_command_writes_a_table_and_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [write_run(tmp_path, make_run(name, [score] * 3)) for name, score in (("a", 0.2), ("b", 0.6), ("c", 0.9))]
    assert main([f"compare=[{','.join(map(str, paths))}]"]) == 0
    text = (paths[-1] / "comparison.md").read_text()
    assert text in capsys.readouterr().out and "b - a, paired" in text and "c - a, paired" in text
    with Image.open(paths[-1] / "comparison.png") as picture:
        assert picture.width == 1200
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or []}
    # Each run is there in its colour.
    assert colours >= {(31, 111, 180), (209, 100, 44), (58, 143, 92)}


def test_runs_without_a_level_in_common() -> None:
    other = make_run("b", [0.0])
    with pytest.raises(ConfigError, match="a and b have no level in common"):
        write_comparison([make_run("a", [0.0]), Run("b", {}, {}, other.normalised, other.scores)])

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from easyr1.replay.record import History, MetricsLog
from easyr1.report import main, panels_of, read_runs, write_table
from tests.replay.make import at_level, make_reward

ROWS_OF_PANELS = 3


def write_run(folder: Path, games: tuple[str, ...] = (), with_history: bool = True) -> Path:
    """A training of three steps with a validation before and after, better by 0.5 on each of four levels."""
    metrics, validation = MetricsLog(folder / "metrics.jsonl"), MetricsLog(folder / "validation.jsonl")
    starts = ["", *(f"game/{game}/" for game in games)]
    for step in (1, 2, 3):
        metrics.append({"step": step, **{f"{start}reward/game": step / 10 for start in starts}})
    for step, value in ((0, 0.25), (3, 0.75)):
        row = {
            f"validation/{start}reward/game{end}": value + by
            for start in starts
            for end, by in (("", 0.0), ("/low", -0.05), ("/high", 0.05))
        }
        validation.append({"step": step, **row, "validation/perception/right_then_good": float("nan")})
        records = [
            at_level(seed, reward=make_reward(value), game_name=game) for seed in range(4) for game in games or ("",)
        ]
        if with_history:
            History(folder / "history").write_validation(step, records, {})
    return folder


def lines_of(table: str, *words: str) -> list[str]:
    return [line for line in table.splitlines() if all(f"| {word} |" in line for word in words)]


def test_the_table_compares_the_first_validation_with_the_last(tmp_path: Path) -> None:
    table = write_table(read_runs([write_run(tmp_path / "mine")]))
    (line,) = lines_of(table, "mine", "all", "game reward")
    assert "| 0.25 [0.20, 0.30] (0) | 0.75 [0.70, 0.80] (3) | +0.50 (+0.50 to +0.50) |" in line
    (line,) = lines_of(table, "R_acc")
    assert "| none (0) | none (3) |  |" in line
    assert len({line.count("|") for line in table.splitlines()}) == 1


def test_without_a_history_there_is_no_paired_difference(tmp_path: Path) -> None:
    table = write_table(read_runs([write_run(tmp_path / "mine", with_history=False)]))
    assert lines_of(table, "game reward")[0].endswith("| 0.75 [0.70, 0.80] (3) |  |")


def test_a_mixture_has_lines_and_panels_of_each_game(tmp_path: Path) -> None:
    runs = read_runs([write_run(tmp_path / "one", games=("swap", "maze"))])
    assert runs[0].games == ["maze", "swap"]
    assert lines_of(write_table(runs), "swap", "game reward")[0].endswith("+0.50 (+0.50 to +0.50) |")
    panels = panels_of(runs)
    assert len(panels) == 4 * (ROWS_OF_PANELS + 2)
    assert panels[-4].keys == ("game/swap/reward/game",) and panels[-4].title == "swap: game reward"


def test_runs_are_drawn_in_one_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="curves need the extra `dev` or an engine's")
    runs = [write_run(tmp_path / "one"), write_run(tmp_path / "two", games=("maze",))]
    out = tmp_path / "pictures" / "all.png"
    assert main([*map(str, runs), "--out", str(out)]) == 0
    with Image.open(out) as picture:
        assert picture.size == (1920, 480 * (ROWS_OF_PANELS + 1))
    printed = capsys.readouterr().out
    assert lines_of(printed, "one") and lines_of(printed, "two", "maze") and f"curves: {out}" in printed


def test_runs_of_the_same_name_are_called_by_their_paths(tmp_path: Path) -> None:
    runs = read_runs([write_run(tmp_path / "a" / "run"), write_run(tmp_path / "b" / "run"), write_run(tmp_path / "c")])
    assert [run.name for run in runs] == [str(tmp_path / "a" / "run"), str(tmp_path / "b" / "run"), "c"]


def test_a_run_without_validations_is_a_run(tmp_path: Path) -> None:
    MetricsLog(tmp_path / "young" / "metrics.jsonl").append({"step": 1, "reward/game": 0.5})
    assert "| young | | no validation |" in write_table(read_runs([tmp_path / "young"]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: None, "no such run"),
        (lambda folder: folder.mkdir(), "no metrics of a training in it (metrics.jsonl)\n"),
        (lambda folder: (folder / "episodes").mkdir(parents=True), "its figures are in summary.json"),
        (lambda folder: (write_run(folder) / "metrics.jsonl").write_text("{\n"), "not a file of metrics"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, make: object, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path / "run")  # type: ignore[operator]
    assert main([str(write_run(tmp_path / "good")), str(tmp_path / "run"), "--out", str(tmp_path / "c.png")]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"error: {tmp_path / 'run'}") and words in message and message.count("\n") == 1
    assert not (tmp_path / "c.png").exists()


def test_importing_the_report_needs_no_plots() -> None:
    code = "import sys, easyr1.report; print({'torch', 'verl', 'matplotlib'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"

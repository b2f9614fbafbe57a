"""The whole way, from the command line to the table: players by rule."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from easyr1.evaluate import main
from easyr1.replay.record import TurnRecord, image_path

ROOT = Path(__file__).parents[2]
SUITE = """\
tasks:
  clear:
    game: games/ShisenSho-v0
    knobs: {rows: 2, columns: 4, num_faces: 2, solvable: true}
    episodes: 7
    max_turns: 5
  again:
    game: games/TwentyFortyEight-v0
    knobs: {rows: 2, columns: 2}
    episodes: 5
    repeats: 2
    max_turns: 30
    restart: true
  absent: {game: games/Nothing-v0, optional: true}
"""

KILLED_IN_THE_MIDDLE = """\
import os, signal, sys
from pathlib import Path
from easyr1.evaluate import main
from easyr1.evaluation import store

whole, episodes = store.write_whole, []

def write_whole(path, content):
    if path.suffix == ".jsonl":
        episodes.append(path)
    if len(episodes) == 9:
        path.with_name(f"{path.name}.1.tmp").write_bytes(content[:20])
        os.kill(os.getpid(), signal.SIGKILL)
    whole(path, content)

store.write_whole = write_whole
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite, and the runs on it, which share their anchors."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "own.yaml").write_text(SUITE)
    return folder


def run(place: Path, *overrides: str) -> int:
    return main([f"suite={place}/own.yaml", f"runs_dir={place}/runs", *overrides])


def read(place: Path, experiment: str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((place / "runs" / experiment / "summary.json").read_text())
    return summary


def test_the_solver_is_one_and_leaves_everything_behind(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "policy=solver", "experiment=solver", "workers=1") == 0
    folder, summary = place / "runs" / "solver", read(place, "solver")
    clear = summary["tasks"]["clear"]
    assert clear["figures"]["score"] == {"mean": 4.0, "low": 4.0, "high": 4.0}
    assert clear["figures"]["normalised"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert clear["figures"]["success"]["mean"] == clear["figures"]["P_acc"]["mean"] == 1.0
    assert (clear["levels"], clear["episodes"], clear["failed"]) == (7, 7, 0)
    assert summary["tasks"]["again"]["episodes"] == 10
    assert summary["skipped"]["absent"].startswith("unknown game 'games/Nothing-v0'")
    table = (folder / "table.md").read_text()
    assert table in capsys.readouterr().out
    assert "absent: left out: unknown game" in table and "clear: 0 of its 7 levels are in the table of frozen" in table
    with Image.open(folder / "scores.png") as picture:
        assert picture.width == 1200
    # The first episodes of the first two levels of each task keep what was seen and said, the others their actions.
    for path in folder.glob("episodes/clear/*.jsonl"):
        lines = [TurnRecord.from_json(line) for line in path.read_text().splitlines()]
        is_kept = int(path.name[:4]) < 2
        assert len(lines) == 4 and all(bool(line.prompt) == bool(line.reply) == is_kept for line in lines)
        assert all(image_path(folder, line.observation).is_file() for line in lines) == is_kept
        assert all(line.action for line in lines) and lines[0].truth


def test_the_random_policy_is_near_nothing(place: Path) -> None:
    assert run(place, "policy=random", "experiment=random", "workers=1") == 0
    summary = read(place, "random")
    for task in summary["tasks"].values():
        assert task["figures"]["normalised"]["low"] < 0.15 and task["figures"]["normalised"]["mean"] < 0.5
    assert summary["tasks"]["clear"]["figures"]["illegal"]["mean"] > 0.3
    assert summary["tasks"]["clear"]["anchors"]["solver"] == 4.0


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_been(place: Path) -> None:
    keys = [f"suite={place}/own.yaml", f"runs_dir={place}/runs", "policy=random_legal", "seed=3"]
    assert main([*keys, "experiment=whole", "workers=1"]) == 0
    command = [sys.executable, "-c", KILLED_IN_THE_MIDDLE, *keys, "experiment=killed", "workers=1"]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    folder = place / "runs" / "killed"
    assert len(list(folder.glob("episodes/*/*.jsonl"))) == 8 and list(folder.glob("**/*.tmp"))
    assert not (folder / "summary.json").exists()
    stamps = {path: path.stat().st_mtime_ns for path in folder.glob("episodes/*/*.jsonl")}
    assert main([*keys, "experiment=killed", "workers=1"]) == 0
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items()), "nothing was played twice"
    assert not list(folder.glob("**/*.tmp"))
    for name in ("summary.json", "levels.jsonl", "table.md"):
        assert (folder / name).read_bytes() == (place / "runs" / "whole" / name).read_bytes()
    whole = {path.name: path.read_bytes() for path in (place / "runs" / "whole").glob("images/*/*.png")}
    assert {path.name: path.read_bytes() for path in folder.glob("images/*/*.png")} == whole


def test_many_processes_find_what_one_finds(place: Path) -> None:
    assert run(place, "policy=greedy", "experiment=one", "workers=1") == 0
    assert run(place, "policy=greedy", "experiment=two", "workers=2") == 0
    runs = [place / "runs" / name for name in ("one", "two")]
    assert runs[0].joinpath("summary.json").read_bytes() == runs[1].joinpath("summary.json").read_bytes()
    assert runs[0].joinpath("levels.jsonl").read_bytes() == runs[1].joinpath("levels.jsonl").read_bytes()


def test_a_folder_of_another_run_is_left_as_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "policy=solver", "experiment=mine", "episodes=2", "workers=1") == 0
    before = (place / "runs" / "mine" / "summary.json").read_bytes()
    capsys.readouterr()
    assert run(place, "policy=solver", "experiment=mine", "episodes=3", "workers=1") == 2
    assert capsys.readouterr().err == (
        f"error: episodes: 3 given, and {place}/runs/mine was played with 2; choose another experiment=NAME, or remove "
        "the folder\n"
    )
    assert (place / "runs" / "mine" / "summary.json").read_bytes() == before
    # What changes no figure may be another.
    assert run(place, "policy=solver", "experiment=mine", "episodes=2", "workers=1", "retry_failed=true") == 0
    assert (place / "runs" / "mine" / "summary.json").read_bytes() == before


def test_levels_that_are_not_the_frozen_ones_are_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from easyr1.evaluation import evaluate
    from easyr1.evaluation.tasks import named_task

    key = named_task("Swap-v0/easy", {}).levels_key
    monkeypatch.setattr(evaluate, "frozen_hashes", lambda: {key: ("00000000",)})
    assert main(["game=Swap-v0/easy", "episodes=1", f"runs_dir={place}/changed"]) == 2
    assert capsys.readouterr().err.startswith("error: game: the levels of Swap-v0-easy are not the frozen ones")
    assert not (place / "changed").exists()


def test_a_suite_of_which_nothing_can_be_made(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "empty.yaml").write_text("tasks: {a: {game: games/Nothing-v0, optional: true}}")
    assert main([f"suite={place}/empty.yaml", f"runs_dir={place}/runs"]) == 2
    assert "suite: none of its games can be made: unknown game" in capsys.readouterr().err


def test_a_run_needs_no_engine() -> None:
    """And importing the program takes under a second and a half, the interpreter's own start included."""
    code = "import time; start = time.perf_counter(); import easyr1.evaluate; print(time.perf_counter() - start)"
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)
        for _ in range(2)
    ]
    assert min(seconds) < 1.5
    code = (
        "import sys, tempfile; from easyr1.evaluate import main; "
        "folder = tempfile.mkdtemp(); "
        "assert main(['game=ShisenSho-v0/easy', 'episodes=1', f'runs_dir={folder}']) == 0; "
        "print(*{'torch', 'verl', 'ray', 'vllm', 'transformers'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "" and "| ShisenSho-v0-easy |" in ran.stdout

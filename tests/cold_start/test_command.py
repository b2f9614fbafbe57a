"""The command line: what it prints, refuses and returns, in one line each."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from easyr1.cold_start.__main__ import main
from easyr1.cold_start.settings import compose_settings, read_settings
from tests.cold_start.make import rows

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "verl", "ray", "vllm", "transformers", "matplotlib", "tqdm", "hydra"}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("game=shisensoh", "game=shisensoh: no such option; did you mean shisensho?"),
        ("stats=3", "stats: no such key; did you mean states?"),
        ("teacher=sovler", "teacher: 'sovler' given; did you mean 'solver'?"),
        ("states=0", "states: 0 given; it must be a whole number, 1 or more"),
        ("validation_states=-1", "validation_states: -1 given; it must be a whole number, 0 or more"),
        ("max_turns=none", "max_turns: 'none' given; it must be a whole number, 1 or more"),
        ("window=0", "window: 0 given; it must be a whole number, 1 or more, or null"),
        ("random_share=1.5", "random_share: 1.5 given; it must be a number, from 0 to 1"),
        ("mistake_share=-0.1", "mistake_share: -0.1 given; it must be a number, from 0 to 1"),
        ("candidates=-1", "candidates: -1 given; it must be a whole number, 0 or more"),
        ("seed=1.5", "seed: 1.5 given; it must be a whole number, 0 or more"),
        ("workers=0", "workers: 0 given; it must be a whole number, 1 or more"),
        ("samples=0", "samples: 0 given; it must be a whole number, 1 or more"),
        ("max_cost=-1", "max_cost: -1 given; it must be a number, 0 or more"),
        ("model=3", "model: 3 given; it must be a folder or hub id, or null"),
        ("experiment=a/b", "experiment: 'a/b' given; it must be the name of one folder"),
        ("game.knobs.rows=99", "game.knobs.rows: rows must be a whole number from 1 to 16, got 99"),
        ("game.knobs.rwos=4", "game.knobs.rwos: games/ShisenSho-v0 has no such knob; did you mean 'rows'?"),
        ("chat.bas_url=x", "chat.bas_url: no such key; did you mean chat.base_url?"),
        ("states", "states: not of the form KEY=VALUE"),
    ],
)
def test_a_bad_key_is_named_in_one_line(
    override: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [] if override.startswith("game=") else ["game=shisensho"]
    assert main(["data", *given, f"runs_dir={tmp_path}", override]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}") and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_processor_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("transformers")
    assert main(["data", "game=shisensho_small", f"runs_dir={tmp_path}", f"model={tmp_path}/none"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: model: cannot load a processor from ") and error.count("\n") == 1


def test_the_configuration_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "--cfg", "job", "game=swap", "states=7"]) == 0
    assert "states: 7" in (printed := capsys.readouterr().out) and "id: games/Swap-v0" in printed


def test_the_default_is_the_papers() -> None:
    settings = read_settings(compose_settings([]), [])
    assert list(settings.games) == ["shisensho", "shisensho_cifar10", "swap", "twenty_forty_eight"]
    assert settings.states["train"] == 1000 and settings.episodes.max_turns == 1 and settings.teacher == "solver"


def test_it_runs_and_shows_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["data", "game=twenty_forty_eight", "states=3", "validation_states=1", f"runs_dir={tmp_path}"]
    assert main(command) == 0
    folder = tmp_path / "cold_start_twenty_forty_eight_solver_seed0"
    said = capsys.readouterr().out
    assert "4/4 examples | TwentyFortyEight-v0" in said and "kept 3 train and 1 validation" in said
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "config.json",
        "counts.json",
        "data",
        "samples.png",
    }
    assert len(rows(folder)) == 4
    assert main(command) == 0
    assert "4 of 4 examples are there already" in capsys.readouterr().out


def test_ctrl_c_stops_it_at_once_and_leaves_nobody_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "easyr1.cold_start", "data", "game=swap", f"runs_dir={tmp_path}", "workers=2"]
    run = subprocess.Popen([*command, "states=100000"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        begun = tmp_path / "cold_start_swap_solver_seed0" / "config.json"
        for _ in range(600):
            if begun.exists():
                break
            time.sleep(0.05)
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        error = run.communicate(timeout=30)[1]
    finally:
        run.kill()
    assert run.returncode == 130 and error == "stopped; the same command goes on from here\n"


def test_importing_it_is_light() -> None:
    code = (
        f"import sys, easyr1.cold_start.__main__, easyr1.cold_start.data; print(*sorted({HEAVY!r} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []

"""Every example runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
RUN_HERE = {"play_random.py"}


def test_every_example_has_a_test() -> None:
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == RUN_HERE


@pytest.mark.parametrize(("policy", "status"), [("random", "illegal"), ("legal", "legal"), ("solver", "legal")])
def test_play_random(tmp_path: Path, policy: str, status: str) -> None:
    command = [sys.executable, "examples/play_random.py", "--policy", policy, "--turns", "3", "--out", str(tmp_path)]
    run = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True
    )
    *turns, end = run.stdout.splitlines()
    assert len(turns) == 3 and all(f" is {status}, " in turn for turn in turns)
    assert end.startswith(f"turn_limit after 3 turns, reward {3 if status == 'legal' else 0}; ")
    pictures = sorted(tmp_path.glob("*.png"))
    assert [path.name for path in pictures] == ["turn_00.png", "turn_01.png", "turn_02.png"]
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.size == (168, 168)
    assert len({path.read_bytes() for path in pictures}) == (3 if status == "legal" else 1)


def test_the_solver_clears_what_it_can(tmp_path: Path) -> None:
    command = [sys.executable, "examples/play_random.py", "--policy", "solver", "--out", str(tmp_path)]
    run = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.splitlines()[-1].startswith("terminal after 18 turns, reward 18; ")

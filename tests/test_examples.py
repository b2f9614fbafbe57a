"""Every example runs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import gymnasium
import pytest
from PIL import Image

import games
from easyr1.policies.solver import SolverPolicy
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from games import Level

ROOT = Path(__file__).parents[1]
RUN_HERE = {"play_random.py", "tic_tac_toe.py"}


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
            assert picture.size == (504, 504)
    assert len({path.read_bytes() for path in pictures}) == (3 if status == "legal" else 1)


def test_the_solver_clears_what_it_can(tmp_path: Path) -> None:
    command = [sys.executable, "examples/play_random.py", "--policy", "solver", "--out", str(tmp_path)]
    run = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.splitlines()[-1].startswith("terminal after 18 turns, reward 18; ")


def test_a_new_game_from_the_how_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract, and an episode through the loop of training, with no line in easyr1."""
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    games.register_game("examples/TicTacToe-v0", "tic_tac_toe:TicTacToe")
    try:
        games.check_game("examples/TicTacToe-v0")
        rewards = []
        for seed in range(30):
            episode = Episode(Level("examples/TicTacToe-v0", {}, seed), LocalEnvironment())
            trajectory = asyncio.run(play_episode(SolverPolicy(), episode, Limits(max_turns=9, window=1)))
            rewards.append(sum(turn.game_reward for turn in trajectory.turns))
        assert min(rewards) >= 0 and sum(rewards) > 15, "a perfect player never loses, and mostly wins"
    finally:
        del gymnasium.registry["examples/TicTacToe-v0"]


def test_the_how_to_runs_as_it_says(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "tic_tac_toe.py")]
    run = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True
    )
    assert "The contract holds" in run.stdout
    with Image.open(tmp_path / "tic_tac_toe.png") as picture:
        assert picture.size == (504, 504)

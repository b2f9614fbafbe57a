"""`bash recipes/g1_swap.sh` with tiny numbers: examples, supervised training, reinforcement learning in one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from easyr1.replay.record import History, MetricsLog
from tests.e2e.runs import SMALL

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

ROOT = Path(__file__).parents[2]
STEPS = 2
LIMIT_S = 400


def run(runs: Path, installed: dict[str, str], *overrides: str) -> str:
    done = subprocess.run(
        [
            *("bash", "recipes/g1_swap.sh", *SMALL, f"runs_dir={runs}", "experiment=g1", "game.validation_levels=4"),
            *(
                f"trainer.total_training_steps={STEPS}",
                "cold_start.data.states=48",
                "cold_start.data.validation_states=8",
            ),
            *("cold_start.train.trainer.total_epochs=1", "cold_start.train.data.train_batch_size=8"),
            *("cold_start.train.data.micro_batch_size_per_gpu=8", "cold_start.train.validation.levels=4"),
            *overrides,
        ],
        cwd=ROOT,
        env=installed,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def output(runs: Path, installed: dict[str, str]) -> str:
    return run(runs, installed)


def test_the_stages_follow_each_other(runs: Path, output: str) -> None:
    stages = [line.partition(":")[0] for line in output.splitlines() if line.startswith("stage ")]
    assert [stage.partition(", ")[2] for stage in stages] == [
        "examples",
        "supervised training",
        "reinforcement learning",
    ]
    assert "kept 48 train and 8 validation" in output and f"done: {STEPS} steps" in output
    assert {path.name for path in runs.iterdir()} == {"g1", "g1_examples", "g1_sft"}
    assert len(MetricsLog(runs / "g1_sft" / "metrics.jsonl").read()) == 6
    assert [row["step"] for row in MetricsLog(runs / "g1" / "metrics.jsonl").read()] == [1, 2]


def test_reinforcement_learning_starts_from_the_model_of_the_second_stage(runs: Path, output: str) -> None:
    config = (runs / "g1" / "config.yaml").read_text()
    model = runs / "g1_sft" / "checkpoints" / "global_step_6" / "huggingface"
    assert f"path: {model}" in config and (model / "model.safetensors").is_file()
    # Both validate on the same frozen levels, in the same order.
    before, after = History(runs / "g1_sft" / "history"), History(runs / "g1" / "history")
    played = {record.level["seed"] for record in before.read_validation(6)}
    assert len(played) == 4 and played == {record.level["seed"] for record in after.read_validation(0)}


def test_a_second_call_does_nothing_again(runs: Path, installed: dict[str, str], output: str) -> None:
    made = {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()}
    again = run(runs, installed)
    assert "g1_examples is finished" in again and "g1_sft is finished" in again
    assert f"has all its {STEPS} steps" in again
    assert made == {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()}

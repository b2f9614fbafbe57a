"""A training on examples on two nodes of a Ray cluster, both on this machine, with one process each."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from easyr1.replay.record import History, MetricsLog
from easyr1.tiny import CHECKPOINT_FOLDER
from tests.e2e.ray_cluster import RayCluster
from tests.e2e.runs import processes_of

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

STEPS, LIMIT_S = 4, 200


def command(runs: Path, experiment: str, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "easyr1.cold_start", "train", "hardware=cpu", "vlm=tiny"),
        *(f"examples={runs / 'examples'}", f"runs_dir={runs}", f"experiment={experiment}"),
        *("data.train_batch_size=8", "data.micro_batch_size_per_gpu=4", f"trainer.total_training_steps={STEPS}"),
        *("trainer.total_epochs=2", "trainer.save_freq=-1", "validation.levels=4", "validation.max_reply_tokens=64"),
        *("trainer.logger=[console]", "data.max_length=640", *more),
    ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    data = ["game=shisensho_small", "states=24", "validation_states=8", f"runs_dir={folder}", "experiment=examples"]
    subprocess.run([sys.executable, "-m", "easyr1.cold_start", "data", *data, "workers=1"], check=True)
    return folder


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Of a process that joins a cluster of two nodes with a logical GPU each."""
    cluster = RayCluster(2, cpus=2)
    try:
        yield cluster.environment
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def output(runs: Path, environment: dict[str, str]) -> str:
    """What a run on two nodes says."""
    run = subprocess.run(
        command(runs, "two", "trainer.nnodes=2"), env=environment, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_steps_are_those_of_one_node(runs: Path, output: str) -> None:
    subprocess.run(command(runs, "one", "validation.levels=0"), check=True, timeout=LIMIT_S)
    one, two = (MetricsLog(runs / name / "metrics.jsonl").read() for name in ("one", "two"))
    assert [row["step"] for row in two] == list(range(1, STEPS + 1))
    for key in ("loss", "grad_norm", "lr"):
        assert [row[key] for row in two] == pytest.approx([row[key] for row in one], rel=1e-4)
    assert f"step {STEPS}/{STEPS} | loss {two[-1]['loss']:.2f}" in output


def test_both_nodes_speak_and_play_and_leave_a_shard(runs: Path, output: str) -> None:
    folder = runs / "two"
    assert "Saved dataloader state to" in (folder / "driver.log").read_text()
    assert "data_1.pt" in (folder / "driver-1.log").read_text()
    history = History(folder / "history")
    assert history.validation_steps() == [0, STEPS]
    for step in history.validation_steps():
        # A level in two is played by each.
        assert len({record.group for record in history.read_validation(step)}) == 4
    shards = (folder / "checkpoints" / f"global_step_{STEPS}").glob("model_world_size_2_rank_*.pt")
    assert len(list(shards)) == 2 and not processes_of(folder)


def test_the_export_loads_and_is_not_the_start(runs: Path, output: str) -> None:
    import torch
    from transformers import AutoModelForImageTextToText

    export = runs / "two" / "checkpoints" / f"global_step_{STEPS}" / "huggingface"
    start, trained = (AutoModelForImageTextToText.from_pretrained(path) for path in (CHECKPOINT_FOLDER, export))
    weights = trained.state_dict()
    changed = [not torch.equal(weight, weights[name]) for name, weight in start.state_dict().items()]
    assert len(changed) == len(weights) and sum(changed) > 0.9 * len(changed)


def test_a_killed_launcher_leaves_nothing_behind(runs: Path, output: str, environment: dict[str, str]) -> None:
    folder = runs / "killed"
    given = command(runs, "killed", "trainer.nnodes=2", "validation.levels=0", "trainer.total_training_steps=6")
    process = subprocess.Popen(given, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    end = time.monotonic() + LIMIT_S
    while not MetricsLog(folder / "metrics.jsonl").read():
        assert process.poll() is None and time.monotonic() < end, "no step"
        time.sleep(0.05)
    # On each node a guard, torchrun, a process that trains and one that plays.
    assert len(processes_of(folder)) >= 8
    process.kill()
    process.communicate()
    end = time.monotonic() + 30
    while processes_of(folder) and time.monotonic() < end:
        time.sleep(0.2)
    assert not processes_of(folder)


@pytest.mark.parametrize(
    ("mistake", "line"),
    [
        ("trainer.nnodes=4", "trainer.nnodes: 4 given; of the 2 nodes of the cluster 2 have 1 or more GPUs"),
        ("trainer.n_gpus_per_node=2", "trainer.nnodes: 2 given; of the 2 nodes of the cluster 0 have 2 or more GPUs"),
    ],
)
def test_a_cluster_that_is_too_small(runs: Path, environment: dict[str, str], mistake: str, line: str) -> None:
    given = command(runs, "refused", "trainer.nnodes=2", "data.micro_batch_size_per_gpu=2", mistake)
    run = subprocess.run(given, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and run.stderr.startswith(f"error: {line}") and len(run.stderr.splitlines()) == 1


def test_a_cluster_that_is_not_there(runs: Path) -> None:
    given = command(runs, "refused", "trainer.nnodes=2")
    run = subprocess.run(
        given, env={**os.environ, "RAY_ADDRESS": "127.0.0.1:1"}, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 2 and run.stderr.startswith("error: RAY_ADDRESS: '127.0.0.1:1' given")
    assert len(run.stderr.splitlines()) == 1

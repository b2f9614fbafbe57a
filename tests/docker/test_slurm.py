"""The Slurm script: what it starts where, with which variables, and how a job stops, goes on and ends.

Slurm and Ray are programs that record their calls; the training is a script that stops as a training does.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.docker.cluster import ROOT, Cluster, finish, wait_for

START = ("recipes/train.sh", "experiment=mine", "seed=2")


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def steps(cluster: Cluster) -> list[str]:
    """What each srun started, with its nodes: `node1: ray start ...`."""
    found = []
    for call in cluster.calls("srun"):
        options = {word.split("=")[0]: word.split("=")[-1] for word in call["words"] if word.startswith("--")}
        command = call["words"][call["words"].index("--cpus-per-task=2") + 1 :]
        assert options["--nodes"] == options["--ntasks"] == str(options["--nodelist"].count(",") + 1)
        found.append(f"{options['--nodelist']}: {' '.join(command)}")
    return found


def test_the_head_starts_first_then_the_workers_then_the_recipe(cluster: Cluster) -> None:
    assert finish(cluster.submit(*START, EASYR1_HEAD_IP="10.0.0.1")) == (0, "")
    ports = "10.0.0.1:24321"
    head, workers, recipe = (
        "node1: ray start --head --node-ip-address=10.0.0.1 --port=24321 --disable-usage-stats --block",
        f"node2,node3: ray start --address={ports} --block",
        "node1: bash recipes/train.sh hardware=nodes trainer.nnodes=3 experiment=mine seed=2",
    )
    is_up, are_up = (f"node1: python docker/wait_for_nodes.py {ports} {count}" for count in (1, 3))
    found = steps(cluster)
    assert sorted(found) == sorted([head, workers, recipe, is_up, are_up])
    # What starts in the background is on record within moments, in any order; what is waited for has ended before.
    assert found.index(workers) > found.index(is_up) and found[-1] == recipe
    (training,) = cluster.calls("recipe")
    assert training["RAY_ADDRESS"] == ports


def test_the_variables_of_the_submission_reach_every_step(cluster: Cluster) -> None:
    given = {"WANDB_API_KEY": "secret", "NCCL_DEBUG": "INFO", "RAY_ADDRESS": "another:6379"}
    finish(cluster.submit(*START, **given))
    ray = cluster.calls("ray")
    assert len(ray) == 2
    for call in ray:
        assert (call["WANDB_API_KEY"], call["NCCL_DEBUG"], call["EASYR1_DEVICE"]) == ("secret", "INFO", "gpu")
        assert call["RAY_ADDRESS"] is None, "a cluster that the user is on must not be joined by this one"
    assert all("--export=ALL" in call["words"] for call in cluster.calls("srun"))


def test_one_node_has_no_workers(cluster: Cluster) -> None:
    assert finish(cluster.submit(*START, nodes="node1"))[0] == 0
    assert len(cluster.calls("ray")) == 1
    assert steps(cluster)[-1].startswith("node1: bash recipes/train.sh hardware=nodes trainer.nnodes=1 ")


def test_what_the_user_says_of_size_stands(cluster: Cluster) -> None:
    finish(cluster.submit(*START, "hardware=8gpu", "trainer.nnodes=2", EASYR1_SRUN="--container-image=a.sqsh --mem=0"))
    last = cluster.calls("srun")[-1]["words"]
    assert last[-6:] == ["bash", *START, "hardware=8gpu", "trainer.nnodes=2"]
    assert "--container-image=a.sqsh" in last and "--mem=0" in last


def test_a_signal_stops_the_run_and_queues_the_job_again(cluster: Cluster) -> None:
    job = cluster.submit(*START, LASTS="20")
    cluster.until_training()
    job.send_signal(signal.SIGTERM)
    status, said = finish(job)
    assert status == 0 and "queueing job 4321 again" in said
    assert (cluster.clone / "runs" / "mine" / "stop").exists()
    assert cluster.calls("scontrol")[-1]["words"] == ["requeue", "4321"]


def test_the_folder_of_runs_may_be_elsewhere(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "shared" / "mine_sft").mkdir(parents=True)
    job = cluster.submit(*START, f"runs_dir={tmp_path}/shared", LASTS="20", EASYR1_GRACE_S="1")
    cluster.until_training()
    job.send_signal(signal.SIGTERM)
    wait_for((tmp_path / "shared" / "mine_sft" / "stop").exists)
    finish(job)


def test_a_signal_before_the_training_is_on_is_not_lost(cluster: Cluster) -> None:
    cluster.recipe.write_text("sleep 1\n" + cluster.recipe.read_text())
    (cluster.clone / "runs" / "mine").mkdir(parents=True)
    job = cluster.submit(*START, LASTS="20")
    wait_for(lambda: len(cluster.calls("srun")) == 5)
    job.send_signal(signal.SIGTERM)
    status, _ = finish(job)
    assert status == 0 and cluster.calls("scontrol")[-1]["words"][0] == "requeue"
    assert len(cluster.calls("recipe")) == 1


def test_a_late_checkpoint_does_not_lose_the_job(cluster: Cluster) -> None:
    job = cluster.submit(*START, LASTS="20", DEAF="1", EASYR1_GRACE_S="1")
    cluster.until_training()
    job.send_signal(signal.SIGTERM)
    status, said = finish(job)
    assert status == 0 and "no checkpoint within 1 s" in said
    assert cluster.calls("scontrol")[-1]["words"] == ["requeue", "4321"]


@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_run_that_ends_by_itself_ends_the_job_with_its_status(cluster: Cluster, status: int) -> None:
    assert finish(cluster.submit(*START, LASTS="1", ENDS=str(status)))[0] == status
    assert [call["words"][0] for call in cluster.calls("scontrol")] == ["show"]


def test_a_failure_after_the_signal_is_a_failure(cluster: Cluster) -> None:
    job = cluster.submit(*START, LASTS="20", STOPS="1")
    cluster.until_training()
    job.send_signal(signal.SIGTERM)
    assert finish(job)[0] == 1
    assert [call["words"][0] for call in cluster.calls("scontrol")] == ["show"]


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "usage: sbatch docker/slurm.sh"), (("recipes/train.sh", "seed=1"), "error: experiment: not given")],
)
def test_what_is_missing_is_named_before_anything_starts(cluster: Cluster, words: tuple[str, ...], said: str) -> None:
    status, err = finish(cluster.submit(*words))
    assert status == 2 and said in err and not cluster.calls("srun")


def test_slurm_sends_the_signal_to_the_script_and_keeps_the_job() -> None:
    options = [line.split()[1] for line in (ROOT / "docker/slurm.sh").read_text().splitlines() if "#SBATCH" in line]
    assert "--requeue" in options and "--open-mode=append" in options
    (left,) = (int(one.partition("@")[2]) for one in options if one.startswith("--signal=B:TERM@"))
    assert left > 1500, "the wait for the checkpoint must end before the time is up"

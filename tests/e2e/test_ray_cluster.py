"""Reinforcement learning on a Ray cluster of two nodes, both on this machine, with a slot each."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from easyr1.bridge import cluster
from easyr1.data.levels import LevelStream
from easyr1.errors import ConfigError
from tests.e2e.ray_cluster import RayCluster
from tests.e2e.runs import Run, processes_of

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

CPUS = 6


@pytest.fixture(scope="module")
def nodes() -> Iterator[RayCluster]:
    """Two nodes, each as large as it must be."""
    started = RayCluster(2, cpus=CPUS)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def joined(nodes: RayCluster) -> Iterator[Any]:
    """This process on the cluster; Ray."""
    import ray

    cluster.join(nodes.address)
    yield ray
    ray.shutdown()


def test_killed_run_of_many_turns_goes_on(nodes: RayCluster, tmp_path: Path) -> None:
    """Episodes of up to three turns on two nodes; the launcher is killed after step 2, and started again."""
    steps, states = 3, 2
    run = Run(
        tmp_path / "runs" / "two",
        (
            *(f"trainer.total_training_steps={steps}", "trainer.nnodes=2", "trainer.save_freq=2"),
            *("trainer.val_before_train=false", "trainer.test_freq=-1", "trainer.logger=[console,tensorboard,wandb]"),
            *("max_turns=3", "window=2", "data.max_prompt_length=400", f"data.train_batch_size={states}"),
            f"actor_rollout_ref.actor.ppo_mini_batch_size={states}",
        ),
        environment=nodes.environment,
    ).start()
    run.wait_until(lambda: run.checkpoint() == 2, "checkpoint of step 2")
    run.kill()
    end = time.monotonic() + 60
    while (left := processes_of(run.folder)) and time.monotonic() < end:
        time.sleep(0.5)
    assert not left, "the cluster still works for a run whose launcher is gone"

    output = run.start().finish()
    assert "going on after step 2" in output
    rows = run.metrics.read()
    assert [row["step"] for row in rows] == run.history.steps() == list(range(1, steps + 1))
    assert all(math.isfinite(value) for row in rows for value in row.values() if isinstance(value, int | float))
    assert all(0 <= row["logprob/abs_diff"] < 0.01 and row["episode/turns"] > 1 for row in rows)
    stream = LevelStream(run.config.game.id, dict(run.config.game.knobs), 1, "train")
    for step in run.history.steps():
        expected = {stream.level(states * (step - 1) + i).seed for i in range(states)}
        assert {record.level["seed"] for record in run.history.read(step)} == expected
    shards = run.folder / "checkpoints" / "global_step_2" / "actor"
    assert len(list(shards.glob("model_world_size_2_rank_*.pt"))) == 2
    # Processes of a cluster have the environment of its nodes, which know nothing of the run.
    assert list((run.folder / "tensorboard").rglob("events.*")) and list((run.folder / "wandb").glob("offline-run-*"))


def test_the_trainer_is_on_the_node_of_the_launcher(joined: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERL_PLATFORM", "cpu")  # before verl is imported
    from easyr1.bridge.task_runner import OnThisNode

    @joined.remote(num_cpus=0)
    class Somewhere:
        def node(self) -> str:
            return str(joined.get_runtime_context().get_node_id())

    own = joined.get_runtime_context().get_node_id()
    # Something large is on this node, so that Ray would take the other.
    here = joined.util.scheduling_strategies.NodeAffinitySchedulingStrategy(own, soft=False)
    large = Somewhere.options(num_cpus=CPUS, scheduling_strategy=here).remote()
    assert joined.get(large.node.remote()) == own
    actors = [OnThisNode(Somewhere).options(max_concurrency=2).remote() for _ in range(4)]
    assert {joined.get(actor.node.remote()) for actor in actors} == {own}


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ((3, 1, CPUS), "trainer.nnodes: 3 given; of the 2 nodes of the cluster 2 have 1 or more GPUs"),
        ((2, 2, CPUS), "trainer.nnodes: 2 given; of the 2 nodes of the cluster 0 have 2 or more GPUs"),
        ((2, 1, CPUS + 1), "trainer.nnodes: 2 given; of the 2 nodes with 1 or more GPUs 0 have 7 or more logical CPUs"),
    ],
)
def test_a_cluster_that_is_too_small(joined: Any, asked: tuple[int, int, int], line: str) -> None:
    cluster.nodes_that_fit(2, 1, CPUS)
    with pytest.raises(ConfigError) as raised:
        cluster.nodes_that_fit(*asked)
    assert str(raised.value).startswith(line) and "\n" not in str(raised.value)


def test_a_cluster_that_others_use(joined: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "RESERVE_S", 2.0)
    cluster.wait_for_devices(2, 1)
    taken = joined.util.placement_group([{"GPU": 1}])
    assert taken.wait(30)
    with pytest.raises(ConfigError, match="others use the cluster"):
        cluster.wait_for_devices(2, 1)
    joined.util.remove_placement_group(taken)

    @joined.remote(num_cpus=0)
    class Queue:
        def ready(self) -> bool:
            return True

    queue = Queue.options(name=cluster.QUEUE, namespace="transfer_queue").remote()
    assert joined.get(queue.ready.remote())
    with pytest.raises(ConfigError, match="another run of reinforcement learning uses the cluster"):
        cluster.wait_for_devices(2, 1)


def test_all_nodes_must_share_the_folder(joined: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "config.yaml"
    shared.write_text("seed: 1")
    with cluster.agents_everywhere() as agents:
        assert len(agents) == 2
        cluster.check_shared(agents, shared)
        # A file that each process sees another content of.
        with pytest.raises(ConfigError, match=r"runs_dir: node 0 of 2 .* does not see /proc/self/stat"):
            cluster.check_shared(agents, Path("/proc/self/stat"))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:10001"])
def test_a_cluster_that_is_not_there(address: str) -> None:
    with pytest.raises(ConfigError) as raised:
        cluster.join(address)
    assert str(raised.value).startswith(f"RAY_ADDRESS: {address!r} given") and "\n" not in str(raised.value)

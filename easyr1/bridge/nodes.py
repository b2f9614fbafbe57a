"""Nodes of a Ray cluster, reserved for a supervised training, and a command on each that ends with the run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.placement_group import placement_group_table
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from easyr1.bridge.cluster import Node, answers, join, last_words, nodes_that_fit, reserved
from easyr1.bridge.node_agent import NodeAgent
from easyr1.bridge.run_variables import passed_on
from easyr1.policies.guarded import GRACE_S

AGENT_VARIABLES = {
    # Ray would kill the guard of a command together with its actor; the guard ends the command first, then itself.
    "RAY_kill_child_processes_on_worker_exit": "false",
    "RAY_worker_niceness": "0",
}


@contextlib.contextmanager
def reserved_nodes(num_nodes: int, gpus_per_node: int) -> Iterator[list[Node]]:
    """Join the cluster of RAY_ADDRESS and reserve nodes until the `with` block ends.

    Args:
        num_nodes: how many; the one of this process is the first where it is among them.
        gpus_per_node: GPUs of each that nobody else may use.

    Raises:
        ConfigError: no cluster, or one that lacks what is asked for.
    """
    join(os.environ["RAY_ADDRESS"])
    try:
        nodes_that_fit(num_nodes, gpus_per_node)
        group = reserved(num_nodes, gpus_per_node)
        yield _start_agents(group, gpus_per_node)
    finally:
        # The reservation and the actors end with the connection.
        ray.shutdown()


class NodesCommand:
    """A command on each node; looks like `easyr1.policies.guarded.GuardedCommand` to who waits for it.

    Args:
        nodes: from `reserved_nodes`.
        commands: Program and arguments for each.
        logs: File for each to which all that it says is added.
        environment: Variables beside those of a node.
        story: File that tells of the first failure; written where no process of the command has done it.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        commands: Sequence[Sequence[str]],
        logs: Sequence[Path],
        environment: Mapping[str, str],
        story: Path,
    ):
        self._nodes, self._logs, self._story = nodes, logs, story
        self._running = {
            node.agent.run.remote(list(command), str(log), {**passed_on(), **environment}): node
            for node, command, log in zip(nodes, commands, logs, strict=True)
        }
        self._status: int | None = 0

    @property
    def is_running(self) -> bool:
        """Whether no node has failed and not all have ended."""
        ready, _ = (
            ray.wait(list(self._running), num_returns=len(self._running), timeout=0) if self._running else ([], 0)
        )
        for done in ready:
            self._take(done, self._running.pop(done))
        return bool(self._running) and self._status == 0

    def wait(self) -> int | None:
        """The exit status: 0 when all nodes ended well, None when one was lost; call it when it is not running."""
        return self._status

    def stop(self) -> None:
        """End the command on all nodes."""
        ended = [node.agent.stop.remote() for node in self._running.values()]
        if ended:
            ray.wait(ended, num_returns=len(ended), timeout=2 * GRACE_S + 5)

    def _take(self, done: Any, node: Node) -> None:
        """Take a node's exit status; the first failure counts."""
        name = f"node {node.rank} of {len(self._nodes)} ({node.address})"
        mode, words = "x", ""
        try:
            status = ray.get(done)
            words = f"{name} ended with status {status}; its log: {self._logs[node.rank]}"
        except RayError as error:
            # Processes of other nodes may have told what they saw of it, and it is not why.
            status, mode, words = None, "a", f"{name} was lost: {last_words(error)}"
        if status == 0 or self._status != 0:
            return
        self._status = status
        with contextlib.suppress(FileExistsError), self._story.open(mode, encoding="utf-8") as file:
            file.write(f"{words}\n")


def torchrun_on_nodes(nodes: Sequence[Node], python: str, per_node: int, arguments: Sequence[str]) -> list[list[str]]:
    """A torchrun agent for each node; they meet on the first."""
    (port,) = answers([nodes[0].agent.free_port.remote()])
    common = [f"--nnodes={len(nodes)}", f"--nproc_per_node={per_node}"]
    common += [f"--master_addr={nodes[0].address}", f"--master_port={port}"]
    return [[python, "-m", "torch.distributed.run", *common, f"--node_rank={node.rank}", *arguments] for node in nodes]


def _start_agents(group: Any, gpus: int) -> list[Node]:
    addresses = {node["NodeID"]: node["NodeManagerAddress"] for node in ray.nodes()}
    own = ray.get_runtime_context().get_node_id()
    bundles = placement_group_table(group)["bundles_to_node_id"]
    order = sorted(bundles, key=lambda bundle: (bundles[bundle] != own, addresses[bundles[bundle]], bundle))
    agent = ray.remote(NodeAgent)
    return [
        Node(
            rank,
            addresses[bundles[bundle]],
            agent.options(
                num_cpus=0,
                num_gpus=gpus,
                max_concurrency=4,
                scheduling_strategy=PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=bundle),
                runtime_env={"env_vars": AGENT_VARIABLES},
            ).remote(addresses[bundles[bundle]], os.getcwd()),
        )
        for rank, bundle in enumerate(order)
    ]

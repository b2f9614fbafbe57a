"""Join the Ray cluster of a run, and find out beforehand whether it has what the run needs."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.placement_group import PlacementGroup, placement_group, remove_placement_group
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from easyr1.bridge.node_agent import NodeAgent
from easyr1.config.devices import CPUS_PER_DEVICE
from easyr1.errors import ConfigError

RESERVE_S = 60.0
"""Time to wait for devices that others hold; those of a run that was killed are free within seconds."""
START_S = 120.0
"""Time that an agent has to start and to answer."""
CONNECT_S = 10.0
POLL_S = 0.5
QUEUE = "TransferQueueController"
"""Name of verl's actor of which a cluster can have one: a second run would join the queue of the first."""


class Node:
    """A node of a cluster.

    Args:
        rank: of the node among those of the run.
        address: as Ray knows it.
        agent: handle of its `NodeAgent`.
    """

    def __init__(self, rank: int, address: str, agent: Any):
        self.rank, self.address, self.agent = rank, address, agent


def join(address: str, **settings: Any) -> None:
    """Connect this process with a Ray cluster.

    Args:
        address: such as `10.0.0.1:6379`, or `auto` for the cluster that this machine is a node of.
        settings: further arguments of `ray.init`.

    Raises:
        ConfigError: there is no cluster, or this machine is no node of it.
    """
    if address.startswith("ray://"):
        raise ConfigError(
            f"RAY_ADDRESS: {address!r} given; a run is started on a node of the cluster, with an address HOST:PORT"
        )
    host, _, port = address.rpartition(":")
    try:
        # Ray itself tries for minutes, with lines of its own.
        if host and port.isdigit():
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
        ray.init(address=address, log_to_driver=False, logging_level="error", configure_logging=False, **settings)
    except (OSError, RuntimeError, ValueError, RayError) as error:
        raise ConfigError(
            f"RAY_ADDRESS: {address!r} given, and no cluster can be joined there: {last_words(error)}"
        ) from error


def nodes_that_fit(num_nodes: int, gpus: int, cpus: int = 0) -> None:
    """Check the size of the cluster, whoever uses it now.

    Args:
        num_nodes: of the run.
        gpus: GPUs of each, as Ray counts them.
        cpus: logical CPUs of each.

    Raises:
        ConfigError: too few nodes, or nodes with too little.
    """
    alive = [node for node in ray.nodes() if node["Alive"]]
    with_gpus = [node for node in alive if node["Resources"].get("GPU", 0) >= gpus]
    if len(with_gpus) < num_nodes:
        raise ConfigError(
            f"trainer.nnodes: {num_nodes} given; of the {len(alive)} nodes of the cluster {len(with_gpus)} have {gpus} "
            "or more GPUs (trainer.n_gpus_per_node)"
        )
    fit = sum(node["Resources"].get("CPU", 0) >= cpus for node in with_gpus)
    if fit < num_nodes:
        raise ConfigError(
            f"trainer.nnodes: {num_nodes} given; of the {len(with_gpus)} nodes with {gpus} or more GPUs {fit} have "
            f"{cpus} or more logical CPUs, and Ray would wait for them for ever: `ray start --num-cpus={cpus}`, which "
            "may be more than a node has"
        )


def wait_for_devices(num_nodes: int, gpus: int) -> None:
    """Wait until what verl will reserve is free, for as long as a killed run takes to vanish.

    Args:
        num_nodes: of the run.
        gpus: GPUs of each.

    Raises:
        ConfigError: others keep it.
    """
    end = time.monotonic() + RESERVE_S
    while any(actor["name"] == QUEUE for actor in ray.util.list_named_actors(all_namespaces=True)):
        if time.monotonic() > end:
            raise ConfigError(
                "RAY_ADDRESS: another run of reinforcement learning uses the cluster, which can have one at a time"
            )
        time.sleep(POLL_S)
    bundles = [{"GPU": 1, "CPU": CPUS_PER_DEVICE}] * gpus
    groups = [placement_group(bundles, strategy="STRICT_PACK") for _ in range(num_nodes)]
    try:
        if not all(group.wait(max(0.0, end - time.monotonic())) for group in groups):
            raise busy(num_nodes, gpus)
    finally:
        for group in groups:
            remove_placement_group(group)


def busy(num_nodes: int, gpus: int) -> ConfigError:
    """What to raise where others hold the devices of a cluster that is large enough."""
    return ConfigError(
        f"trainer.nnodes: {num_nodes} given; others use the cluster: for {RESERVE_S:.0f} s it had fewer nodes with "
        f"{gpus} or more free GPUs (trainer.n_gpus_per_node)"
    )


@contextlib.contextmanager
def agents_everywhere() -> Iterator[list[Node]]:
    """An agent on each node of the cluster that Ray may start something on, this process's first."""
    alive = [node for node in ray.nodes() if node["Alive"] and {"CPU", "GPU"} & node["Resources"].keys()]
    own = ray.get_runtime_context().get_node_id()
    alive.sort(key=lambda node: (node["NodeID"] != own, node["NodeManagerAddress"], node["NodeID"]))
    nodes = []
    try:
        for rank, node in enumerate(alive):
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            agent = ray.remote(NodeAgent).options(num_cpus=0, scheduling_strategy=there)
            address = node["NodeManagerAddress"]
            nodes.append(Node(rank, address, agent.remote(address, os.getcwd())))
        yield nodes
    finally:
        for node in nodes:
            ray.kill(node.agent)


def check_shared(nodes: Sequence[Node], file: Path, key: str = "runs_dir") -> None:
    """Raises ConfigError where a node does not see a file of the run as this process does.

    Args:
        nodes: to ask.
        file: text.
        key: of the configuration, which says where the file is.
    """
    content = file.read_text(encoding="utf-8")
    found = answers([node.agent.sees.remote(str(file), content) for node in nodes])
    for node, is_there in zip(nodes, found, strict=True):
        if not is_there:
            raise ConfigError(
                f"{key}: node {node.rank} of {len(nodes)} ({node.address}) does not see {file}; all nodes must share "
                "the folder under the same path"
            )


def answers(asked: list[Any]) -> list[Any]:
    """What agents answer; ConfigError where one cannot be started."""
    try:
        return ray.get(asked, timeout=START_S)
    except RayError as error:
        raise ConfigError(
            f"trainer.nnodes: nothing can be started on a node of the cluster: {last_words(error)}"
        ) from error


def last_words(error: BaseException) -> str:
    """What went wrong in a line; where it went wrong in an actor, the last says what."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1 if "ray::" in lines[0] else 0] if lines else type(error).__name__


def reserved(num_nodes: int, gpus: int) -> PlacementGroup:
    """Nodes of the cluster with GPUs that nobody else may use, until this process leaves it.

    Raises:
        ConfigError: others keep them.
    """
    group = placement_group([{"GPU": gpus}] * num_nodes, strategy="STRICT_SPREAD")
    if not group.wait(RESERVE_S):
        raise busy(num_nodes, gpus)
    return group

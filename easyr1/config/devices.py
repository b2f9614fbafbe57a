"""Devices: whether this machine, or the cluster it joins, can have what the hardware profile asks for."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

from omegaconf import DictConfig, OmegaConf

from easyr1.config.schema import RunKeys
from easyr1.machine.gpus import count_gpus

CPUS_PER_DEVICE = 3
"""Logical CPUs of Ray that verl reserves with each device (`ResourcePoolManager.max_colocate_count`)."""

CPUS_TO_SPARE = 2
"""For the TransferQueue's controller, and for an actor to start: it takes a CPU until it runs."""

NUM_CPUS = "ray_kwargs.ray_init.num_cpus"
LOCAL = "local"
"""Ray's word for a cluster of this process alone."""


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about devices."""
    per_node, num_nodes = config.trainer.n_gpus_per_node, config.trainer.nnodes
    parallel = config.actor_rollout_ref.rollout.tensor_model_parallel_size
    if per_node * num_nodes % parallel:
        yield (
            f"actor_rollout_ref.rollout.tensor_model_parallel_size: {parallel} given; it must divide the "
            f"{per_node * num_nodes} devices (trainer.n_gpus_per_node x trainer.nnodes)"
        )
    if joins_cluster(config):
        return
    if num_nodes > 1:
        yield (
            f"trainer.nnodes: {num_nodes} given, and RAY_ADDRESS names no cluster to join; run `ray start` on every "
            "node, set RAY_ADDRESS, and train on one of them"
        )
        return
    found = count_gpus() if config.trainer.device == "cuda" else per_node
    if found < per_node:
        yield (
            f"hardware: {keys.hardware.name} needs {per_node} GPU{'s' if per_node > 1 else ''}, this machine has "
            f"{found}; choose hardware=auto, set trainer.n_gpus_per_node, or join a cluster by RAY_ADDRESS"
        )
    given, needed = OmegaConf.select(config, NUM_CPUS), cpus_per_node(config)
    if given is not None and given < needed:
        yield (
            f"{NUM_CPUS}: {given} given; Ray waits for ever with fewer than {needed} logical CPUs, which may be more "
            "than the machine has: set null"
        )


def cluster_address(config: DictConfig) -> str | None:
    """Address of the Ray cluster that a run joins; None where it starts Ray for itself."""
    address = OmegaConf.select(config, "ray_kwargs.ray_init.address") or os.environ.get("RAY_ADDRESS")
    return None if address in (None, "", LOCAL) else str(address)


def joins_cluster(config: DictConfig) -> bool:
    """Whether a run takes part in a Ray cluster that is there, of whose nodes this machine knows nothing."""
    return cluster_address(config) is not None


def cpus_per_node(config: DictConfig, num_nodes: int = 1) -> int:
    """Logical CPUs that reinforcement learning needs on each node with its devices.

    Ray holds an actor back until its node has a CPU for it, without a word.

    Args:
        config: of a reinforcement learning run.
        num_nodes: nodes of the cluster; verl deals out the TransferQueue's storage units among all of them.
    """
    units = int(OmegaConf.select(config, "transfer_queue.backend.SimpleStorage.num_data_storage_units", default=1))
    return CPUS_PER_DEVICE * int(config.trainer.n_gpus_per_node) + math.ceil(units / num_nodes) + CPUS_TO_SPARE

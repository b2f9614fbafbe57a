"""Devices: whether this machine, or the cluster it joins, can have what the hardware profile asks for."""

from __future__ import annotations

import os
from collections.abc import Iterator

from omegaconf import DictConfig, OmegaConf

from easyr1.config.schema import RunKeys
from easyr1.machine.gpus import count_gpus


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


def joins_cluster(config: DictConfig) -> bool:
    """Whether a run takes part in a Ray cluster that is there, of whose nodes this machine knows nothing."""
    return bool(os.environ.get("RAY_ADDRESS") or OmegaConf.select(config, "ray_kwargs.ray_init.address"))

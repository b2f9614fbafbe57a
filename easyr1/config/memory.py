"""Memory: whether weights, gradients and optimiser have room where the hardware profile keeps them.

Bytes a weight, in float32: 16 of the actor (weight, gradient, two moments of Adam), 4 of one that is frozen under LoRA,
and 4 of a reference of its own. Activations and vLLM's cache adapt to what is left and are not counted.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

from omegaconf import DictConfig

from easyr1.config.devices import joins_cluster
from easyr1.config.schema import RunKeys

FULL, FROZEN = 16, 4
ROLLOUT_ON_CPU = 4
"""Bytes a weight of vLLM's copy where it shares the CPU's memory."""

SMALLEST = "vlm=tiny"


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about memory; of a cluster's nodes nothing is known, and nothing is said."""
    billions = keys.vlm.billion_weights
    if billions is None or joins_cluster(config):
        return
    state = billions * (FROZEN if keys.tuning.rank else FULL)
    if config.trainer.device == "cpu":
        yield from _cpu(keys, state + _reference(config, keys) + billions * ROLLOUT_ON_CPU)
    elif _is_offloaded(config):
        yield from _host(keys, state + _reference(config, keys))
    else:
        yield from _gpus(config, keys, state / (config.trainer.n_gpus_per_node * config.trainer.nnodes))


def host_memory_gb() -> float:
    """Memory of this machine, in 1e9 bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def gpu_memory_gb() -> float | None:
    """Memory of the smallest GPU, in 1e9 bytes; None where the driver does not say."""
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return None
    return min((float(line) * 2**20 / 1e9 for line in lines if line.isdigit()), default=None)


def _cpu(keys: RunKeys, needed: float) -> Iterator[str]:
    if needed > (there := host_memory_gb()):
        yield (
            f"vlm: {keys.vlm.name} on hardware={keys.hardware.name} needs {needed:.0f} GB of memory, and this "
            f"machine has {there:.0f}; choose {SMALLEST}, or a machine with GPUs"
        )


def _host(keys: RunKeys, needed: float) -> Iterator[str]:
    if needed > (there := host_memory_gb()):
        lighter = "" if keys.tuning.rank else "tuning=lora, "
        yield (
            f"hardware: {keys.hardware.name} keeps {needed:.0f} GB of {keys.vlm.name} in the CPU's memory, of which "
            f"this machine has {there:.0f}; choose {lighter}a smaller vlm, or more GPUs"
        )


def _gpus(config: DictConfig, keys: RunKeys, needed: float) -> Iterator[str]:
    total, share = gpu_memory_gb(), config.actor_rollout_ref.rollout.gpu_memory_utilization
    if total is not None and needed + share * total > total:
        yield (
            f"hardware: {keys.hardware.name} keeps {needed:.0f} GB of {keys.vlm.name} on each GPU beside vLLM's "
            f"{share * total:.0f} (actor_rollout_ref.rollout.gpu_memory_utilization={share}), and the smallest has "
            f"{total:.0f}; lower that share, choose tuning=lora, or set param_offload and optimizer_offload of "
            "actor_rollout_ref.actor.fsdp_config to true"
        )


def _reference(config: DictConfig, keys: RunKeys) -> float:
    """GB of the reference, which lies in the CPU's memory; under LoRA it is the actor without its adapter."""
    uses_one = config.actor_rollout_ref.actor.use_kl_loss or config.algorithm.use_kl_in_reward
    return (keys.vlm.billion_weights or 0) * FROZEN if uses_one and not keys.tuning.rank else 0.0


def _is_offloaded(config: DictConfig) -> bool:
    actor = config.actor_rollout_ref.actor.fsdp_config
    return bool(actor.offload_policy or (actor.param_offload and actor.optimizer_offload))

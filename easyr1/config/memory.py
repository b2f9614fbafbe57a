"""Memory: whether what a run keeps has room on the GPUs and on their host, by the arithmetic of `easyr1.estimate`."""

from __future__ import annotations

from collections.abc import Iterator

from omegaconf import DictConfig

from easyr1.config.devices import joins_cluster
from easyr1.config.schema import RunKeys
from easyr1.estimate.memory import kept_on_gpu_gb, peak_host_gb, phases
from easyr1.estimate.plan import Plan, plan_run
from easyr1.machine.gpus import gpu_memory_gb
from easyr1.machine.memory import host_memory_gb, swap_gb

SMALLEST = "vlm=tiny"

TOLERANCE = 1.1
"""An estimate of what an update takes may be wrong by so much before a run is refused for it."""


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about memory; of a cluster's nodes nothing is known, and nothing is said."""
    plan = plan_run(config, keys)
    if plan is None or joins_cluster(config):
        return
    yield from _host(keys, plan)
    if plan.device == "cuda":
        yield from _gpus(keys, plan)


def _host(keys: RunKeys, plan: Plan) -> Iterator[str]:
    needed, there = peak_host_gb(plan), host_memory_gb()
    # What is pinned for a GPU cannot be moved to the disk.
    if needed <= there + (swap_gb() if plan.device == "cpu" else 0.0):
        return
    if plan.device == "cpu":
        other = "a machine with more" if f"vlm={keys.vlm.name}" == SMALLEST else f"{SMALLEST}, or a machine with GPUs"
        yield (
            f"vlm: {keys.vlm.name} on hardware={keys.hardware.name} needs {needed:.0f} GB of memory, and this "
            f"machine has {there:.0f}; choose {other}"
        )
        return
    lighter = "" if plan.is_lora else "tuning=lora, "
    yield (
        f"hardware: {keys.hardware.name} keeps {needed:.0f} GB of {keys.vlm.name} in the CPU's memory, of which "
        f"this machine has {there:.0f}; choose {lighter}a smaller vlm, or more GPUs"
    )


def _gpus(keys: RunKeys, plan: Plan) -> Iterator[str]:
    total = gpu_memory_gb()
    if total is None:
        return
    kept, share = kept_on_gpu_gb(plan), plan.rollout_share
    if kept + share * total > total:
        yield (
            f"hardware: {keys.hardware.name} keeps {kept:.0f} GB of {keys.vlm.name} on each GPU beside vLLM's "
            f"{share * total:.0f} (actor_rollout_ref.rollout.gpu_memory_utilization={share}), and the smallest has "
            f"{total:.0f}; lower that share, choose tuning=lora, or set param_offload and optimizer_offload of "
            "actor_rollout_ref.actor.fsdp_config to true"
        )
        return
    worst = max(phases(plan, total), key=lambda phase: phase.gpu_gb)
    if worst.gpu_gb > TOLERANCE * total:
        yield (
            f"hardware: {keys.hardware.name} takes about {worst.gpu_gb:.0f} GB for {keys.vlm.name} on each GPU in the "
            f"phase '{worst.name}', and the smallest has {total:.0f}; lower "
            f"actor_rollout_ref.actor.ppo_max_token_len_per_gpu ({plan.micro_tokens} now), choose tuning=lora, or set "
            "offload_policy of actor_rollout_ref.actor.fsdp_config to true"
        )

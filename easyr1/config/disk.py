"""Disk: whether the checkpoints that will be kept have room in the run's folder."""

from __future__ import annotations

from collections.abc import Iterator

from omegaconf import DictConfig

from easyr1.config.schema import RunKeys
from easyr1.estimate.disk import checkpoint_gb, checkpoints_gb
from easyr1.estimate.plan import plan_run, runs_folder
from easyr1.machine.disk import free_disk_gb

SPARE_GB = 1.0
"""What a disk should have left for records, pictures and logs."""


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about the disk; nodes of a cluster share the folder, so that this one can tell."""
    plan = plan_run(config, keys)
    if plan is None:
        return
    needed, there = checkpoints_gb(plan), free_disk_gb(runs_folder(keys))
    if needed + SPARE_GB > there:
        keep = config.trainer.max_actor_ckpt_to_keep
        yield (
            f"runs_dir: {keys.runs_dir} has {there:.0f} GB free, and {plan.kept} checkpoint"
            f"{'s' if plan.kept > 1 else ''} of {keys.vlm.name} take {needed:.0f} "
            f"({checkpoint_gb(plan):.0f} each); choose another runs_dir, a lower trainer.max_actor_ckpt_to_keep "
            f"({'all' if keep is None else keep} now), or tuning=lora"
        )

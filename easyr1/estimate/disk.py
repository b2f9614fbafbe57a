"""Disk that a run fills in its folder."""

from __future__ import annotations

from easyr1.estimate.plan import Plan
from easyr1.estimate.transfer import pictures_a_step, png_bytes

EXPORT_BYTES = {"cuda": 2, "cpu": 4}
"""Of a weight in `huggingface/`, which the first device writes: bfloat16, without a GPU float32."""

RECORD_BYTES = 1900
"""One reply in the history: level, prompt, reply, truth and parts of the reward."""


def checkpoint_gb(plan: Plan) -> float:
    """One checkpoint: weights, two moments of Adam, and the copy that `vllm serve` opens."""
    parts = {
        "model": plan.billions * plan.weight_bytes,
        "optimizer": 2 * plan.trained_billions * plan.weight_bytes,
        "hf_model": plan.billions * EXPORT_BYTES[plan.device],
    }
    return sum(size for name, size in parts.items() if name in plan.contents)


def checkpoints_gb(plan: Plan) -> float:
    """The checkpoints that are there at one time, the one that is being written counted."""
    return plan.kept * checkpoint_gb(plan)


def history_gb(plan: Plan) -> float:
    """What all steps write beside: every reply, and every distinct picture that `history.images` keeps once."""
    pictures = {"all": pictures_a_step(plan), "first": plan.states}.get(plan.images_kept, 0)
    a_step = pictures * png_bytes(plan) / plan.images_every + plan.rows * RECORD_BYTES
    return plan.steps * a_step / 1e9

"""Disk that a run fills in its folder."""

from __future__ import annotations

from easyr1.estimate.plan import Plan

EXPORT_BYTES = 4
"""Of a weight in `huggingface/`, which the first device writes in the type of the weights, float32."""

PICTURE_BYTES_A_PATCH = 27
"""PNG of a board: 640 x 840 pixels take 60 kB."""

RECORD_BYTES = 1900
"""One reply in the history: level, prompt, reply, truth and parts of the reward."""


def checkpoint_gb(plan: Plan) -> float:
    """One checkpoint: weights, two moments of Adam, and the copy that `vllm serve` opens."""
    parts = {
        "model": plan.billions * plan.weight_bytes,
        "optimizer": 2 * plan.trained_billions * plan.weight_bytes,
        "hf_model": plan.billions * EXPORT_BYTES,
    }
    return sum(size for name, size in parts.items() if name in plan.contents)


def checkpoints_gb(plan: Plan) -> float:
    """The checkpoints that are there at one time, the one that is being written counted."""
    return plan.kept * checkpoint_gb(plan)


def history_gb(plan: Plan) -> float:
    """What all steps write beside: every reply, and every distinct picture once. Siblings share a first picture."""
    pictures = plan.states * (1 + plan.replies * (plan.turns - 1))
    a_step = pictures * plan.patches * PICTURE_BYTES_A_PATCH + plan.rows * RECORD_BYTES
    return plan.steps * a_step / 1e9

"""Bytes of a step's samples on their way from the agent loop to the trainer.

A sample is tokens and the names of its pictures. A picture travels as PNG, once for all samples that show it; whoever
computes makes pixels of it, and keeps its patches as bytes for the other passes of the step.
"""

from __future__ import annotations

from easyr1.estimate.plan import Plan

PNG_BYTES_A_PATCH = 27
"""PNG of a board: 640 x 840 pixels take 60 kB."""

COLOURS = 3
FETCHES = 3
"""Old log-probabilities, reference and update each fetch the samples."""

BYTES_A_TOKEN = 8 * 6
"""Ids, positions on three axes, masks and log-probabilities."""

KEPT_GB = 2**30 / 1e9
"""Patches that a process keeps at most, `easyr1.bridge.engine_pictures.KEPT_BYTES`."""


def pictures_a_step(plan: Plan) -> int:
    """Distinct pictures of a step: siblings share that of an episode's first turn."""
    return plan.states * (1 + plan.replies * (plan.turns - 1))


def png_bytes(plan: Plan) -> float:
    """Bytes of one picture as PNG."""
    return plan.patches * PNG_BYTES_A_PATCH


def put_gb(plan: Plan) -> float:
    """What is put into the store in a step and lies there until its end, in 1e9 bytes."""
    return (_tokens_bytes(plan) + pictures_a_step(plan) * png_bytes(plan)) / 1e9


def fetched_gb(plan: Plan) -> float:
    """What is fetched in a step, in 1e9 bytes: tokens by every pass, a picture by every device that has a sibling."""
    fetches = FETCHES if plan.reference_bytes else FETCHES - 1
    pictures = pictures_a_step(plan) * png_bytes(plan) * min(plan.replies, plan.devices)
    return (fetches * _tokens_bytes(plan) + pictures) / 1e9


def kept_gb(plan: Plan) -> float:
    """Patches that the processes of a node keep, in 1e9 bytes."""
    a_device = min(pictures_a_step(plan), plan.rows // plan.devices + 1) * plan.patches * plan.patch_px**2 * COLOURS
    return plan.gpus * min(KEPT_GB, a_device / 1e9)


def _tokens_bytes(plan: Plan) -> float:
    return plan.rows * (plan.prompt_tokens + plan.reply_tokens) * BYTES_A_TOKEN

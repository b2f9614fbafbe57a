"""Bytes of a step's samples on their way from the agent loop to the trainer."""

from __future__ import annotations

from easyr1.estimate.plan import Plan

NUMBERS_A_PIXEL = 2 * 3
"""Two frames, both the same, of three colours: what the processor makes of a picture."""

BYTES_A_NUMBER = 4
"""float32."""

FETCHES = 3
"""Old log-probabilities, reference and update each fetch the samples."""

BYTES_A_TOKEN = 8 * 6
"""Ids, positions on three axes, masks and log-probabilities."""


def picture_bytes(plan: Plan) -> float:
    """Bytes of one picture in a sample."""
    return plan.patches * plan.patch_px**2 * NUMBERS_A_PIXEL * BYTES_A_NUMBER


def sample_bytes(plan: Plan) -> float:
    """Bytes of one sample: its window of pictures, and its tokens."""
    return plan.window * picture_bytes(plan) + (plan.prompt_tokens + plan.reply_tokens) * BYTES_A_TOKEN


def put_gb(plan: Plan) -> float:
    """What is put into the store in a step and lies there until its end, in 1e9 bytes."""
    return plan.rows * sample_bytes(plan) / 1e9


def fetched_gb(plan: Plan) -> float:
    """What is fetched in a step, in 1e9 bytes."""
    fetches = FETCHES if plan.reference_bytes else FETCHES - 1
    return fetches * put_gb(plan)

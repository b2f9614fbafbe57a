"""Choose which pictures of a step a training keeps; the viewer makes the others again from levels and actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from easyr1.replay.record import TurnRecord

KEEP = ("all", "first", "none")
"""Every turn's picture, that of an episode's first turn alone, which siblings share, or no picture."""


def kept_images(
    images: Mapping[str, bytes], records: Iterable[TurnRecord], keep: str, every: int, step: int
) -> dict[str, bytes]:
    """Those of a step's pictures that are written to disk.

    Args:
        images: PNG bytes by digest.
        records: The turns of the step.
        keep: One of `KEEP`.
        every: Of so many steps one keeps pictures, the first of the run among them; 1 keeps those of all.
        step: The step of training, from 1, or the one after which a validation is made.
    """
    if keep == "none" or (step and (step - 1) % every):
        return {}
    if keep == "all":
        return dict(images)
    first = {record.observation for record in records if record.turn == 0}
    return {digest: png for digest, png in images.items() if digest in first}

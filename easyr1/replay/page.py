"""What the viewer is given: plain JSON values of episodes, with all that must be worked out worked out.

Prompts are numbers into a list, pictures are digests; the rest are the words and numbers that the viewer shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from easyr1.replay.episodes import RecordedEpisode
from easyr1.replay.marks import wrong_cells
from easyr1.replay.record import TurnRecord
from easyr1.replay.segments import split_reply

BOX_DIGITS = 5


@dataclass(slots=True)
class Page:
    """Episodes as values for JSON, filled by `add`."""

    episodes: list[dict[str, Any]] = field(default_factory=list)
    prompts: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)

    def add(self, episode: RecordedEpisode) -> None:
        """Add an episode behind those that are there."""
        first = episode.first
        self.episodes.append(
            {
                "id": len(self.episodes),
                "task": episode.task,
                "where": _where(first),
                "game": str(first.level.get("game", "")),
                "seed": str(first.level.get("seed", "")),
                "knobs": _words(first.level.get("knobs")),
                "group": self.groups.setdefault(episode.siblings, len(self.groups)),
                "level": first.group,
                "sample": first.sample,
                "stop": first.stop_reason,
                "failure": episode.failure,
                "turns": [self._turn(turn) for turn in episode.turns],
            }
        )

    def _turn(self, record: TurnRecord) -> dict[str, Any]:
        values: dict[str, Any] = {
            "image": record.observation,
            "prompt": self.prompts.setdefault(record.prompt, len(self.prompts)),
            "truth": record.truth,
            "segments": [[part.kind, part.text] for part in split_reply(record.reply)],
            "action": record.action,
            "status": record.status,
            "reward": {name: _finite(value) for name, value in record.reward.items()},
            "exact": bool(record.perception["exact"]),
            "cells": _finite(record.perception["cells"]),
            "wrong": _wrong(record),
            "advantage": _finite(record.advantage),
            "tokens": [record.prompt_tokens, record.reply_tokens],
        }
        measured = {"seconds": record.seconds, "cost": record.cost}
        return {**values, **{name: number for name, number in measured.items() if number}}


def _wrong(record: TurnRecord) -> list[Sequence[Any]] | None:
    # What was graded exact needs no second look.
    cells = [] if record.perception["exact"] else wrong_cells(record)
    if cells is None:
        return None
    return [
        (cell.cell, cell.said, cell.truth, cell.box and [round(share, BOX_DIGITS) for share in cell.box])
        for cell in cells
    ]


def _finite(value: float | None) -> float | None:
    """JSON has no other numbers, and a page must open whatever was recorded."""
    return value if value is not None and math.isfinite(value) else None


def _where(record: TurnRecord) -> str:
    """When the episode was played, in words; empty in an evaluation."""
    if record.split == "train":
        return f"step {record.step}"
    return f"validation, step {record.step}" if record.split == "validation" else ""


def _words(knobs: Any) -> str:
    """Knobs as a line."""
    return ", ".join(f"{name} {value}" for name, value in knobs.items()) if isinstance(knobs, dict) else ""

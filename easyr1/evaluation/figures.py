"""Figures of one level, from the lines of its episodes; a figure without anything to average is nan."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from easyr1.evaluation.episodes import FAILED
from easyr1.evaluation.levels import state_hash
from easyr1.evaluation.tasks import Task
from easyr1.replay.record import TurnRecord
from easyr1.rollout.types import StopReason

Lines = Sequence[TurnRecord]

UNSOUND = (StopReason.POLICY_FAILED.value, StopReason.ENVIRONMENT_FAILED.value)
"""How an episode ends that says nothing about the player: it is counted and named, and in no mean."""

SCORE_DIGITS = 9

TURN_FIGURES: Mapping[str, Callable[[TurnRecord], float]] = {
    "illegal": lambda line: float(line.status == "illegal"),
    "unreadable": lambda line: float(line.status == "unreadable"),
    "format": lambda line: line.reward["format"],
    "P_acc": lambda line: float(line.perception["exact"]),
    "cells": lambda line: float(line.perception["cells"]),
    "prompt_tokens": lambda line: float(line.prompt_tokens),
    "reply_tokens": lambda line: float(line.reply_tokens),
}
"""Means over all replies on a level: shares of illegal, unreadable and well-formed replies, of perceptions that are
wholly right (P_acc of arXiv 2505.13426), mean share of cells seen right, tokens a turn."""

FIGURES = ("score", "success", "turns", "finished", *TURN_FIGURES, "R_acc")
"""`finished` is the share of episodes that ended by the rules of the game; `R_acc` the share of positive game
rewards among the replies whose perception is wholly right (arXiv 2505.13426)."""

SHARES = frozenset(FIGURES) - {"score", "turns", "prompt_tokens", "reply_tokens"}
"""Those in [0, 1]."""


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """What was found on a level.

    Attributes:
        task: Name of the task.
        level: Number of the level.
        hash: Of its first state; empty when nobody saw it.
        episodes: Number of sound episodes.
        failures: How often each reason kept an episode from being played to its end.
        values: For each of FIGURES the mean of the sound episodes, nan without any.
        usage: Sums over all episodes: turns, tokens, seconds and costs.
    """

    task: str
    level: int
    hash: str
    episodes: int
    failures: Mapping[str, int]
    values: Mapping[str, float]
    usage: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, nan as null."""
        values = {name: None if math.isnan(value) else value for name, value in self.values.items()}
        return {**asdict(self), "values": values}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> LevelFigures:
        """Inverse of `to_dict`."""
        values = {name: math.nan if value is None else value for name, value in row["values"].items()}
        return cls(**{**row, "values": values})


def score_of(task: Task, lines: Lines) -> float:
    """Score of an episode by the task's measure; exact but for the last digits of rewards such as -0.1."""
    if task.measure == "first_move":
        return float(lines[0].status == "legal")
    return round(math.fsum(line.reward["game"] for line in lines), SCORE_DIGITS)


def level_figures(task: Task, level: int, episodes: Sequence[Lines], solver: float = math.nan) -> LevelFigures:
    """Figures of the episodes on one level.

    Args:
        solver: The solver's score there, nan when it is not known; success is then not known either.
    """
    sound = [lines for lines in episodes if lines[0].stop_reason not in UNSOUND]
    reasons = [lines[0].failure or lines[0].stop_reason for lines in episodes if lines[0].stop_reason in UNSOUND]
    firsts = [lines[0] for lines in episodes if lines[0].observation]
    return LevelFigures(
        task=task.name,
        level=level,
        hash=state_hash(firsts[0].truth, firsts[0].observation) if firsts else "",
        episodes=len(sound),
        failures={reason: reasons.count(reason) for reason in sorted(set(reasons))},
        values=_values(task, sound, solver),
        usage=_usage(episodes),
    )


def _values(task: Task, episodes: Sequence[Lines], solver: float) -> dict[str, float]:
    scores = [score_of(task, lines) for lines in episodes]
    replies = [line for lines in episodes for line in lines if line.status != FAILED]
    right = [line for line in replies if line.perception["exact"]]
    known = not math.isnan(solver)
    values = {
        "score": _mean(scores),
        "success": _mean(float(task.succeeds(score, solver)) for score in scores) if known else math.nan,
        "turns": _mean(sum(line.status != FAILED for line in lines) for lines in episodes),
        "finished": _mean(float(lines[0].stop_reason == StopReason.TERMINAL.value) for lines in episodes),
        **{name: _mean(map(value, replies)) for name, value in TURN_FIGURES.items()},
        "R_acc": _mean(float(line.reward["game"] > 0) for line in right),
    }
    return {name: values[name] for name in FIGURES}


def _usage(episodes: Sequence[Lines]) -> dict[str, float]:
    lines = [line for episode in episodes for line in episode]
    return {
        "turns": sum(line.status != FAILED for line in lines),
        "prompt_tokens": sum(line.prompt_tokens for line in lines),
        "reply_tokens": sum(line.reply_tokens for line in lines),
        "seconds": round(math.fsum(line.seconds for line in lines), 6),
        "cost": round(math.fsum(line.cost for line in lines), 9),
    }


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else math.nan

"""Means over levels and their 95% bootstrap intervals. B: resamples, L: levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from easyr1.metrics import mean_interval

Floats: TypeAlias = NDArray[np.float64]
NUM_RESAMPLES = 4000
CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean over levels and the ends of its interval; all nan where there is nothing to average."""

    mean: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """As plain JSON values, nan as null."""
        return {name: None if math.isnan(value) else value for name, value in self._asdict().items()}


NOTHING = Interval(math.nan, math.nan, math.nan)


def over_levels(values: Sequence[float], is_share: bool = False) -> Interval:
    """Mean over the levels that have a value; `is_share`: the values lie in [0, 1]."""
    found = [value for value in values if not math.isnan(value)]
    if not found:
        return NOTHING
    return Interval(*mean_interval(found, num_resamples=NUM_RESAMPLES, is_share=is_share))


class Normalised(NamedTuple):
    """A score on the scale from the random policy, 0, to the solver, 1.

    Attributes:
        mean: Over the levels, nan where the solver is not clearly better than chance: one point of a scale without
            length would outweigh all other tasks.
        draws: The same of each resample, (B,); nan as above.
    """

    mean: float
    draws: Floats

    @property
    def interval(self) -> Interval:
        """The mean with its interval."""
        return _interval(self.mean, self.draws)


def normalise(score: Sequence[float], random: Sequence[float], solver: Sequence[float], seed: int = 0) -> Normalised:
    """Mean score on the scale between two other players' mean scores; all three resampled together.

    Args:
        score, random, solver: Scores on the same levels, (L,).
        seed: Of the resampling.
    """
    scores = np.array([score, random, solver], dtype=np.float64)
    nothing = Normalised(math.nan, np.full(NUM_RESAMPLES, math.nan))
    if not scores.shape[1]:
        return nothing
    chosen = np.random.default_rng(seed).integers(scores.shape[1], size=(NUM_RESAMPLES, scores.shape[1]))
    means = np.stack([row[chosen].mean(axis=1) for row in scores])
    if not np.quantile(means[2] - means[1], (1 - CONFIDENCE) / 2) > 0:
        return nothing
    return Normalised(float(_scale(scores.mean(axis=1, keepdims=True))[0]), _scale(means))


def average(scores: Sequence[Normalised]) -> Interval:
    """Mean over tasks that each have a score; levels are resampled within their task."""
    known = [score for score in scores if not math.isnan(score.mean)]
    if not known:
        return NOTHING
    return _interval(float(np.mean([score.mean for score in known])), np.mean([one.draws for one in known], axis=0))


def _scale(means: Floats) -> Floats:
    """(3, B) means of player, random and solver as (B,) normalised scores."""
    score, random, solver = means
    gap = np.where(solver > random, solver - random, math.nan)
    return np.asarray((score - random) / gap, dtype=np.float64)


def _interval(mean: float, draws: Floats) -> Interval:
    finite = draws[np.isfinite(draws)]
    if math.isnan(mean) or not len(finite):
        return NOTHING
    low, high = np.quantile(finite, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(mean, float(low), float(high))

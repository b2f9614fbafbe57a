"""Numbers from recorded turns: means over a step, and intervals between two validations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from easyr1.replay.record import History, TurnRecord

Floats: TypeAlias = NDArray[np.float64]
FAILED = "environment_failed"
CHUNK = 500
"""Resamples drawn at a time, which bounds memory to CHUNK x levels."""

TURN_VALUES: Mapping[str, Callable[[TurnRecord], float]] = {
    "reward/game": lambda record: record.reward["game"],
    "reward/format": lambda record: record.reward["format"],
    "reward/perception": lambda record: record.reward["perception"],
    "reward/total": lambda record: record.reward["total"],
    "perception/exact": lambda record: float(record.perception["exact"]),
    "perception/cells": lambda record: record.perception["cells"],
    "reply/legal": lambda record: float(record.status == "legal"),
    "reply/illegal": lambda record: float(record.status == "illegal"),
    "reply/unreadable": lambda record: float(record.status == "unreadable"),
    "reply/tokens": lambda record: float(record.reply_tokens),
}
"""What a turn is worth under each key; `perception/exact` is P_acc of arXiv 2505.13426."""

SHARES = frozenset(TURN_VALUES) - {"reward/game", "reward/total", "reply/tokens"}
"""Keys whose values lie in [0, 1]."""


class Comparison(NamedTuple):
    """A quantity before and after: means over levels, and the interval of their difference."""

    before: float
    after: float
    difference: float
    low: float
    high: float


def turn_metrics(records: Iterable[TurnRecord]) -> dict[str, float]:
    """Means over all turns of a step, each turn counting once.

    Turns of episodes whose environment failed count in `episode/failed` alone. Where there is nothing to average the
    value is nan.

    Returns:
        The keys of `TURN_VALUES`; `perception/right_then_good`, the share of positive game rewards among turns with
        an exact perception (R_acc of arXiv 2505.13426); `reply/tokens_max`; `episode/turns`, turns per episode;
        `episode/return`, summed total rewards per episode; `episode/terminal`, share of episodes that ended by the
        rules of the game; `episode/failed`, share of episodes whose environment failed. Of a mixture, the same again
        for each game, as `game/<name>/<key>`, and `game/<name>/levels`, the number of its levels.
    """
    return _with_games(_turn_metrics, records)


def game_names(records: Iterable[TurnRecord]) -> list[str]:
    """Names of the games of a mixture, sorted; empty in a run of one game."""
    return sorted({record.game_name for record in records} - {""})


def _with_games(
    measure: Callable[[Sequence[TurnRecord]], dict[str, float]], records: Iterable[TurnRecord]
) -> dict[str, float]:
    """What `measure` finds in all records, then in those of each game of a mixture."""
    found = list(records)
    metrics = measure(found)
    for name in game_names(found):
        own = [record for record in found if record.game_name == name]
        metrics.update({f"game/{name}/{key}": value for key, value in measure(own).items()})
        metrics[f"game/{name}/levels"] = float(len({record.group for record in own}))
    return metrics


def _turn_metrics(records: Sequence[TurnRecord]) -> dict[str, float]:
    episodes: dict[tuple[str, int], list[TurnRecord]] = defaultdict(list)
    for record in records:
        episodes[record.group, record.sample].append(record)
    sound = [turns for turns in episodes.values() if turns[0].stop_reason != FAILED]
    turns = [record for episode in sound for record in episode]
    right = [record for record in turns if record.perception["exact"]]
    return {
        **{key: _mean(value(record) for record in turns) for key, value in TURN_VALUES.items()},
        "perception/right_then_good": _mean(float(record.reward["game"] > 0) for record in right),
        "reply/tokens_max": float(max((record.reply_tokens for record in turns), default=float("nan"))),
        "episode/turns": _mean(len(episode) for episode in sound),
        "episode/return": _mean(sum(record.reward["total"] for record in episode) for episode in sound),
        "episode/terminal": _mean(float(episode[0].stop_reason == "terminal") for episode in sound),
        "episode/failed": _mean(float(episode[0].stop_reason == FAILED) for episode in episodes.values()),
    }


def validation_metrics(records: Sequence[TurnRecord]) -> dict[str, float]:
    """`turn_metrics`, and for every key of `TURN_VALUES` the 95% interval of its mean over levels.

    Returns:
        Besides the keys of `turn_metrics`, `<key>/low` and `<key>/high` for the keys of `TURN_VALUES`.
    """
    return _with_games(_validation_metrics, records)


def _validation_metrics(records: Sequence[TurnRecord]) -> dict[str, float]:
    metrics = _turn_metrics(records)
    for key, value in TURN_VALUES.items():
        means = _level_means(records, value)
        if means:
            _, low, high = mean_interval(list(means.values()), is_share=key in SHARES)
            metrics[f"{key}/low"], metrics[f"{key}/high"] = low, high
    return metrics


def mean_interval(
    values: Sequence[float | Sequence[float]],
    seed: int = 0,
    level: float = 0.95,
    num_resamples: int = 10_000,
    is_share: bool = False,
) -> tuple[float, float, float]:
    """Mean over levels and its percentile bootstrap interval; levels are resampled, replies are not.

    Of shares that are 1 on all n levels, or 0 on all, every resample is the same, however few the levels. Their
    interval is that of Clopper and Pearson (Biometrika 26, 1934): it ends at the share with which n alike in a row
    still have the probability (1 - level) / 2.

    Args:
        values: A value a level, or its replies' values, whose mean then stands for the level.
        seed: Of the resampling.
        level: Confidence, in (0, 1).
        num_resamples: Bootstrap samples.
        is_share: The values lie in [0, 1].

    Returns:
        Mean, lower end, upper end.

    Raises:
        ValueError: There is no level.
    """
    if not values:
        raise ValueError("no levels given; an interval needs at least one")
    means = _means(values)
    if is_share and means.min() == means.max() and means[0] in (0.0, 1.0):
        certain = float(((1 - level) / 2) ** (1 / len(means)))
        return (1.0, certain, 1.0) if means[0] else (0.0, 0.0, 1 - certain)
    rng = np.random.default_rng(seed)
    draws: list[Floats] = []
    for start in range(0, num_resamples, CHUNK):
        chosen = rng.integers(len(means), size=(min(CHUNK, num_resamples - start), len(means)))
        draws.append(means[chosen].mean(axis=1))
    low, high = np.quantile(np.concatenate(draws), [(1 - level) / 2, (1 + level) / 2])
    return float(means.mean()), float(low), float(high)


def paired_interval(
    before: Sequence[float | Sequence[float]],
    after: Sequence[float | Sequence[float]],
    seed: int = 0,
    level: float = 0.95,
    num_resamples: int = 10_000,
) -> tuple[float, float, float]:
    """Mean of after - before over levels and its paired bootstrap interval.

    Args:
        before, after: Per level, in the same order, a value or its replies' values; the numbers of replies may
            differ.
        seed, level, num_resamples: See `mean_interval`.

    Returns:
        Mean difference, lower end, upper end.

    Raises:
        ValueError: The numbers of levels differ, or there is no level.
    """
    if len(before) != len(after):
        raise ValueError(f"{len(before)} levels before and {len(after)} after given; pairs need the same levels")
    return mean_interval(list(_means(after) - _means(before)), seed, level, num_resamples)


def compare_validation(history: History, first: int, last: int, game_name: str | None = None) -> dict[str, Comparison]:
    """Compare two validations of a run, level by level, over the levels that both played.

    Args:
        first, last: Steps after which the validations were made.
        game_name: Only the levels of this game of a mixture; None for all.

    Returns:
        A comparison for each key of `TURN_VALUES`.

    Raises:
        FileNotFoundError: A validation is not recorded.
        ValueError: They have no level in common.
    """
    before, after = (
        [record for record in history.read_validation(step) if game_name in (None, record.game_name)]
        for step in (first, last)
    )
    comparisons = {}
    for key, value in TURN_VALUES.items():
        old, new = _level_means(before, value), _level_means(after, value)
        levels = sorted(old.keys() & new.keys())
        if not levels:
            raise ValueError(f"the validations after {first} and {last} steps have no level in common")
        olds, news = [old[name] for name in levels], [new[name] for name in levels]
        comparisons[key] = Comparison(_mean(olds), _mean(news), *paired_interval(olds, news))
    return comparisons


def _sound(records: Iterable[TurnRecord]) -> list[TurnRecord]:
    return [record for record in records if record.stop_reason != FAILED]


def _level_means(records: Iterable[TurnRecord], value: Callable[[TurnRecord], float]) -> dict[str, float]:
    """Mean over all turns of each level."""
    values: dict[str, list[float]] = defaultdict(list)
    for record in _sound(records):
        values[json.dumps(record.level, sort_keys=True)].append(value(record))
    return {level: _mean(found) for level, found in values.items()}


def _means(values: Sequence[float | Sequence[float]]) -> Floats:
    return np.array([np.mean(replies) for replies in values], dtype=np.float64)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else float("nan")

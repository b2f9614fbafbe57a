from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from easyr1.metrics import (
    compare_validation,
    game_names,
    mean_interval,
    paired_interval,
    turn_metrics,
    validation_metrics,
)
from easyr1.replay.record import History
from tests.replay.make import at_level, make_record, make_reward

WRONG = {"exact": False, "cells": 0.5}


def test_turn_metrics_of_single_turns() -> None:
    records = [
        make_record(sample=0, reply_tokens=10),
        make_record(sample=1, reply_tokens=20, status="illegal", reward=make_reward(-1.0)),
        make_record(sample=2, reply_tokens=30, status="illegal", reward=make_reward(-1.0, 1, 0), perception=WRONG),
        make_record(sample=3, reply_tokens=40, status="unreadable", reward=make_reward(-1.0, 0, 0), perception=WRONG),
    ]
    metrics = turn_metrics(records)
    assert metrics == {
        "reward/game": -0.5,
        "reward/format": 0.75,
        "reward/perception": 0.5,
        "reward/total": 0.75,
        "perception/exact": 0.5,
        "perception/cells": 0.75,
        "perception/right_then_good": 0.5,
        "reply/legal": 0.25,
        "reply/illegal": 0.5,
        "reply/unreadable": 0.25,
        "reply/tokens": 25.0,
        "reply/tokens_max": 40.0,
        "episode/turns": 1.0,
        "episode/return": 0.75,
        "episode/terminal": 0.0,
        "episode/failed": 0.0,
    }


def test_turn_metrics_of_episodes() -> None:
    long = [make_record(sample=0, turn=turn, stop_reason="terminal") for turn in range(3)]
    metrics = turn_metrics([*long, make_record(sample=1), make_record(group="6", sample=1)])
    assert metrics["episode/turns"] == pytest.approx(5 / 3)
    assert metrics["episode/return"] == pytest.approx(5.0)
    assert metrics["episode/terminal"] == pytest.approx(1 / 3)


def test_failed_episodes_are_counted_and_not_averaged() -> None:
    failed = make_record(sample=1, stop_reason="environment_failed", reward=make_reward(-1.0))
    metrics = turn_metrics([make_record(sample=0), failed])
    assert metrics["reward/game"] == 1.0
    assert metrics["episode/failed"] == 0.5
    assert math.isnan(turn_metrics([failed])["reward/game"])


def test_nothing_to_average_is_nan() -> None:
    assert all(math.isnan(value) for value in turn_metrics([]).values())
    wrong = turn_metrics([make_record(perception=WRONG)])
    assert math.isnan(wrong["perception/right_then_good"])


def test_a_known_interval() -> None:
    rng = np.random.default_rng(3)
    before, noise = rng.normal(0, 5, 400), rng.normal(0.3, 1.0, 400)
    mean, low, high = paired_interval(list(before), list(before + noise))
    # Pairing takes the spread of the levels (5) out; what is left is the normal interval of the differences.
    half = 1.96 * noise.std(ddof=1) / math.sqrt(400)
    assert mean == pytest.approx(noise.mean())
    assert (low, high) == (pytest.approx(mean - half, abs=0.01), pytest.approx(mean + half, abs=0.01))


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        before = rng.choice([-1.0, 1.0], size=(60, 4))
        after = np.where(rng.random((60, 4)) < 0.65, 1.0, -1.0)
        _, low, high = paired_interval(before.tolist(), after.tolist(), num_resamples=400)
        covered += low <= 0.3 <= high
    assert 180 <= covered <= 198


def test_replies_are_averaged_before_levels() -> None:
    mean, low, high = paired_interval([[0.0, 0.0], [1.0]], [[1.0, 1.0, 1.0, 1.0], [1.0]])
    assert (mean, low, high) == (0.5, 0.0, 1.0)


def test_an_interval_is_the_same_each_time_and_narrower_at_a_lower_level() -> None:
    values = list(np.random.default_rng(1).normal(size=50))
    assert mean_interval(values) == mean_interval(values)
    _, low, high = mean_interval(values)
    _, narrow_low, narrow_high = mean_interval(values, level=0.5)
    assert low < narrow_low < narrow_high < high


@pytest.mark.parametrize("num_levels", [1, 8, 1024])
def test_a_share_that_never_fails_may_still_be_below_one(num_levels: int) -> None:
    mean, low, high = mean_interval([1.0] * num_levels, is_share=True)
    assert (mean, high) == (1.0, 1.0) and low**num_levels == pytest.approx(0.025)
    assert mean_interval([0.0] * num_levels, is_share=True) == (0.0, 0.0, pytest.approx(1 - low))
    assert mean_interval([1.0] * num_levels) == (1.0, 1.0, 1.0)  # a reward may have nothing above or below


def test_other_shares_are_resampled() -> None:
    for values in ([1.0, 1.0, 0.0, 1.0], [0.5, 0.5]):
        assert mean_interval(values, is_share=True) == mean_interval(values)


def test_bad_pairs_are_errors() -> None:
    with pytest.raises(ValueError, match="2 levels before and 1 after"):
        paired_interval([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="at least one"):
        paired_interval([], [])


def test_validation_metrics_bring_intervals() -> None:
    records = [at_level(seed, reward=make_reward(-1.0 if seed % 4 else 1.0)) for seed in range(64)]
    metrics = validation_metrics(records)
    assert metrics["reward/game"] == -0.5
    assert -0.75 < metrics["reward/game/low"] < -0.5 < metrics["reward/game/high"] < -0.2
    assert metrics["reward/format/low"] == pytest.approx(0.025 ** (1 / 64)) and metrics["reward/format/high"] == 1.0
    assert "reward/game/low" not in validation_metrics([])


def test_compare_validation_pairs_levels_whatever_their_order(tmp_path: Path) -> None:
    history = History(tmp_path)
    before = [at_level(seed, sample=sample, reward=make_reward(-1.0)) for seed in range(20) for sample in range(4)]
    after = [
        at_level(seed, sample=sample, reward=make_reward(1.0 if sample < 2 else -1.0))
        for seed in reversed(range(20))
        for sample in range(4)
    ]
    only_there = at_level(99, reward=make_reward(1.0))
    failed = at_level(0, sample=9, reward=make_reward(-1.0), stop_reason="environment_failed")
    history.write_validation(0, [*before, only_there], {})
    history.write_validation(60, [*after, failed], {})
    comparison = compare_validation(history, 0, 60)
    assert comparison["reward/game"] == (-1.0, 0.0, 1.0, 1.0, 1.0)
    assert comparison["perception/exact"].difference == 0.0
    history.write_validation(70, [only_there], {})
    with pytest.raises(ValueError, match="no level in common"):
        compare_validation(history, 60, 70)
    with pytest.raises(FileNotFoundError):
        compare_validation(history, 0, 1)


def test_a_mixture_is_measured_game_by_game() -> None:
    records = [
        at_level(1, game_name="a", reward=make_reward(1.0)),
        at_level(2, game_name="a", reward=make_reward(-1.0)),
        # A frozen level of another game, of the same seed.
        at_level(1, game_name="b", reward=make_reward(-1.0), perception=WRONG),
    ]
    records = [dataclasses.replace(record, group=f"{record.game_name}:{record.group}") for record in records]
    whole, alone = turn_metrics(records), turn_metrics([dataclasses.replace(r, game_name="") for r in records[:2]])
    assert whole["reward/game"] == pytest.approx(-1 / 3) and whole["episode/turns"] == 1.0
    assert {key: whole[f"game/a/{key}"] for key in alone} == alone
    assert (whole["game/b/reward/game"], whole["game/b/perception/exact"]) == (-1.0, 0.0)
    assert (whole["game/a/levels"], whole["game/b/levels"]) == (2.0, 1.0)
    assert game_names(records) == ["a", "b"] and not any(key.startswith("game/") for key in alone)
    validated = validation_metrics(records)
    assert validated["game/a/reward/game/low"] == -1.0 and validated["game/a/reward/game/high"] == 1.0
    assert validated["reward/game"] == whole["reward/game"]


def test_compare_validation_of_one_game(tmp_path: Path) -> None:
    history = History(tmp_path)
    for step, rewards in ((0, {"a": -1.0, "b": -1.0}), (9, {"a": 1.0, "b": -1.0})):
        records = [
            at_level(seed, game_name=name, level={"game": name, "seed": seed}, reward=make_reward(reward))
            for name, reward in rewards.items()
            for seed in range(8)
        ]
        history.write_validation(step, records, {})
    differences = [compare_validation(history, 0, 9, name)["reward/game"].difference for name in (None, "a", "b")]
    assert differences == [1.0, 2.0, 0.0]

"""Figures of a level, and means over levels with their intervals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from easyr1.evaluation.episodes import FAILED
from easyr1.evaluation.figures import FIGURES, LevelFigures, level_figures
from easyr1.evaluation.intervals import NOTHING, average, normalise, over_levels
from easyr1.evaluation.levels import state_hash
from easyr1.evaluation.table import number
from tests.evaluation.make import SMALL, make_line

WRONG = {"exact": False, "cells": 0.5}


def test_figures_of_two_episodes() -> None:
    first = [
        make_line(1.0, reply_tokens=10, stop_reason="terminal"),
        make_line(2.0, reply_tokens=20, perception=WRONG, stop_reason="terminal"),
    ]
    second = [make_line(0.0, reply_tokens=30), make_line(0.0, status="unreadable", reply_tokens=40, perception=WRONG)]
    found = level_figures(SMALL, 5, [first, second], solver=3.0)
    assert (found.task, found.level, found.episodes, found.failures) == ("small", 5, 2, {})
    assert found.hash == state_hash(first[0].truth, first[0].observation)
    assert found.values == {
        "score": 1.5,
        "success": 0.5,
        "turns": 2.0,
        "finished": 0.5,
        "illegal": 0.25,
        "unreadable": 0.25,
        "format": 1.0,
        "P_acc": 0.5,
        "cells": 0.75,
        "prompt_tokens": 40.0,
        "reply_tokens": 25.0,
        "R_acc": 0.5,
    }
    assert tuple(found.values) == FIGURES


def test_a_failed_episode_is_counted_and_named_and_in_no_mean() -> None:
    sound = [make_line(1.0)]
    lost = [
        make_line(5.0, stop_reason="policy_failed", failure="HTTP 500", cost=2.0),
        make_line(0.0, status=FAILED, stop_reason="policy_failed", failure="HTTP 500"),
    ]
    found = level_figures(SMALL, 0, [sound, lost, lost], solver=1.0)
    assert found.failures == {"HTTP 500": 2} and found.episodes == 1
    assert found.values["score"] == 1.0 and found.values["turns"] == 1.0
    assert found.usage == {"turns": 3, "prompt_tokens": 200, "reply_tokens": 60, "seconds": 0.0, "cost": 4.0}


def test_a_level_on_which_all_failed() -> None:
    lost = [make_line(0.0, status=FAILED, stop_reason="policy_failed", failure="no answer", observation="")]
    found = level_figures(SMALL, 0, [lost])
    assert found.episodes == 0 and found.hash == "" and all(map(math.isnan, found.values.values()))
    assert found.to_dict()["values"]["score"] is None
    again = LevelFigures.from_dict(found.to_dict())
    assert again.failures == {"no answer": 1} and math.isnan(again.values["score"])


def test_a_context_that_does_not_fit_counts_against_the_player() -> None:
    lines = [make_line(1.0, stop_reason="context_limit"), make_line(0.0, status=FAILED, stop_reason="context_limit")]
    found = level_figures(SMALL, 0, [lines], solver=2.0)
    assert found.episodes == 1 and found.values["score"] == 1.0 and found.values["turns"] == 1.0
    assert found.values["illegal"] == 0.0


def test_without_the_solver_nobody_knows_of_success() -> None:
    assert math.isnan(level_figures(SMALL, 0, [[make_line()]]).values["success"])


def test_intervals_over_levels_that_have_a_value() -> None:
    interval = over_levels([0.0, 1.0, math.nan] * 20)
    assert interval.mean == 0.5 and 0.3 < interval.low < 0.4 and 0.6 < interval.high < 0.7
    assert over_levels([math.nan]) == NOTHING or math.isnan(over_levels([math.nan]).mean)


def test_the_solver_is_one_and_chance_is_nothing_whatever_the_levels() -> None:
    rng = np.random.default_rng(0)
    random, solver = rng.uniform(0, 1, 30), rng.uniform(2, 9, 30)
    assert normalise(solver, random, solver).interval == (1.0, 1.0, 1.0)
    assert normalise(random, random, solver).interval == (0.0, 0.0, 0.0)
    middle = normalise((random + solver) / 2, random, solver).interval
    assert middle == pytest.approx((0.5, 0.5, 0.5))


def test_a_normalised_score_is_a_ratio_of_means() -> None:
    found = normalise([1.0, 3.0], [0.0, 0.0], [2.0, 8.0])
    assert found.mean == pytest.approx(0.4)
    low, high = found.interval[1:]
    assert (low, high) == pytest.approx((3 / 8, 1 / 2))


def test_where_the_solver_is_no_better_than_chance_nothing_is_normalised() -> None:
    assert math.isnan(normalise([1.0], [2.0], [2.0]).interval.mean)
    assert math.isnan(normalise([], [], []).interval.mean)
    # Better on the whole by luck alone: on one level of three.
    assert math.isnan(normalise([0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]).mean)
    half = normalise([1.0], [0.0], [2.0])
    assert average([half, normalise([1.0], [2.0], [2.0])]).mean == 0.5
    assert math.isnan(average([]).mean)


def test_a_mean_over_tasks_is_surer_than_its_tasks() -> None:
    rng = np.random.default_rng(1)
    tasks = [normalise(rng.uniform(0, 1, 20), [0.0] * 20, [1.0] * 20, seed=seed) for seed in range(9)]
    widths = [task.interval.high - task.interval.low for task in tasks]
    overall = average(tasks)
    assert overall.mean == pytest.approx(np.mean([task.mean for task in tasks]))
    assert overall.high - overall.low < 0.5 * min(widths)


def test_an_interval_has_its_confidence() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for trial in range(200):
        score = rng.normal(3.0, 1.0, 40)
        low, high = normalise(score, [0.0] * 40, [10.0] * 40, seed=trial).interval[1:]
        hits += low <= 0.3 <= high
    assert 175 <= hits <= 199


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (1.0, "1.00"),
        (0.4213, "0.42"),
        (17.65, "17.6"),
        (707.4, "707"),
        (1070.0, "1070"),
        (0.0021, "0.0021"),
    ],
)
def test_numbers_for_the_reader(value: float, words: str) -> None:
    assert number(value) == words
    assert number(math.nan) == "-"


def test_repeats_on_a_level_are_one_level() -> None:
    task = replace(SMALL, repeats=2)
    assert level_figures(task, 0, [[make_line(1.0)], [make_line(0.0)]], 1.0).values["score"] == 0.5


def test_a_legal_move_without_reward_is_no_good_decision() -> None:
    episode = [make_line(2.0), make_line(0.0, status="legal"), make_line(-1.0), make_line(3.0, perception=WRONG)]
    found = level_figures(SMALL, 0, [episode], solver=4.0)
    assert found.values["illegal"] == 0.0 and found.values["R_acc"] == pytest.approx(1 / 3)

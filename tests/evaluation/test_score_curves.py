from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from easyr1.evaluation.curves import draw_score_curves, mean_scores, running_scores
from easyr1.replay.record import TurnRecord

RECORD = TurnRecord(
    step=0,
    split="evaluation",
    level={"game": "games/ShisenSho-v0", "knobs": {}, "seed": 0},
    group="a/0000",
    sample=0,
    turn=0,
    observation="0" * 16,
    prompt="",
    reply="",
    action=None,
    status="legal",
    truth="",
    reward={"game": 0.0, "format": 1.0, "perception": 1.0, "total": 0.0},
    perception={"exact": 1.0, "cells": 1.0},
    advantage=None,
    stop_reason="terminal",
    prompt_tokens=0,
    reply_tokens=0,
)


def episode(*rewards: float) -> list[TurnRecord]:
    return [replace(RECORD, turn=turn, reward={**RECORD.reward, "game": game}) for turn, game in enumerate(rewards)]


def test_a_score_grows_by_rewards_and_stays_when_the_episode_is_over() -> None:
    assert running_scores(episode(1, 0, 4)) == [0, 1, 1, 5]
    assert mean_scores([[0, 1, 1, 5], [0, 3]]) == [0, 2, 2, 4]


def test_the_picture_has_a_panel_a_task(tmp_path: Path) -> None:
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    draw_score_curves({"a": [episode(1, 1, 1), episode(0, 2)]}, one)
    draw_score_curves({"a": [episode(1, 1, 1), episode(0, 2)], "b": [episode(5, 5)], "c": [episode(1)]}, two)
    with Image.open(one) as small, Image.open(two) as large:
        assert large.width > 1.8 * small.width and large.height == small.height
        assert len(np.unique(np.asarray(small.convert("L")))) > 20
    assert not list(tmp_path.glob("*.tmp"))


def test_one_move_makes_no_curve(tmp_path: Path) -> None:
    draw_score_curves({"swap": [episode(1), episode(0)], "none": []}, tmp_path / "curves.png")
    assert not list(tmp_path.iterdir())

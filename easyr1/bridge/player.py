"""A model plays levels, and what it did becomes records; runs in a process of its own (see played_validation.py)."""

from __future__ import annotations

import asyncio
import gc
import os
from dataclasses import asdict
from typing import Any

import torch
from verl.utils.device import get_device_name, get_torch_device

from easyr1.bridge.generating_policy import GeneratingPolicy
from easyr1.bridge.played_validation import Found, validation_levels
from easyr1.replay.record import TurnRecord
from easyr1.rewards.rubric import Rubric
from easyr1.rewards.terms import RewardWeights
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Trajectory, Turn
from games.core.types import Level

RUBRIC = Rubric(RewardWeights(alpha=1.0, beta=1.0))
"""A legal move is worth 1 and anything else -1, as in reinforcement learning."""


def play_levels(settings: dict[str, Any], model: str, step: int, numbers: range, seed: int) -> Found:
    """Play validation levels once each.

    Args:
        settings: a run's `validation`.
        model: folder or hub id, in Hugging Face's form.
        step: number of training steps behind the model, for the records.
        numbers: which of the levels.
        seed: of sampling.

    Returns:
        The turns, and PNG bytes of their pictures by digest.
    """
    name = get_device_name()
    device = torch.device("cpu") if name == "cpu" else torch.device(name, int(os.environ["LOCAL_RANK"]))
    how = (settings["temperature"], settings["max_reply_tokens"], settings["batch_size"], seed)
    policy, levels = GeneratingPolicy(model, device, *how), validation_levels(settings)
    limits = Limits(settings["max_turns"], settings["window"])
    played = asyncio.run(_play(policy, [levels.level(number) for number in numbers], limits))
    del policy
    gc.collect()
    get_torch_device().empty_cache()
    records = [
        _record(trajectory, turn, levels.name(number), step)
        for number, trajectory in zip(numbers, played, strict=True)
        for turn in trajectory.turns
    ]
    return records, {turn.frame.digest: turn.frame.png for one in played for turn in one.turns}


async def _play(policy: GeneratingPolicy, levels: list[Level], limits: Limits) -> list[Trajectory]:
    environment = LocalEnvironment()
    return await asyncio.gather(*(play_episode(policy, Episode(level, environment), limits) for level in levels))


def _record(trajectory: Trajectory, turn: Turn, game_name: str, step: int) -> TurnRecord:
    level = trajectory.level
    return TurnRecord(
        step=step,
        split="validation",
        level=level.to_dict(),
        # Frozen levels of two games have the same seeds.
        group=f"{game_name}:{level.seed}" if game_name else str(level.seed),
        sample=0,
        turn=turn.index,
        observation=turn.frame.digest,
        prompt=LocalEnvironment().prompt(level),
        reply=turn.reply.text,
        action=turn.action_text,
        status=turn.status.value,
        truth=turn.frame.text,
        reward=asdict(RUBRIC.score(turn)),
        perception={"exact": turn.perception.exact, "cells": turn.perception.cells},
        advantage=None,
        stop_reason=trajectory.stop_reason.value,
        prompt_tokens=turn.reply.tokens.prompt_tokens,
        reply_tokens=turn.reply.tokens.reply_tokens,
        game_name=game_name,
    )

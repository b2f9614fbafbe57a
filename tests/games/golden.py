"""Golden files: what a game shows and says, kept beside the tests; `--update-golden` writes them anew.

A change here is a change of behaviour and asks for a new -vN and a line in CHANGELOG.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from games import ChatEnv, Level


def compare_text(path: Path, found: str, update: bool) -> None:
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found


def compare_image(path: Path, found: Any, update: bool) -> None:
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(found).save(path, optimize=True)
    with Image.open(path) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), found)


def play(level: Level, replies: Callable[[ChatEnv, Any], Sequence[str]], num_turns: int) -> list[dict[str, Any]]:
    """The turns of an episode in which turn number i plays reply number i (counted round) of `replies(env, state)`."""
    env = ChatEnv.from_level(level)
    state, turns = env.open(level.seed), []
    for turn in range(num_turns):
        if env.game.is_terminal(state):
            break
        given = replies(env, state)
        result = env.turn(level.seed, state, turn, given[turn % len(given)])
        seen = env.observe(state)
        turns.append(
            {
                "text": seen.text.splitlines(),
                "image": hashlib.sha256(seen.image.tobytes()).hexdigest(),
                "action": result.action_text,
                "status": result.status.value,
                "reward": result.reward,
                "cells": round(result.perception.cells, 6),
                "is_terminal": result.is_terminal,
            }
        )
        state = result.state
    return turns


def compare_level(
    folder: Path,
    level: Level,
    replies: Callable[[ChatEnv, Any], Sequence[str]],
    update: bool,
    num_turns: int = 24,
) -> list[dict[str, Any]]:
    """Compare prompt.txt, image.png and trajectory.json of a level; the turns are returned."""
    env = ChatEnv.from_level(level)
    compare_text(folder / "prompt.txt", env.prompt + "\n", update)
    compare_image(folder / "image.png", env.observe(env.open(level.seed)).image, update)
    turns = play(level, replies, num_turns)
    compare_text(
        folder / "trajectory.json", json.dumps({"level": level.to_dict(), "turns": turns}, indent=1) + "\n", update
    )
    return turns

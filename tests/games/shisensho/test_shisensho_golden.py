"""Golden image, prompt and trajectory: a change here is a change of behaviour and asks for a new -vN."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from games import ChatEnv, Level
from games.core.tags import format_reply
from games.shisensho.game import Board

LEVEL = Level(
    "games/ShisenSho-v0", {"rows": 4, "columns": 6, "num_faces": 6, "spread_moves": 4, "image_px": [168, 196]}, 11
)


@pytest.fixture
def folder(golden_folder: Path) -> Path:
    return golden_folder / "shisensho"


def compare(path: Path, found: str, update: bool) -> None:
    if update:
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found


def compare_image(path: Path, found: Any, update: bool) -> None:
    if update:
        Image.fromarray(found).save(path, optimize=True)
    with Image.open(path) as picture:
        assert np.array_equal(np.asarray(picture.convert("RGB")), found)


def test_golden_prompt(folder: Path, update_golden: bool) -> None:
    compare(folder / "prompt.txt", ChatEnv.from_level(LEVEL).prompt + "\n", update_golden)


def test_golden_image(folder: Path, update_golden: bool) -> None:
    env = ChatEnv.from_level(LEVEL)
    compare_image(folder / "image.png", env.observe(env.open(LEVEL.seed)).image, update_golden)


def test_golden_faces(folder: Path, update_golden: bool) -> None:
    game = ChatEnv.from_level(Level("games/ShisenSho-v0", {"rows": 8, "columns": 8, "num_faces": 32}, 0)).game
    compare_image(folder / "faces.png", game.image(Board(bytes(range(1, 65)))), update_golden)


def test_golden_trajectory(folder: Path, update_golden: bool) -> None:
    env = ChatEnv.from_level(LEVEL)
    game, state, turns = env.game, env.open(LEVEL.seed), []
    for turn in range(24):
        if game.is_terminal(state):
            break
        replies = [
            env.truth_reply(state, game.solve(state)),
            format_reply(game.text(state), "", "(0,0) (3,5)"),
            format_reply("(0,0) empty", "", "(0,0) (0,6)"),
        ]
        result = env.turn(LEVEL.seed, state, turn, replies[turn % 4 % 3])
        turns.append(
            {
                "text": game.text(state).splitlines(),
                "image": hashlib.sha256(game.image(state).tobytes()).hexdigest(),
                "action": result.action_text,
                "status": result.status.value,
                "reward": result.reward,
                "cells": round(result.perception.cells, 6),
                "is_terminal": result.is_terminal,
            }
        )
        state = result.state
    assert game.is_terminal(state) and {turn["status"] for turn in turns} == {"legal", "illegal", "unreadable"}
    compare(
        folder / "trajectory.json",
        json.dumps({"level": LEVEL.to_dict(), "turns": turns}, indent=1) + "\n",
        update_golden,
    )

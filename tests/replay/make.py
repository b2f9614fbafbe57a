"""Records and runs to write."""

from __future__ import annotations

from typing import Any

from easyr1.replay.record import TurnRecord


def make_record(**changes: Any) -> TurnRecord:
    """A legal, exact, only turn of an episode, with some fields changed."""
    fields: dict[str, Any] = {
        "step": 1,
        "split": "train",
        "level": {"game": "games/ShisenSho-v0", "knobs": {"rows": 2, "columns": 4, "image_px": None}, "seed": 5},
        "group": "5",
        "sample": 0,
        "turn": 0,
        "observation": "00ff00ff00ff00ff",
        "prompt": "Clear the board.",
        "reply": "<answer>(0,0) (0,1)</answer>",
        "action": "(0,0) (0,1)",
        "status": "legal",
        "truth": "(0,0) blue circle",
        "reward": make_reward(1.0),
        "perception": {"exact": True, "cells": 1.0},
        "advantage": 0.25,
        "stop_reason": "turn_limit",
        "prompt_tokens": 40,
        "reply_tokens": 12,
    }
    return TurnRecord(**{**fields, **changes})


def make_reward(game: float, form: float = 1.0, perception: float = 1.0) -> dict[str, float]:
    """The parts of a reward and their plain sum."""
    return {"game": game, "format": form, "perception": perception, "total": game + form + perception}


def at_level(seed: int, **changes: Any) -> TurnRecord:
    """A record of another level."""
    level = {"game": "games/ShisenSho-v0", "knobs": {}, "seed": seed}
    return make_record(**{"level": level, "group": str(seed), **changes})

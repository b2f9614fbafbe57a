"""Tasks and lines to measure."""

from __future__ import annotations

from typing import Any

from easyr1.evaluation.tasks import Task
from easyr1.replay.record import TurnRecord
from tests.replay.make import make_record

BOARD = {"rows": 2, "columns": 4, "num_faces": 2, "solvable": True, "tile_px": 28}
SMALL = Task("small", "games/ShisenSho-v0", BOARD, episodes=6, max_turns=6)
"""Boards that the solver clears in four turns."""


def make_line(game: float = 1.0, **changes: Any) -> TurnRecord:
    """A turn of an evaluation, worth `game`."""
    status = "legal" if game else "illegal"
    reward = {"game": game, "format": 1.0, "perception": 1.0, "total": game}
    return make_record(**{"step": 0, "split": "evaluation", "reward": reward, "status": status, **changes})

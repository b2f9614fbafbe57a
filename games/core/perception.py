"""Grades of a perception block: by rule, cell by cell, against the exact truth."""

from __future__ import annotations

from typing import Any

from games.core.game import Game
from games.core.types import PerceptionScore


def score_perception(game: Game[Any, Any], state: Any, block: str | None) -> PerceptionScore:
    """Grade what a reply says it sees.

    `exact` needs every cell right and the whole block in the form asked for. `cells` is the share of the board's
    cells whose label is right, in [0, 1]; a cell stated twice, not at all, or not in the form counts as wrong.
    """
    if block is None:
        return PerceptionScore(exact=False, cells=0.0)
    if block.strip() == game.text(state):
        return PerceptionScore(exact=True, cells=1.0)
    truth = game.labels(state)
    stated = game.read(block)
    if stated == truth:
        return PerceptionScore(exact=True, cells=1.0)
    stated = game.read(block, partial=True) or {}
    right = sum(stated.get(cell) == label for cell, label in truth.items())
    return PerceptionScore(exact=False, cells=right / len(truth) if truth else 0.0)

"""A teacher of middling skill for Shisen-Sho: it matches faces, and looks for a way between them only sometimes.

Pure Python, no torch. Its replies have the form that the prompt asks for, with thinking that leads from what is seen
to the choice: which face, where its two tiles are, how they lie to each other. A share of the answers (`care`) is
drawn from the legal pairs; the others are two tiles of one face, drawn without asking whether a way connects them.
A model that imitates it knows what to look for and where, and leaves to reinforcement learning what pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from games.core.chat import ChatEnv

Cell = tuple[int, int]
Pair = tuple[Cell, Cell]

EMPTY = "empty"
RELATIONS = ("side by side", "same row", "same column", "apart")


def relation(pair: Pair) -> str:
    """How two cells lie to each other, one of `RELATIONS`."""
    (row_a, column_a), (row_b, column_b) = pair
    if abs(row_a - row_b) + abs(column_a - column_b) == 1:
        return "side by side"
    if row_a == row_b:
        return "same row"
    return "same column" if column_a == column_b else "apart"


def thinking(face: str, pair: Pair) -> str:
    """The step from the board to the choice: `blue circle at (0,1) and (0,3): same row`."""
    (row_a, column_a), (row_b, column_b) = pair
    return f"{face} at ({row_a},{column_a}) and ({row_b},{column_b}): {relation(pair)}"


def matching_pairs(labels: Mapping[Cell, str]) -> list[Pair]:
    """All pairs of cells that show the same face, in reading order."""
    places: dict[str, list[Cell]] = {}
    for cell, label in sorted(labels.items()):
        if label != EMPTY:
            places.setdefault(label, []).append(cell)
    return [pair for cells in places.values() for pair in combinations(cells, 2)]


def choose_pair(env: ChatEnv, state: Any, rng: np.random.Generator, care: float) -> Pair:
    """Draw the pair to answer with; `care` in [0, 1] is the share drawn from the legal pairs only."""
    if rng.random() < care:
        pairs = [((a.r1, a.c1), (a.r2, a.c2)) for a in env.game.legal_actions(state)]
    else:
        pairs = matching_pairs(env.game.labels(state))
    first, second = pairs[int(rng.integers(len(pairs)))]
    return (min(first, second), max(first, second))


def teacher_reply(env: ChatEnv, state: Any, rng: np.random.Generator, care: float) -> str:
    """A whole reply to `state`: the true perception, the thinking and the chosen pair.

    Raises:
        ValueError: the board holds no two tiles of one face.
    """
    pair = choose_pair(env, state, rng, care)
    (row_a, column_a), (row_b, column_b) = pair
    action = env.game.parse(f"({row_a},{column_a}) ({row_b},{column_b})")
    return env.truth_reply(state, action, thinking(env.game.labels(state)[pair[0]], pair))

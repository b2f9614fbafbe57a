"""A teacher of middling skill for Shisen-Sho: it matches faces, and looks for a way between them only sometimes.

Pure Python, no torch. Its replies have the form that the prompt asks for, with thinking that leads from what is seen
to the choice: a face, where its tiles are, which two of them, how these lie to each other. A share of the answers
(`care`) is drawn from the legal pairs; the others are two tiles of one face, whether or not a way connects them.
A model that imitates it knows what to look for and where, and leaves to reinforcement learning what pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def cell_text(cell: Cell) -> str:
    """A cell as the prompt writes it: `(0,1)`."""
    return f"({cell[0]},{cell[1]})"


def thinking(face: str, places: Sequence[Cell], pair: Pair) -> str:
    """The steps from the board to the choice: a face, all its tiles, two of them, and how they lie.

    `See blue circle at (0,1) (0,3) (2,2). Take (0,1) and (0,3): same row`
    """
    seen = " ".join(map(cell_text, places))
    return f"See {face} at {seen}. Take {cell_text(pair[0])} and {cell_text(pair[1])}: {relation(pair)}"


def places_by_face(labels: Mapping[Cell, str]) -> dict[str, list[Cell]]:
    """The cells of every face on the board, in reading order."""
    places: dict[str, list[Cell]] = {}
    for cell, label in sorted(labels.items()):
        if label != EMPTY:
            places.setdefault(label, []).append(cell)
    return places


def matching_pairs(labels: Mapping[Cell, str]) -> list[Pair]:
    """All pairs of cells that show the same face, face by face."""
    return [pair for cells in places_by_face(labels).values() for pair in combinations(cells, 2)]


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
    labels = env.game.labels(state)
    face = labels[pair[0]]
    action = env.game.parse(f"{cell_text(pair[0])} {cell_text(pair[1])}")
    return env.truth_reply(state, action, thinking(face, places_by_face(labels)[face], pair))

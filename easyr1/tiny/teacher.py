"""A novice at the small games: it sees everything, names what might do, and knows only sometimes whether it does.

Pure Python, no torch. Its replies have the form that the prompt asks for, in few words: what the answer is about, and
the answer. A share of the answers (`care`) is drawn from the legal ones; the others only look right: two tiles of one
face, whether or not a way connects them, two different neighbours, whether or not they make a line, any direction.
A model that imitates it knows what to look for and where, and leaves to reinforcement learning, or to the examples of
a better teacher, what pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from games.board.actions import Pair
from games.core.chat import ChatEnv
from games.core.grid import cell_text
from games.core.types import Cell
from games.shisensho.game import ShisenSho
from games.swap.game import Swap
from games.twenty_forty_eight.rules import MOVES

EMPTY = "empty"
RELATIONS = ("side by side", "same row", "same column", "apart")

Labels = Mapping[Cell, str]


def relation(first: Cell, second: Cell) -> str:
    """How two cells lie to each other, one of `RELATIONS`."""
    (row_a, column_a), (row_b, column_b) = first, second
    if abs(row_a - row_b) + abs(column_a - column_b) == 1:
        return "side by side"
    if row_a == row_b:
        return "same row"
    return "same column" if column_a == column_b else "apart"


def places_by_face(labels: Labels) -> dict[str, list[Cell]]:
    """The cells of every face on the board, in reading order."""
    places: dict[str, list[Cell]] = {}
    for cell, label in sorted(labels.items()):
        if label != EMPTY:
            places.setdefault(label, []).append(cell)
    return places


def matching_pairs(labels: Labels) -> list[Pair]:
    """All pairs of cells that show the same face, face by face."""
    return [Pair(*a, *b) for cells in places_by_face(labels).values() for a, b in combinations(cells, 2)]


def different_neighbours(labels: Labels) -> list[Pair]:
    """All pairs of cells that share a side and show different faces."""
    pairs = combinations(sorted(labels), 2)
    return [Pair(*a, *b) for a, b in pairs if relation(a, b) == "side by side" and labels[a] != labels[b]]


def looks_right(env: ChatEnv, state: Any) -> Sequence[Any]:
    """The actions that a novice would think of."""
    match env.game:
        case ShisenSho():
            return matching_pairs(env.game.labels(state))
        case Swap():
            return different_neighbours(env.game.labels(state))
        case _:
            return MOVES


def choose(env: ChatEnv, state: Any, rng: np.random.Generator, care: float) -> Any:
    """Draw the action to answer with; `care` in [0, 1] is the share drawn from the legal actions only."""
    actions = env.game.legal_actions(state) if rng.random() < care else looks_right(env, state)
    return actions[int(rng.integers(len(actions)))]


def thinking(labels: Labels, action: Any, words: str) -> str:
    """What the novice says before it answers.

    First where the tiles of each face are, `See blue circle at (0,1) (0,3); red star at (0,2).`, which is where a model
    learns to look a face up in what it has seen. Then `Take (0,1) and (0,3): same row` of two tiles alike, or
    `Swap blue circle (0,1) and red star (0,2)` of two that differ. Of a direction `Go left`, and nothing else.

    Args:
        words: The action as the game spells it.
    """
    if not isinstance(action, Pair):
        return f"Go {words}"
    first, second = sorted([(action.r1, action.c1), (action.r2, action.c2)])
    ends = cell_text(*first), cell_text(*second)
    places = {face: " ".join(cell_text(*cell) for cell in cells) for face, cells in places_by_face(labels).items()}
    seen = "; ".join(f"{face} at {cells}" for face, cells in places.items())
    if labels[first] != labels[second]:
        return f"See {seen}. Swap {labels[first]} {ends[0]} and {labels[second]} {ends[1]}"
    return f"See {seen}. Take {ends[0]} and {ends[1]}: {relation(first, second)}"


def teacher_reply(env: ChatEnv, state: Any, rng: np.random.Generator, care: float) -> str:
    """A whole reply to `state`: the true perception, the thinking and the chosen action.

    Raises:
        ValueError: nothing on the board looks right.
    """
    action = choose(env, state, rng, care)
    return env.truth_reply(state, action, thinking(env.game.labels(state), action, env.game.format(action)))

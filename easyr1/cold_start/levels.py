"""Levels of the cold start: of a part of the seeds that training, validation and evaluation never touch."""

from __future__ import annotations

from collections.abc import Mapping

from numpy import uint64
from numpy.random import Generator, SeedSequence, default_rng

from easyr1.data.levels import VALIDATION_BIT
from games.core.types import JSON, Level

SPLITS = ("train", "validation")
COLD_START_BIT = 1 << 63
"""Set in the seed of every level of the cold start; the seeds of all other levels stay below it."""

COLD_START_ENTROPY = 0x656173797231636F
WORDS, MOVES = 0, 1
"""Random streams of a turn: for what the teacher says, and for the moves between turns."""


def cold_start_level(game: str, knobs: Mapping[str, JSON], seed: int, split: str, index: int) -> Level:
    """Level number `index`, 0-based, of a split: a pure function of its arguments, and in no other split.

    Args:
        seed: Of the data set, 0 or more.
        split: One of SPLITS.
    """
    number = int(SeedSequence([seed, COLD_START_ENTROPY], spawn_key=(index,)).generate_state(1, uint64)[0]) >> 2
    return Level(game, knobs, number | COLD_START_BIT | (VALIDATION_BIT if split == "validation" else 0))


def level_rng(level: Level, turn: int, stream: int) -> Generator:
    """The random stream of a turn, 0-based: the same in any process and order, and not that of the game."""
    return default_rng(SeedSequence([level.seed, COLD_START_ENTROPY], spawn_key=(turn, stream)))

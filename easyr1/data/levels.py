"""Levels as a stream with random access: level i is the same whoever asks, in whatever order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from numpy import uint64
from numpy.random import SeedSequence

from easyr1.errors import ConfigError
from games.core.types import JSON, FrozenMap, Level

SPLITS = ("train", "validation")
VALIDATION_BIT = 1 << 62
"""Set in the seed of every validation level and of no training level; seeds stay below 2**63."""

VALIDATION_ENTROPY = 0x6561737972317631
"""Validation levels hang on this number alone: they are frozen, whatever the seed of a run."""


@dataclass(frozen=True)
class LevelStream:
    """The levels of a run.

    Attributes:
        game: A registered game id.
        knobs: Difficulty of the game.
        seed: Seed of the run, 0 or more; validation levels do not depend on it.
        split: `train` or `validation`; no level is in both.

    Raises:
        ConfigError: The seed or the split is not such a value.
    """

    game: str
    knobs: Mapping[str, JSON]
    seed: int
    split: str = "train"

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise ConfigError(f"seed: {self.seed!r} given; it must be a whole number, 0 or more")
        if self.split not in SPLITS:
            raise ConfigError(f"split: {self.split!r} given; it must be {' or '.join(SPLITS)}")
        object.__setattr__(self, "knobs", FrozenMap(self.knobs))

    def level(self, index: int) -> Level:
        """Level number `index`, 0-based, a pure function of (seed, index). Raises IndexError below 0."""
        if index < 0:
            raise IndexError(f"level {index} asked for; levels count from 0")
        if self.split == "validation":
            return Level(self.game, self.knobs, _draw(VALIDATION_ENTROPY, index) | VALIDATION_BIT)
        return Level(self.game, self.knobs, _draw(self.seed, index))


def _draw(entropy: int, index: int) -> int:
    """A number below 2**62; SeedSequence mixes the same way in every version of numpy."""
    return int(SeedSequence(entropy, spawn_key=(index,)).generate_state(1, uint64)[0]) >> 2

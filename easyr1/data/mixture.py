"""One game or several as one stream: level i is of one of them, the same whoever asks, in whatever order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any

from numpy import uint64
from numpy.random import SeedSequence

from easyr1.data.levels import LevelStream
from easyr1.errors import ConfigError
from games.core.types import JSON, Level

CIRCLE = 1 << 64
STEP = 0x9E3779B97F4A7C15
"""The golden section of the circle: of all steps the one whose points lie most evenly on it, however many there are."""

CHOICE_ENTROPY = 0x6561737972316D78
"""Keeps the place where the choice of games starts apart from the seeds of the levels."""

ONLY_GAME = ""
"""Name of the game where there is one alone."""


@dataclass(frozen=True)
class MixedGame:
    """A game's part in a mixture.

    Attributes:
        id: A registered game id.
        knobs: Difficulty of the game.
        weight: Its share of the training levels is its weight over the sum of weights; above 0.
        validation_levels: Number of its frozen levels that validation plays, 0 or more.
        validation_knobs: Knobs that validation sets over `knobs`, such as photographs that training never shows.
        example_knobs: Knobs that the examples of a cold start set over `knobs`, such as states further into a game.
    """

    id: str
    knobs: Mapping[str, JSON]
    weight: float = 1.0
    validation_levels: int = 0
    validation_knobs: Mapping[str, JSON] = field(default_factory=dict)
    example_knobs: Mapping[str, JSON] = field(default_factory=dict)

    def knobs_of(self, split: str) -> dict[str, JSON]:
        """The knobs of a split's levels, `train` or `validation`."""
        return {**self.knobs, **self.validation_knobs} if split == "validation" else dict(self.knobs)


@dataclass(frozen=True)
class LevelMixture:
    """The levels of a run.

    Training: each game owns an arc of a circle, as long as its share. Level i is of the game on whose arc the point
    `start(seed) + i x golden section` lies. So every window of levels, and with it every batch, holds nearly its share
    of each game: one of up to 128 levels is off by less than three, where independent draws are often off by ten. The
    seed is that of level i of a stream of that game alone.

    Validation: the frozen levels of each game, those of a run of that game alone, one game after the other.

    Attributes:
        games: One game or more by name; the order of their names counts, that of the mapping does not.
        seed: Seed of the run, 0 or more; validation levels do not depend on it.
        split: `train` or `validation`.

    Raises:
        ConfigError: There is no game, a weight is not above 0, or seed or split is not such a value.
    """

    games: Mapping[str, MixedGame]
    seed: int
    split: str = "train"

    def __post_init__(self) -> None:
        object.__setattr__(self, "games", {name: self.games[name] for name in sorted(self.games)})
        if not self.games:
            raise ConfigError("games: none given; a mixture has one game or more")
        for name, game in self.games.items():
            if not 0 < game.weight < float("inf"):
                raise ConfigError(f"games.{name}.weight: {game.weight!r} given; it must be a number above 0")
        _ = self._streams  # checks seed and split

    @classmethod
    def from_settings(cls, game: Mapping[str, Any], seed: int, split: str) -> LevelMixture:
        """The levels that a run's group `game` describes: `games` by name, or the keys of one game."""
        games = game.get("games", {ONLY_GAME: game})
        return cls({name: MixedGame(**keys) for name, keys in games.items()}, seed, split)

    def level(self, index: int) -> Level:
        """Level number `index`, 0-based, a pure function of (seed, index).

        Raises:
            IndexError: The index is below 0, or beyond the last validation level.
        """
        name, place = self._find(index)
        return self._streams[name].level(place)

    def name(self, index: int) -> str:
        """Name of the game that level `index` is of. Raises IndexError as `level` does."""
        return self._find(index)[0]

    def _find(self, index: int) -> tuple[str, int]:
        """The game of a level, and the level's number in that game's own stream."""
        if index < 0:
            raise IndexError(f"level {index} asked for; levels count from 0")
        if self.split == "train":
            point = (self._start + index * STEP) % CIRCLE
            return self._names[bisect_right(self._arc_ends, point)], index
        place = index
        for name, game in self.games.items():
            if place < game.validation_levels:
                return name, place
            place -= game.validation_levels
        raise IndexError(f"level {index} asked for; there are {index - place} validation levels")

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.games)

    @cached_property
    def _streams(self) -> dict[str, LevelStream]:
        return {
            name: LevelStream(game.id, game.knobs_of(self.split), self.seed, self.split)
            for name, game in self.games.items()
        }

    @cached_property
    def _arc_ends(self) -> list[int]:
        """Where each arc but the last ends; exact, so that no machine rounds a point onto another arc."""
        sums = list(accumulate(Fraction(game.weight) for game in self.games.values()))
        return [int(CIRCLE * part / sums[-1]) for part in sums[:-1]]

    @cached_property
    def _start(self) -> int:
        return int(SeedSequence([self.seed, CHOICE_ENTROPY]).generate_state(1, uint64)[0])

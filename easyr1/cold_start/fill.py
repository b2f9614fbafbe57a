"""Fills one split of one game: level after level, until there are as many examples as asked for."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from easyr1.cold_start.episodes import Outcome
from easyr1.cold_start.examples import Example, Rejected
from easyr1.cold_start.levels import SPLITS, cold_start_level
from easyr1.cold_start.progress import DataProgress
from easyr1.cold_start.settings import DataSettings
from easyr1.cold_start.shards import ROWS, Shard, ShardStore
from games.core.types import Level

Play = Callable[[Sequence[Level]], Awaitable[Sequence[Sequence[Outcome]]]]
"""Plays levels, and gives what became of each, in their order."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many levels are played at a time.

    Attributes:
        first: At the very start, 1 or more: few, where a look at them says what the rest will cost.
        batch: From then on.
        give_up: Levels in a row that give no example before no more are tried.
    """

    first: int
    batch: int
    give_up: int


@dataclass(frozen=True, slots=True)
class Barren:
    """Levels at the end of a split that gave no example, so that no more were tried: in no file of the data set.

    Attributes:
        levels: How many.
        rejected: Turns left out, by reason.
    """

    levels: int
    rejected: Counter[str]


class Filler:
    """Adds to a data set what it lacks.

    Args:
        settings: Of the data set.
        store: Where it is kept.
        pace: How many levels are played at a time.
        play: Plays them.
        progress: Hears of every batch.

    Attributes:
        barren: What was given up, by game and split.
    """

    def __init__(
        self, settings: DataSettings, store: ShardStore, pace: Pace, play: Play, progress: DataProgress
    ) -> None:
        self._settings, self._store, self._pace, self._play, self._progress = settings, store, pace, play, progress
        self._batches = 0
        self.barren: dict[tuple[str, str], Barren] = {}

    async def fill(self, game: str) -> str | None:
        """Bring every split of a game to its number of examples; a line for the reader where that did not do.

        Raises:
            ResumeError: There are more examples than asked for, or a file cannot be read.
        """
        store = self._store
        seen = {state for split in SPLITS for one in store.shards(split, game) for state in store.states(one)}
        notes = [await self._fill_split(split, game, seen) for split in SPLITS]
        return next((note for note in notes if note), None)

    async def _fill_split(self, split: str, game: str, seen: set[str]) -> str | None:
        shards, asked = self._store.shards(split, game), self._settings.states[split]
        kept, start = sum(shard.rows for shard in shards), shards[-1].stop if shards else 0
        number, reason = len(shards), None
        while kept < asked and reason is None:
            shard = Shard(split, game, number, start, start)
            reason = await self._fill_shard(shard, asked - kept, seen)
            kept, start, number = kept + len(shard.examples), shard.stop, number + 1
            if shard.examples:
                self._store.write(shard)
        if reason is None:
            return None
        return f"{game}: {kept} of {asked} examples ({split}); the next {self._pace.give_up} levels gave none: {reason}"

    async def _fill_shard(self, shard: Shard, missing: int, seen: set[str]) -> str | None:
        """Play levels until the shard has its rows, at most `missing`; why it has not, None when it has."""
        rows, level = min(ROWS, missing), shard.first
        barren: list[Rejected] = []
        while len(shard.examples) < rows and level - shard.stop < self._pace.give_up:
            stop = level + self._num_levels(rows - len(shard.examples))
            played = await self._play([self._level(shard, index) for index in range(level, stop)])
            before, rejected = len(shard.examples), Counter[str]()
            for index, outcomes in enumerate(played, level):
                # What is not needed any more is left to the next file, so that every level is in one at most.
                if len(shard.examples) >= rows:
                    break
                kept, left_out = sift(outcomes, seen)
                room = missing - len(shard.examples)
                shard.examples += kept[:room]
                # What is cut off is not there; a run that is taken up again would not know of it either.
                seen.difference_update(one.state for one in kept[room:])
                barren += left_out
                rejected.update(one.reason for one in left_out)
                if kept:
                    shard.rejected.update(one.reason for one in barren)
                    barren, shard.stop = [], index + 1
            level = stop
            self._progress.add(shard.game, len(shard.examples) - before, rejected)
        if len(shard.examples) >= rows:
            return None
        rejected = Counter(one.reason for one in barren)
        self.barren[shard.game, shard.split] = Barren(level - shard.stop, rejected)
        return _commonest(barren)

    def _num_levels(self, missing: int) -> int:
        self._batches += 1
        needed = math.ceil(missing / self._settings.episodes.max_turns)
        return min(needed, self._pace.first if self._batches == 1 else self._pace.batch)

    def _level(self, shard: Shard, index: int) -> Level:
        game = self._settings.games[shard.game]
        return cold_start_level(game.id, game.knobs, self._settings.seed, shard.split, index)


def sift(outcomes: Sequence[Outcome], seen: set[str]) -> tuple[list[Example], list[Rejected]]:
    """The examples of states not seen before, which are seen from now on, and all that is left out."""
    kept: list[Example] = []
    left_out: list[Rejected] = []
    for outcome in outcomes:
        if isinstance(outcome, Rejected):
            left_out.append(outcome)
        elif outcome.state in seen:
            left_out.append(Rejected("duplicate"))
        else:
            seen.add(outcome.state)
            kept.append(outcome)
    return kept, left_out


def _commonest(left_out: Sequence[Rejected]) -> str:
    """The commonest reason, with the last thing that was said about it."""
    reason = Counter(one.reason for one in left_out).most_common(1)[0][0]
    detail = next((one.detail for one in reversed(left_out) if one.reason == reason), "")
    return f"{reason} ({detail})" if detail else reason

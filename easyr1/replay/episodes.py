"""The recorded episodes of a run: one reader for the history of a training and for the files of an evaluation.

A training keeps a file a step, `history/step_000001.jsonl`; an evaluation one an episode,
`episodes/<task>/<level>_<repeat>.jsonl`. Both hold `TurnRecord` lines and name pictures by their digest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from easyr1.replay.record import TurnRecord, image_path

STEP_FILE = re.compile(r"(step|validation)_(\d+)\.jsonl")


class RunError(ValueError):
    """A folder that is no run, or a run that holds nothing of what was asked for."""


@dataclass(frozen=True, slots=True)
class EpisodeKey:
    """Where an episode is recorded: its file, its group within the file's folder, and its number in the group."""

    path: Path
    group: str
    sample: int


@dataclass(frozen=True, slots=True)
class RecordedEpisode:
    """The turns of one episode, at least one, in order; `siblings` names those that played the same level beside it."""

    key: EpisodeKey
    siblings: str
    turns: tuple[TurnRecord, ...]

    @property
    def first(self) -> TurnRecord:
        """The first turn: what all turns of an episode share stands there."""
        return self.turns[0]

    @property
    def task(self) -> str:
        """Name of the game in a mixture or of the task in an evaluation; of a run of one game, the game's id."""
        return self.first.game_name or str(self.first.level.get("game", "unknown"))

    @property
    def failure(self) -> str:
        """Why the episode ended early, in words; empty when nothing went wrong."""
        return next((turn.failure for turn in self.turns if turn.failure), "")


@dataclass(frozen=True, slots=True)
class Recording:
    """The episodes of a run, not yet read.

    Attributes:
        name: Name of the run.
        files: Files with turns, in order.
        folder: Folder of the records, in which the pictures lie (`image_path`).
        is_training: Whether it is a training's history, in which siblings learn from each other.
    """

    name: str
    files: tuple[Path, ...]
    folder: Path
    is_training: bool

    @classmethod
    def open(cls, run: Path, step: int | None = None) -> Recording:
        """Find the episodes of a run.

        Args:
            run: `runs/<experiment>` of a training or an evaluation, or the `history` folder of a training.
            step: Of a training, this step and the validation after it alone; None for all.

        Raises:
            RunError: There is no such folder, it holds no episodes, or not that step.
        """
        if not run.is_dir():
            raise RunError(f"{run}: no such folder")
        history = run / "history" if (run / "history").is_dir() else run
        steps = {path: match for path in history.glob("*.jsonl") if (match := STEP_FILE.fullmatch(path.name))}
        if steps:
            chosen = [path for path, match in steps.items() if step in (None, int(match.group(2)))]
            if not chosen:
                numbers = sorted({int(match.group(2)) for match in steps.values()})
                raise RunError(f"{run}: step {step} is not recorded; there are steps {numbers[0]} to {numbers[-1]}")
            files = sorted(chosen, key=lambda path: (int(steps[path].group(2)), path.name))
            return cls(run.resolve().name, tuple(files), history, True)
        files = sorted((run / "episodes").glob("*/*.jsonl"), key=_natural)
        if not files:
            raise RunError(f"{run}: neither history/ of a training nor episodes/ of an evaluation has episodes in it")
        if step is not None:
            raise RunError(f"{run}: step {step} was asked for, but an evaluation has no steps")
        return cls(run.resolve().name, tuple(files), run, False)

    def groups(self) -> list[list[EpisodeKey]]:
        """The episodes of each level, in the order in which they were written.

        Raises:
            RunError: There is none, or a line is broken.
        """
        groups: dict[tuple[Path, str], dict[EpisodeKey, None]] = {}
        for path in self.files:
            for values in _lines(path):
                key = _key(path, values)
                groups.setdefault((self._place(path), key.group), {})[key] = None
        if not groups:
            raise RunError(f"{self.files[0].parent}: no episode has a turn")
        return [list(keys) for keys in groups.values()]

    def read(self, keys: Iterable[EpisodeKey]) -> list[RecordedEpisode]:
        """These episodes, in this order."""
        turns: dict[EpisodeKey, list[TurnRecord]] = {key: [] for key in keys}
        for path in dict.fromkeys(key.path for key in turns):
            for values in _lines(path):
                if (key := _key(path, values)) in turns:
                    turns[key].append(_record(path, values))
        return [
            RecordedEpisode(
                key, f"{self._place(key.path)}:{key.group}", tuple(sorted(found, key=lambda turn: turn.turn))
            )
            for key, found in turns.items()
        ]

    def picture(self, digest: str) -> Path | None:
        """The file of a picture; None when it is not there, or when the name is not that of a picture."""
        if not re.fullmatch(r"[0-9a-zA-Z]+", digest):
            return None
        path = image_path(self.folder, digest)
        return path if path.is_file() else None

    def _place(self, path: Path) -> Path:
        """Within it a group's name means one level: a step's file, or the folder of an evaluation's task."""
        return path if self.is_training else path.parent


def choose_evenly(groups: Sequence[Sequence[EpisodeKey]], most: int) -> list[EpisodeKey]:
    """At most `most` episodes, 1 or more: all, or else whole groups spread evenly over the list."""
    total = sum(map(len, groups))
    if total <= most:
        return [key for group in groups for key in group]
    count = max(1, most * len(groups) // total)
    chosen = [groups[number * len(groups) // count] for number in range(count)]
    return [key for group in chosen for key in group][:most]


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key by which level 2 comes before level 10."""
    words = re.findall(r"\d+|\D+", f"{path.parent.name}/{path.name}")
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in words]


def _lines(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                values = json.loads(line)
                if not {"group", "sample", "turn"} <= values.keys():
                    raise ValueError("keys are missing")
            except (ValueError, AttributeError) as error:
                raise RunError(f"{path}, line {number}: not a record of a turn") from error
            yield values


def _key(path: Path, values: Mapping[str, object]) -> EpisodeKey:
    return EpisodeKey(path, str(values["group"]), int(str(values["sample"])))


def _record(path: Path, values: Mapping[str, object]) -> TurnRecord:
    try:
        return TurnRecord(**values)  # type: ignore[arg-type]
    except TypeError as error:
        raise RunError(f"{path}: not a record of a turn: {error}") from error

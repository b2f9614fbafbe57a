"""From the episodes of a run to summary.json, levels.jsonl and table.md."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from easyr1.evaluation.anchors import Anchors
from easyr1.evaluation.figures import FIGURES, SHARES, LevelFigures, level_figures
from easyr1.evaluation.intervals import Interval, Normalised, average, normalise, over_levels
from easyr1.evaluation.levels import frozen_hashes, state_hash
from easyr1.evaluation.runner import jobs_of
from easyr1.evaluation.store import EpisodeStore, write_whole
from easyr1.evaluation.tasks import Task


@dataclass(frozen=True)
class TaskSummary:
    """A task of a run.

    Attributes:
        task: What was played.
        levels: Figures of each level, by number.
        anchors: Scores of the random policy and the solver on these levels, None when they are not known.
        figures: For each of FIGURES its mean over levels and interval.
        normalised: The score between the two anchors.
    """

    task: Task
    levels: tuple[LevelFigures, ...]
    anchors: Anchors | None
    figures: Mapping[str, Interval]
    normalised: Normalised

    @property
    def failures(self) -> dict[str, int]:
        """How often each reason kept an episode from being played to its end."""
        return dict(sorted(sum((Counter(level.failures) for level in self.levels), Counter[str]()).items()))

    @property
    def frozen_levels(self) -> int:
        """How many levels are known to be those of the committed table."""
        table = frozen_hashes().get(self.task.levels_key, ())
        return sum(level.hash == known for level, known in zip(self.levels, table, strict=False))

    @property
    def is_frozen(self) -> bool:
        """Whether all are."""
        return self.frozen_levels == len(self.levels)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, nan as null."""
        played = [level.level for level in self.levels if level.episodes]
        anchors = self.anchors and {
            "random": _mean([self.anchors.random[level] for level in played]),
            "solver": _mean([self.anchors.solver[level] for level in played]),
        }
        usage = {key: round(math.fsum(level.usage[key] for level in self.levels), 9) for key in self.levels[0].usage}
        return {
            "task": self.task.to_dict(),
            "levels": len(played),
            "episodes": sum(level.episodes for level in self.levels),
            "failed": sum(self.failures.values()),
            "failures": self.failures,
            "figures": {
                "score": self.figures["score"].to_dict(),
                "normalised": self.normalised.interval.to_dict(),
                **{name: self.figures[name].to_dict() for name in FIGURES if name != "score"},
            },
            "anchors": anchors,
            "frozen": self.is_frozen,
            "levels_hash": hashlib.sha256(" ".join(level.hash for level in self.levels).encode()).hexdigest()[:16],
            "usage": usage,
        }


@dataclass(frozen=True)
class Summary:
    """All tasks of a run, and why others were left out: reasons by name."""

    tasks: tuple[TaskSummary, ...]
    skipped: Mapping[str, str]

    @property
    def normalised(self) -> Interval:
        """Mean normalised score of the tasks that have one."""
        return average([task.normalised for task in self.tasks])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, nan as null."""
        tasks = {task.task.name: task.to_dict() for task in self.tasks}
        return {"tasks": tasks, "skipped": dict(self.skipped), "normalised": self.normalised.to_dict()}


def summarise(task: Task, store: EpisodeStore, anchors: Anchors | None) -> TaskSummary:
    """Figures of a task whose episodes are all there. Raises FileNotFoundError."""
    jobs = jobs_of([task])
    levels = []
    for level in range(task.episodes):
        episodes = [store.read(job) for job in jobs if job.level == level]
        levels.append(level_figures(task, level, episodes, anchors.solver[level] if anchors else math.nan))
    played = [row for row in levels if row.episodes]
    figures = {name: over_levels([row.values[name] for row in played], name in SHARES) for name in FIGURES}
    scores = [row.values["score"] for row in played]
    ends = [(anchors.random[row.level], anchors.solver[row.level]) if anchors else (math.nan,) * 2 for row in played]
    # Every task has dice of its own, or the tasks of `Summary.normalised` would all be lucky in the same resamples.
    normalised = normalise(scores, [low for low, _ in ends], [high for _, high in ends], seed=crc32(task.key.encode()))
    return TaskSummary(task, tuple(levels), anchors, figures, normalised)


def level_hashes(task: Task, store: EpisodeStore) -> list[str]:
    """Hashes of the first states of levels 0, 1, ... as they were played, empty where nobody saw one.

    Raises:
        FileNotFoundError: An episode is not there.
    """
    hashes = [""] * task.episodes
    for job in jobs_of([task]):
        line = store.read_first(job)
        if line.observation:
            hashes[job.level] = state_hash(line.truth, line.observation)
    return hashes


def write_summary(summary: Summary, folder: Path, table: str) -> None:
    """Write summary.json, levels.jsonl (a line a level of a task) and table.md."""
    rows = [json.dumps(level.to_dict()) for task in summary.tasks for level in task.levels]
    write_whole(folder / "levels.jsonl", "".join(f"{row}\n" for row in rows).encode())
    write_whole(folder / "table.md", table.encode())
    write_whole(folder / "summary.json", f"{json.dumps(summary.to_dict(), indent=1)}\n".encode())


def read_levels(folder: Path) -> list[LevelFigures]:
    """The lines of levels.jsonl. Raises FileNotFoundError."""
    lines = (folder / "levels.jsonl").read_text(encoding="utf-8").splitlines()
    return [LevelFigures.from_dict(json.loads(line)) for line in lines]


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None

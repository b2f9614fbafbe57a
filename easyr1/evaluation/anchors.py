"""The two ends of the scale: what the random policy and the solver score on each frozen level.

`python -m easyr1.evaluation.anchors --write g1` computes those of a suite and keeps them in anchors.json; those of
other tasks are computed when they are first needed and kept beside the runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from easyr1.evaluation.episodes import Job, QuietEnvironment, play_job
from easyr1.evaluation.figures import score_of
from easyr1.evaluation.levels import state_hash
from easyr1.evaluation.runner import in_processes, state_policy
from easyr1.evaluation.store import write_whole
from easyr1.evaluation.tasks import Task, why_not

RANDOM_TURNS, MIN_REPEATS, MAX_REPEATS = 1000, 10, 100
"""Random episodes on each level: as many as make so many turns; one alone says little about what chance gives there."""

RANDOM_SEED = 0x72616E646F6D
"""Apart from the seeds of runs, so that a run of the random policy is measured against other dice."""

COMMITTED = Path(__file__).with_name("anchors.json")
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Anchors:
    """Scores of both players on levels 0, 1, ... of a task.

    Attributes:
        hashes: Of the first states of the levels.
        random: Mean score of the random policy on each.
        solver: Score of the solver on each.
    """

    hashes: tuple[str, ...]
    random: tuple[float, ...]
    solver: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"levels": " ".join(self.hashes), "random": list(self.random), "solver": list(self.solver)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Anchors:
        """Inverse of `to_dict`."""
        return cls(tuple(values["levels"].split()), tuple(values["random"]), tuple(values["solver"]))

    def in_words(self, task: Task) -> str:
        """A line for the reader."""
        return f"anchors of {task.name}: random {fmean(self.random):.3g}, solver {fmean(self.solver):.3g}"

    def fit(self, hashes: Sequence[str]) -> bool:
        """Whether these are the anchors of levels whose first states have these hashes, empty where unknown."""
        return len(hashes) <= len(self.hashes) and all(
            not played or played == known for played, known in zip(hashes, self.hashes, strict=False)
        )


class AnchorBook:
    """Anchors by `Task.key`: those that come with this project, and a file of the user's for more.

    Args:
        path: The user's file, usually `runs/anchors.json`; made when there is something to keep.
        committed: The file that comes with this project.
    """

    def __init__(self, path: Path, committed: Path = COMMITTED) -> None:
        self._path = path
        self._known = {**read_anchors(committed), **read_anchors(path)}

    def find(self, task: Task, hashes: Sequence[str]) -> Anchors | None:
        """Those of a task on levels of these hashes, None when they are not known."""
        known = self._known.get(task.key)
        return known if known is not None and known.fit(hashes) else None

    def keep(self, task: Task, anchors: Anchors) -> None:
        """Add those of a task; what others have kept meanwhile stays."""
        self._known[task.key] = anchors
        write_anchors(self._path, {**read_anchors(self._path), task.key: anchors})


def read_anchors(path: Path) -> dict[str, Anchors]:
    """The anchors of a file by `Task.key`; none when there is no file."""
    table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {key: Anchors.from_dict(values) for key, values in table.items()}


def write_anchors(path: Path, table: Mapping[str, Anchors]) -> None:
    """Write a file of anchors, a task a line."""
    rows = [f"{json.dumps(key)}: {json.dumps(table[key].to_dict())}" for key in sorted(table)]
    write_whole(path, ("{\n" + ",\n".join(rows) + "\n}\n").encode())


def compute_anchors(tasks: Iterable[Task], workers: int | None = None) -> Iterator[tuple[Task, Anchors]]:
    """Play the levels of tasks by both players; each task as soon as it is done.

    Args:
        workers: Processes, see `easyr1.evaluation.runner.play_states`.

    Raises:
        GamesError: A task's game cannot be made.
    """
    rows: dict[Task, dict[int, tuple[str, float, float]]] = defaultdict(dict)
    for task, level, row in in_processes(
        _play_level, [(t, level) for t in tasks for level in range(t.episodes)], workers
    ):
        rows[task][level] = row
        if len(rows[task]) == task.episodes:
            hashes, random, solver = zip(*(rows[task][number] for number in range(task.episodes)), strict=True)
            yield task, Anchors(hashes, random, solver)


def _play_level(job: tuple[Task, int]) -> tuple[Task, int, tuple[str, float, float]]:
    task, level = job
    solver, first = _play(task, level, "solver", 0)
    repeats = min(max(RANDOM_TURNS // task.max_turns, MIN_REPEATS), MAX_REPEATS)
    random = fmean(_play(task, level, "random", repeat)[0] for repeat in range(repeats))
    return task, level, (first, round(random, DIGITS), round(solver, DIGITS))


def _play(task: Task, level: int, policy: str, repeat: int) -> tuple[float, str]:
    """Score of an episode, and the hash of its first state."""
    player = state_policy(policy, RANDOM_SEED, repeat)
    records = asyncio.run(play_job(Job(task, level, repeat), player, QuietEnvironment(), window=1)).records()
    return score_of(task, records), state_hash(records[0].truth, records[0].observation)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute the anchors of suites, and write them or compare; the exit status is 1 when one is not as it was."""
    from easyr1.evaluation.suites import load_suite

    parser = argparse.ArgumentParser(prog="python -m easyr1.evaluation.anchors", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help=f"keep those that are not in {COMMITTED.name} yet")
    what.add_argument("--anew", action="store_true", help="keep all, changed ones too")
    what.add_argument("--check", action="store_true", help="compare them with what is kept there")
    parser.add_argument("suites", nargs="+", metavar="SUITE")
    options = parser.parse_args(arguments)
    known, changed = read_anchors(COMMITTED), 0
    tasks = {task.key: task for name in options.suites for task in load_suite(name) if why_not(task) is None}
    if options.write:
        tasks = {key: task for key, task in tasks.items() if key not in known}
    for task, found in compute_anchors(tasks.values()):
        changed += task.key in known and known[task.key] != found
        print(found.in_words(task), flush=True)
        if not options.check:
            known[task.key] = found
            write_anchors(COMMITTED, known)
    print(f"{len(tasks) - changed} of {len(tasks)} tasks as they were or new")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Levels that stay put: `python -m easyr1.evaluation.levels --check`.

Level i of a game is fixed by its number alone, for every run, machine and order. The table in frozen_levels.json holds
a hash of the first state of each, so that a change of a game that changes its levels cannot go unseen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from numpy import uint64
from numpy.random import SeedSequence

from easyr1.data.levels import VALIDATION_BIT
from easyr1.evaluation.tasks import Task, why_not
from easyr1.rollout.types import Frame
from games.core.chat import ChatEnv
from games.core.types import Level

EVALUATION_ENTROPY = 0x6561737972316576
"""Evaluation levels hang on this number alone. It is not that of validation, and training never sets bit 62."""

NUM_FROZEN = 100
"""Levels of a task in the table, or more where the task has more."""
HASH_CHARS = 8
TABLE = Path(__file__).with_name("frozen_levels.json")


def evaluation_seed(index: int, restart: int = 0) -> int:
    """Seed of level `index`, 0-based; `restart` counts the fresh levels that follow it within one episode."""
    key = (index, restart) if restart else (index,)
    return int(SeedSequence(EVALUATION_ENTROPY, spawn_key=key).generate_state(1, uint64)[0]) >> 2 | VALIDATION_BIT


def evaluation_level(task: Task, index: int, restart: int = 0) -> Level:
    """Level `index` of a task, 0-based."""
    return Level(task.game, task.knobs, evaluation_seed(index, restart))


def state_hash(truth: str, digest: str) -> str:
    """Hash of a state: of its truth text and of its picture's digest (`Frame.digest`)."""
    return hashlib.sha256(f"{digest}\n{truth}".encode()).hexdigest()[:HASH_CHARS]


def first_state_hash(level: Level) -> str:
    """Hash of what a player is shown first. Raises GamesError."""
    env = ChatEnv.from_level(level)
    seen = env.observe(env.open(level.seed))
    return state_hash(seen.text, Frame.digest_of(seen.image))


@lru_cache(maxsize=1)
def frozen_hashes() -> Mapping[str, tuple[str, ...]]:
    """For each `Task.levels_key` of the table the hashes of its levels 0, 1, ..."""
    table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else {}
    return {key: tuple(hashes.split()) for key, hashes in table.items()}


def known_tasks() -> list[Task]:
    """Every task whose levels are in the table: those of all suites, and each game at its defaults.

    Of tasks that have their levels in common, the one with the most.
    """
    from easyr1.evaluation.suites import load_suite, suite_names
    from easyr1.evaluation.tasks import named_task
    from games.registration import game_ids

    tasks = [task for name in suite_names() for task in load_suite(name)]
    tasks += [named_task(game, {}, optional=True) for game in game_ids()]
    return list({task.levels_key: task for task in sorted(tasks, key=lambda task: task.episodes)}.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or write the table; the exit status is 1 when a level is not what the table says."""
    parser = argparse.ArgumentParser(prog="python -m easyr1.evaluation.levels", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="compare the levels with the table")
    what.add_argument("--write", action="store_true", help="add the levels that are not in the table; none changes")
    what.add_argument("--anew", action="store_true", help="write the rows of all tasks here, changed ones too")
    parser.add_argument("--levels", type=int, default=NUM_FROZEN, metavar="N", help="check the first N of each task")
    options = parser.parse_args(arguments)
    table = frozen_hashes()
    tasks = [task for task in known_tasks() if why_not(task) is None]
    if options.check:
        return 1 if _report(table, _hash_all(tasks, lambda task: range(options.levels))) else 0
    kept = {} if options.anew else table
    found = _hash_all(tasks, lambda task: range(len(kept.get(task.levels_key, ())), max(NUM_FROZEN, task.episodes)))
    _write({**table, **{key: (*kept.get(key, ()), *hashes) for key, hashes in found.items()}})
    return 0


def _hash_all(tasks: Iterable[Task], levels: Callable[[Task], range]) -> dict[str, tuple[str, ...]]:
    """Hashes of the levels that `levels` names for each task, by its key; of tasks without any, nothing."""
    found = {}
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for task in tasks:
            if chosen := [evaluation_level(task, index) for index in levels(task)]:
                found[task.levels_key] = tuple(pool.map(first_state_hash, chosen, chunksize=5))
    return found


def _report(table: Mapping[str, Sequence[str]], found: Mapping[str, Sequence[str]]) -> int:
    """Say what differs; returns the number of tasks that do."""
    num_wrong = 0
    for key, hashes in found.items():
        wrong = [index for index, pair in enumerate(zip(table.get(key, ()), hashes)) if pair[0] != pair[1]]
        if key not in table:
            print(f"not in the table: {key}")
        elif wrong:
            num_wrong += 1
            print(f"changed: level {wrong[0]} and {len(wrong) - 1} more of {key}")
    print(f"{len(found) - num_wrong} of {len(found)} tasks are as the table says or new")
    return num_wrong


def _write(table: Mapping[str, Sequence[str]]) -> None:
    rows = {key: " ".join(table[key]) for key in sorted(table)}
    TABLE.write_text(json.dumps(rows, indent=0) + "\n", encoding="utf-8")
    print(f"{len(rows)} tasks written to {TABLE}")


if __name__ == "__main__":
    sys.exit(main())

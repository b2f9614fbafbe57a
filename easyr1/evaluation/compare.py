"""Runs against each other on the same levels, and how much of a score comes from seeing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from easyr1.errors import ConfigError
from easyr1.evaluation.figures import LevelFigures
from easyr1.evaluation.intervals import NOTHING, Interval, over_levels
from easyr1.evaluation.summary import read_levels
from easyr1.evaluation.table import markdown, number, with_interval

COMPARED = ("score", "success", "P_acc", "illegal", "unreadable")
UNIMPORTANT = ("experiment",)
"""Keys of config.json in which runs may differ and still be the same player on the same levels."""


@dataclass(frozen=True)
class Run:
    """An evaluation that has ended.

    Attributes:
        name: Of its folder.
        config: What was asked for (config.json).
        levels: Figures by task and level.
        normalised: By task, the mean normalised score and its interval.
    """

    name: str
    config: Mapping[str, Any]
    levels: Mapping[tuple[str, int], LevelFigures]
    normalised: Mapping[str, Interval]
    scores: Mapping[str, Interval]

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks, in their order."""
        return list(self.normalised)


def load_run(folder: Path) -> Run:
    """Read an evaluation. Raises ConfigError where there is none that has ended."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tasks = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["tasks"]
        levels = {(row.task, row.level): row for row in read_levels(folder)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"compare: {folder} given, which holds no evaluation that has ended") from error
    normalised, scores = (
        {name: _interval(values["figures"][figure]) for name, values in tasks.items()}
        for figure in ("normalised", "score")
    )
    return Run(folder.name, config, levels, normalised, scores)


def paired(first: Run, second: Run, task: str, figure: str) -> tuple[int, Interval]:
    """Number of levels that both played, and the mean of second - first over them with its paired interval.

    Raises:
        ConfigError: The runs have levels of the same name that are not the same.
    """
    differences = []
    for (name, index), old in first.levels.items():
        new = second.levels.get((name, index))
        if name != task or new is None or not (old.episodes and new.episodes):
            continue
        if old.hash != new.hash:
            raise ConfigError(
                f"compare: level {index} of {task} is not the same in {first.name} and {second.name}: other knobs, "
                "or another version of the game"
            )
        differences.append(new.values[figure] - old.values[figure])
    return len(differences), over_levels(differences)


def write_comparison(runs: Sequence[Run]) -> str:
    """Tables of every run against the first, and the diagnosis where runs differ in their observation alone."""
    first, *others = runs
    parts = []
    for other in others:
        rows = []
        for task in first.tasks:
            found = {figure: paired(first, other, task, figure) for figure in COMPARED}
            num_levels = found["score"][0]
            if num_levels:
                scores = [number(run.scores[task].mean) for run in (first, other)]
                rows.append([task, str(num_levels), *scores, *(with_interval(found[name][1]) for name in COMPARED)])
        if not rows:
            raise ConfigError(f"compare: {first.name} and {other.name} have no level in common")
        head = ["task", "levels", first.name, other.name, *(f"{name} difference" for name in COMPARED)]
        parts += [f"{other.name} - {first.name}, paired by level, 95% intervals", "", *markdown(head, rows), ""]
    return "\n".join([*parts, *diagnose(runs)]).rstrip() + "\n"


def diagnose(runs: Sequence[Run]) -> list[str]:
    """How much of the score comes from seeing: a line a task for each set of runs that differ in observation alone."""
    lines = []
    for group in _same_but_for_observation(runs):
        if len(group) < 2:
            continue
        for task in next(iter(group.values())).tasks:
            lines.append(_diagnosis(task, group))
    return [line for line in lines if line]


def related_runs(folder: Path) -> list[Run]:
    """The evaluations beside a folder that differ from it in observation alone, it included; empty without another."""
    own = load_run(folder)
    found = []
    for path in sorted(folder.parent.glob("*/summary.json")):
        config = _read_config(path.with_name("config.json"))
        if config is not None and _without_observation(config) == _without_observation(own.config):
            # One that another process is writing, or that was not written by us, is not there yet.
            with suppress(ConfigError):
                found.append(load_run(path.parent))
    return found if len({run.config["observation"] for run in found}) > 1 else []


def _same_but_for_observation(runs: Sequence[Run]) -> list[dict[str, Run]]:
    """Runs by observation, for each set of otherwise equal ones."""
    groups: dict[str, dict[str, Run]] = {}
    for run in runs:
        key = json.dumps(_without_observation(run.config), sort_keys=True)
        groups.setdefault(key, {})[run.config["observation"]] = run
    return list(groups.values())


def _diagnosis(task: str, group: Mapping[str, Run]) -> str:
    means = {}
    for observation in ("text", "both", "image", "blank"):
        if observation in group and task in group[observation].normalised:
            run = group[observation]
            mean = run.normalised[task].mean
            means[observation] = run.scores[task].mean if math.isnan(mean) else mean
    if len(means) < 2:
        return ""
    words = f"{task}: {', '.join(f'{name} {number(value)}' for name, value in means.items())}"
    if not means.keys() >= {"text", "image", "blank"}:
        return words
    seen, all_ = means["image"] - means["blank"], means["text"] - means["blank"]
    if all_ <= 0:
        return f"{words}; knowing the state is worth nothing here, so nothing can be said about seeing"
    return f"{words}; the picture is worth {number(seen)} of the {number(all_)} that the state in words is worth"


def _without_observation(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in ("observation", *UNIMPORTANT)}


def _read_config(path: Path) -> dict[str, Any] | None:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) and "observation" in config else None


def _interval(values: Mapping[str, float | None]) -> Interval:
    if values["mean"] is None:
        return NOTHING
    return Interval(*(math.nan if value is None else value for value in values.values()))

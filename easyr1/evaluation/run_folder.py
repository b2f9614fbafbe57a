"""The folder of a run: whether it is this run's, and what is still to be played."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from easyr1.errors import ResumeError
from easyr1.evaluation.episodes import Job
from easyr1.evaluation.figures import UNSOUND
from easyr1.evaluation.store import EpisodeStore, write_whole
from easyr1.evaluation.tasks import Task

CONFIG = "config.json"


def claim_folder(folder: Path, pinned: Mapping[str, Any], tasks: Sequence[Task]) -> None:
    """Make the folder this run's, or find that it is already.

    Args:
        pinned: The keys that may not change, as given.
        tasks: What is played.

    Raises:
        ResumeError: The folder holds another run; the message names the first key that differs.
    """
    asked = json.loads(json.dumps({**pinned, "tasks": [task.to_dict() for task in tasks]}))
    path = folder / CONFIG
    if path.is_file():
        found = _read(path)
        other = "choose another experiment=NAME, or remove the folder"
        for key in {**asked, **found}:
            if asked.get(key) == found.get(key):
                continue
            if key == "tasks":
                raise ResumeError(f"suite: its tasks are not those that {folder} was played on; {other}")
            given, old = (_show(values.get(key)) for values in (asked, found))
            raise ResumeError(f"{key}: {given} given, and {folder} was played with {old}; {other}")
    elif folder.exists() and any(folder.iterdir()):
        raise ResumeError(
            f"experiment: {folder} holds something else than an evaluation; choose another experiment=NAME"
        )
    else:
        write_whole(path, f"{json.dumps(asked, indent=1)}\n".encode())


def jobs_left(store: EpisodeStore, jobs: Sequence[Job], retry_failed: bool) -> list[Job]:
    """The episodes that are still to be played; with `retry_failed` those that failed too, which are then forgotten."""
    if retry_failed:
        for job in jobs:
            if store.has(job) and store.read_first(job).stop_reason in UNSOUND:
                store.remove(job)
    return [job for job in jobs if not store.has(job)]


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResumeError(f"experiment: {path} cannot be read; choose another experiment=NAME") from error
    if not isinstance(values, dict):
        raise ResumeError(f"experiment: {path} is no configuration of an evaluation; choose another experiment=NAME")
    return values


def _show(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

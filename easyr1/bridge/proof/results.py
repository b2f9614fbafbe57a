"""The JSON file of the proof: a list of runs, each of which is written anew after every stage."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from easyr1.bridge.proof.plan import Plan
from easyr1.bridge.proof.runner import StageResult
from easyr1.errors import ConfigError


class ResultsFile:
    """Appends a run to a file, stage by stage; earlier runs in it stay.

    Args:
        path: The file.
        plan: Of this run.
        machine: Facts of the machine, by name.

    Raises:
        ConfigError: The file holds something else, or cannot be written.
    """

    def __init__(self, path: Path, plan: Plan, machine: dict[str, Any]) -> None:
        self._path = path
        self._earlier = _read(path)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        self._run = {"started": now, "size": plan.size, "device": plan.device, "machine": machine}
        try:
            self.write([], passed=False)
        except OSError as error:
            raise ConfigError(f"--out: {path} given, which cannot be written: {error.strerror}") from error

    def write(self, results: Sequence[StageResult], passed: bool) -> None:
        """Write what there is of this run.

        Args:
            results: Of the stages that are over.
            passed: Whether all stages are over and passed.
        """
        stages = [result.to_json() for result in results]
        seconds = round(sum(result.seconds for result in results), 2)
        runs = [*self._earlier, {**self._run, "seconds": seconds, "passed": passed, "stages": stages}]
        new = self._path.with_name(f"{self._path.name}.new")
        new.write_text(json.dumps({"runs": runs}, indent=1) + "\n", encoding="utf-8")
        os.replace(new, self._path)


def machine_facts(gpus: Sequence[str]) -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "gpus": list(gpus),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def _read(path: Path) -> list[Any]:
    if not path.exists():
        return []
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
    except (OSError, ValueError, KeyError, TypeError):
        runs = None
    if not isinstance(runs, list):
        raise ConfigError(f"--out: {path} given, which holds something else; give a new file")
    return runs

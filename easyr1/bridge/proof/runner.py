"""Run a stage in a process of its own, with a time limit; whatever becomes of it, its figures up to there are kept."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from easyr1.bridge.proof.figures import Figure, read_record
from easyr1.bridge.proof.plan import Plan
from easyr1.bridge.proof.stages import Stage
from easyr1.policies.guarded import GuardedCommand

POLL_S = 0.1
GRACE_S = 3.0
"""Time that a stage has to end when it is told to."""

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Nothing is fetched and nothing is reported: the proof also runs without a network."""


ON_CPU = {"VERL_PLATFORM": "cpu", "OMP_NUM_THREADS": "1"}
"""verl's platform, and one thread: on busy cores two are slower for a model of this size."""


@dataclass(frozen=True)
class StageResult:
    """What became of a stage.

    Attributes:
        stage: The stage.
        seconds: How long it took.
        limit_s: How long it might have taken.
        error: Why it did not come to its end, in one line; None when it did.
        figures: What it measured, also of one that ended early.
        log: All that it printed.
    """

    stage: Stage
    seconds: float
    limit_s: float
    error: str | None
    figures: tuple[Figure, ...]
    log: str

    @property
    def passed(self) -> bool:
        """Whether it came to its end and every figure keeps its bounds."""
        return self.error is None and all(figure.passed is not False for figure in self.figures)

    def to_json(self) -> dict[str, Any]:
        """As it stands in the JSON file."""
        return {
            "stage": self.stage.letter,
            "title": self.stage.title,
            "passed": self.passed,
            "seconds": round(self.seconds, 2),
            "planned_s": self.stage.planned_s,
            "limit_s": self.limit_s,
            "error": self.error,
            "log": self.log,
            "figures": [figure.to_json() for figure in self.figures],
        }


def run_stage(stage: Stage, plan: Plan, patience: float = 1.0) -> StageResult:
    """Run a stage to its end, or end it with all its processes when its time is over.

    Args:
        stage: What to run.
        plan: Of the proof.
        patience: How many times its limit the stage may take.

    Raises:
        KeyboardInterrupt: Ctrl-C; the stage is ended first.
    """
    record, log = (plan.folder / f"{stage.letter}.{kind}" for kind in ("jsonl", "log"))
    record.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "easyr1.bridge.proof.stage_process", stage.module, plan.to_json(), str(record)]
    limit_s = patience * (stage.small_limit_s if plan.is_small else stage.limit_s)
    others = set(psutil.Process().children(recursive=True))
    start = time.monotonic()
    process = GuardedCommand(command, log, environment(plan.device, os.environ), GRACE_S)
    is_late = False
    try:
        while process.is_running and not is_late:
            time.sleep(POLL_S)
            is_late = time.monotonic() - start > limit_s
        status = None if is_late else process.wait()
    finally:
        descendants = set(psutil.Process().children(recursive=True)) - others
        process.stop()
        # Ray's processes lead groups of their own.
        for one in descendants:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    seconds = time.monotonic() - start
    figures, error, ended = read_record(record)
    if not ended or error:
        error = f"not done within {limit_s:g} s" if is_late else error or _ending(status)
    return StageResult(stage, seconds, limit_s, error, tuple(figures), str(log))


def environment(device: str, given: Mapping[str, str]) -> dict[str, str]:
    """Variables of a stage's process: this machine alone, and no network."""
    kept = {name: value for name, value in given.items() if name != "RAY_ADDRESS"}
    return {**kept, **OFFLINE, **(ON_CPU if device == "cpu" else {})}


def _ending(status: int | None) -> str:
    if status is not None and status < 0:
        return f"ended by signal {-status} ({signal.Signals(-status).name})"
    return f"ended with status {status} and no word of why" if status is not None else "ended from outside"

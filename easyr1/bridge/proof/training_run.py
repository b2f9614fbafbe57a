"""Start `python -m easyr1.train` as a user does, and read what it leaves."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open

from easyr1.bridge.proof.figures import Record
from easyr1.bridge.proof.marks import VARIABLE, Marks
from easyr1.bridge.proof.plan import Plan
from easyr1.bridge.proof.random_model import make_model
from easyr1.bridge.proof.recipe import RECIPE, overrides
from easyr1.replay.record import History, MetricsLog

MOST_DIFFERENCE = {"cuda": 0.02, "cpu": 0.01}
"""Mean difference of vLLM's and the actor's log-probabilities that passes, nat."""


@dataclass(frozen=True)
class TrainingRun:
    """A run that came to its end.

    Attributes:
        folder: The run's.
        rows: Its metrics, one row a step.
        marks: Memory before and after each time that weights went to vLLM.
        started: When it was started, s since 1970.
        seconds: How long it took.
    """

    folder: Path
    rows: list[dict[str, Any]]
    marks: Marks
    started: float
    seconds: float

    @property
    def startup_s(self) -> float:
        """From the start until vLLM had its weights from the actor for the first time."""
        return self.marks.first_awake - self.started

    @property
    def history(self) -> History:
        """Its turns."""
        return History(self.folder / "history")

    def exported(self, step: int) -> Path:
        """The model that a checkpoint holds in Hugging Face's form."""
        return self.folder / "checkpoints" / f"global_step_{step}" / "actor" / "huggingface"


def train(plan: Plan, name: str, given: Sequence[str], states: int | None = None) -> TrainingRun:
    """Run training to its end.

    Args:
        plan: Of the proof.
        name: Of the run.
        given: Overrides beside those of all runs of the proof.
        states: Boards a step; None for those of the plan's size.

    Raises:
        RuntimeError: It failed; the message is the last line that it printed.
    """
    if not (plan.model / "config.json").is_file():
        make_model(plan)
    marks = plan.folder / f"{name}.marks.jsonl"
    marks.unlink(missing_ok=True)
    shutil.rmtree(plan.folder / name, ignore_errors=True)  # an earlier run would be gone on with
    own = [f"runs_dir={plan.folder}", f"experiment={name}"]
    own += ["actor_rollout_ref.model.external_lib=easyr1.bridge.proof.memory_marks"]
    command = [sys.executable, "-m", "easyr1.train", "--config-name", RECIPE, *overrides(plan, states), *own, *given]
    started = time.time()
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, VARIABLE: str(marks)}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:  # at once, so that the log of a stage that is ended says how far it came
            print(line, end="", flush=True)
            lines.append(line.strip())
    if process.returncode:
        raise RuntimeError(_reason([line for line in lines if line]))
    folder = plan.folder / name
    rows = MetricsLog(folder / "metrics.jsonl").read()
    return TrainingRun(folder, rows, Marks.read(marks), started, time.time() - started)


def _reason(lines: list[str]) -> str:
    """Why a run failed, by what it printed."""
    return next((line for line in reversed(lines) if line.startswith("error:")), lines[-1] if lines else "no output")


def record_run(run: TrainingRun, plan: Plan, record: Record, steps: int, name: str) -> None:
    """Figures that every run has: its times, its speed, and whether vLLM and the actor agree.

    Args:
        run: The run.
        plan: Of the proof.
        record: Takes the figures.
        steps: That it should have made.
        name: Before each figure's.
    """
    last = run.rows[-1] if run.rows else {}
    record.figure(f"{name}: steps", len(run.rows), low=steps, high=steps)
    record.figure(f"{name}: whole run", run.seconds, "s")
    record.figure(f"{name}: start until vLLM plays", run.startup_s, "s")
    for phase in ("step", "gen", "old_log_prob", "ref", "update_actor"):
        if f"time/{phase}_s" in last:
            record.figure(f"{name}: last step, {phase}", last[f"time/{phase}_s"], "s")
    spoken = sum(one.reply_tokens for one in run.history.read(steps)) if len(run.rows) == steps else math.nan
    record.figure(f"{name}: tokens generated a second", spoken / last.get("time/gen_s", math.nan))
    record.figure(
        f"{name}: all tokens a second", last.get("global_seqlen/mean", math.nan) / last.get("time/step_s", math.nan)
    )
    worst = max((row["logprob/abs_diff"] for row in run.rows), default=math.nan)
    record.figure(f"{name}: vLLM against actor, mean", worst, "nat", low=0, high=MOST_DIFFERENCE[plan.device])
    lost = sum(row["episode/missing"] for row in run.rows)
    record.figure(f"{name}: episodes lost", lost, low=0, high=0)


def record_model(start: Path, trained: Path, record: Record, name: str) -> None:
    """Figures of a checkpoint read back: transformers opens it, and its weights are sound and have moved.

    Args:
        start: Folder of the model from which training started.
        trained: Folder of the checkpoint's model.
        record: Takes the figures.
        name: Before each figure's.
    """
    from transformers import AutoModelForImageTextToText

    _, report = AutoModelForImageTextToText.from_pretrained(trained, output_loading_info=True, dtype="auto")
    num_wrong = len(report["missing_keys"]) + len(report["unexpected_keys"])
    record.figure(f"{name}: weights missing or unknown", num_wrong, low=0, high=0)
    names = compare(start, trained)
    record.figure(f"{name}: tensors not finite", sum(not one.is_finite for one in names), low=0, high=0)
    record.figure(f"{name}: tensors that moved", sum(one.largest > 0 for one in names), f"of {len(names)}", low=1)
    record.figure(f"{name}: largest move of a weight", max(one.largest for one in names), low=1e-7, high=0.1)


@dataclass(frozen=True)
class Move:
    """How a weight differs between two models: whether it is finite, and by how much at most."""

    name: str
    is_finite: bool
    largest: float


def compare(start: Path, trained: Path) -> list[Move]:
    """All weights of two folders of one architecture, one after the other.

    Raises:
        RuntimeError: One of them has other weights than the other.
    """
    before, after = _files(start), _files(trained)
    if before.keys() != after.keys():
        raise RuntimeError(f"other weights: {', '.join(sorted(before.keys() ^ after.keys())[:3])}")
    moves = []
    for name, file in after.items():
        with safe_open(before[name], "pt") as one, safe_open(file, "pt") as other:
            old, new = one.get_tensor(name).float(), other.get_tensor(name).float()
        moves.append(Move(name, bool(new.isfinite().all()), float((new - old).abs().max())))
    return moves


def _files(folder: Path) -> dict[str, Path]:
    """The file of each weight."""
    found = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as opened:
            found.update(dict.fromkeys(opened.keys(), file))
    return found

"""The command of the proof: choose a size, run the stages, write the JSON file, print the table."""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from easyr1.bridge.proof.plan import FULL, SMALL, Plan, choose_size
from easyr1.bridge.proof.results import ResultsFile, machine_facts
from easyr1.bridge.proof.runner import StageResult, run_stage
from easyr1.bridge.proof.stages import Stage, choose_stages
from easyr1.bridge.proof.table import stage_line, table_lines
from easyr1.config.hardware import count_gpus
from easyr1.errors import ConfigError

FULL_GB = 40
"""Disk that the full size needs for the model and two checkpoints, 1e9 bytes."""


def prove(arguments: list[str]) -> int:
    """Run the proof.

    Args:
        arguments: Of the command line, without the program's name; see `--help`.

    Returns:
        Exit status: 0 when every stage passed, 1 when one did not, 2 for arguments that cannot run, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        if not 0 < options.patience < math.inf:
            raise ConfigError(f"--patience: {options.patience} given; it must be a number above 0")
        stages = choose_stages(options.stages)
        gpus = _gpu_names()
        size = choose_size(options.size, len(gpus))
        folder = _folder(options.folder, size)
        plan = Plan(size=size, device="cuda" if gpus else "cpu", folder=folder)
        results = ResultsFile(options.out, plan, machine_facts(gpus))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        return run_stages(stages, plan, results, options.out, options.patience)
    except KeyboardInterrupt:
        print(f"stopped; what was found is in {options.out}", file=sys.stderr)
        return 130
    finally:
        if options.folder is None and not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m easyr1.bridge.proof",
        description="Prove in ten minutes that this machine trains; on a machine without a GPU in small.",
    )
    parser.add_argument("--size", choices=[SMALL, FULL], help="default: full with a GPU, small without")
    parser.add_argument("--stages", metavar="LETTERS", help="some of a,b,c,d,e (default: all)")
    parser.add_argument(
        "--patience", type=float, default=1.0, metavar="TIMES", help="of the time limits, for a slow or busy machine"
    )
    parser.add_argument("--out", type=Path, default=Path("proof.json"), help="file of results (%(default)s)")
    parser.add_argument("--folder", type=Path, help="for model, runs and logs (default: a temporary one, removed)")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folder")
    return parser


def run_stages(stages: Sequence[Stage], plan: Plan, file: ResultsFile, out: Path, patience: float = 1.0) -> int:
    """Run stages one after the other, also after one that failed.

    Args:
        stages: In order.
        plan: Of the proof.
        file: Takes the results after every stage.
        out: Its name, to be printed.
        patience: How many times its limit a stage may take.

    Returns:
        Exit status: 0 when all passed, 1 otherwise.
    """
    print(f"proof, size {plan.size}, on {plan.device}; model, runs and logs: {plan.folder}", flush=True)
    done: list[StageResult] = []
    for stage in stages:
        result = run_stage(stage, plan, patience)
        done.append(result)
        passed = len(done) == len(stages) and all(one.passed for one in done)
        file.write(done, passed)
        print(stage_line(result), flush=True)
        if not result.passed and result.error:
            print(f"   error: {result.error}\n{_end_of_log(result.log)}", flush=True)
    print("\n".join(["", *table_lines(done), f"results: {out}"]), flush=True)
    return 0 if passed else 1


def _end_of_log(log: str, count: int = 15) -> str:
    """The last lines of a stage's log: the folder may be gone when somebody asks."""
    lines = Path(log).read_text(encoding="utf-8", errors="replace").splitlines() if Path(log).is_file() else []
    return "\n".join(f"   | {line[:200]}" for line in lines[-count:])


def _folder(asked: Path | None, size: str) -> Path:
    if asked is None:
        folder = Path(tempfile.mkdtemp(prefix="easyr1-proof-"))
    else:
        folder = asked.expanduser().resolve()
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / "a.log").exists()):
            raise ConfigError(f"--folder: {asked} given, which holds something else; give a new folder")
        folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free / 1e9
    if size == FULL and free < FULL_GB:
        raise ConfigError(f"--folder: {folder} has {free:.0f} GB free; the full size needs {FULL_GB}")
    return folder


def _gpu_names() -> list[str]:
    """Names of the GPUs that this process may use."""
    count = count_gpus()
    if not count:
        return []
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        lines = []
    return (lines + ["unknown"] * count)[:count]

"""A Slurm cluster for `docker/slurm.sh`: programs that record how they are called, and a clone to submit from."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0

RECORD = """#!{python}
import json, os, sys
names = ("RAY_ADDRESS", "WANDB_API_KEY", "NCCL_DEBUG", "EASYR1_DEVICE")
line = {{"program": "{program}", "words": sys.argv[1:], **{{name: os.environ.get(name) for name in names}}}}
LOG = {log!r}
with open(LOG, "a") as file:
    file.write(json.dumps(line) + "\\n")
{then}
"""

THEN = {
    # Options first, then a command, which runs on this machine whatever node it is for.
    "srun": (
        "words = sys.argv[1:]\n"
        "while words[0].startswith('--'): words.pop(0)\n"
        "os.environ['SLURM_STEP_NODELIST'] = [w for w in sys.argv if w.startswith('--nodelist=')][0][11:]\n"
        "os.execvp(words[0], words)"
    ),
    "scontrol": "if sys.argv[1] == 'show': print(os.environ['NODES'].replace(',', '\\n'))",
    "ray": "import time; time.sleep(600)",
    # Stands for the wait for nodes, of which the first starts by one call of Ray and all others by one more.
    "python": (
        "import time\n"
        "wanted, end = min(int(sys.argv[-1]), 2), time.monotonic() + 20\n"
        'while open(LOG).read().count(\'"program": "ray"\') < wanted and time.monotonic() < end: time.sleep(0.02)'
    ),
}

RECIPE = """#!/usr/bin/env bash
# Stands for a training: ends by itself after $LASTS s with $ENDS, or as soon as the file `stop` is there.
echo "{\\"program\\": \\"recipe\\", \\"words\\": [\\"$*\\"], \\"RAY_ADDRESS\\": \\"$RAY_ADDRESS\\"}" >>"$CALLS"
mkdir -p runs/mine && rm -f runs/mine/stop
touch runs/mine/is_on
for _ in $(seq $((${LASTS:-0} * 20))); do
  [ ! -e runs/mine/stop ] || [ -n "${DEAF:-}" ] || exit "${STOPS:-0}"
  sleep 0.05
done
exit "${ENDS:-0}"
"""


class Cluster:
    """Programs and a clone in a folder; `submit` runs the script as Slurm would on the first node.

    Args:
        folder: an empty one.
        real: programs that are not to be replaced.
    """

    def __init__(self, folder: Path, real: tuple[str, ...] = ()):
        self.calls_file = folder / "calls.jsonl"
        self.clone = folder / "clone"
        (self.clone / "recipes").mkdir(parents=True)
        (self.clone / "docker").symlink_to(ROOT / "docker")
        self.recipe = self.clone / "recipes" / "train.sh"
        self.recipe.write_text(RECIPE)
        programs = folder / "bin"
        programs.mkdir()
        for program in THEN.keys() - set(real):
            then = THEN[program]
            text = RECORD.format(python=sys.executable, program=program, log=str(self.calls_file), then=then)
            (programs / program).write_text(text)
            (programs / program).chmod(0o755)
        self.environment = {
            "HOME": str(folder),
            "PATH": f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin",
            "VIRTUAL_ENV": str(folder),
            "CALLS": str(self.calls_file),
            "SLURM_SUBMIT_DIR": str(self.clone),
            "SLURM_JOB_ID": "4321",
            "SLURM_CPUS_ON_NODE": "2",
            "EASYR1_POLL_S": "0.1",
        }

    def submit(self, *words: str, nodes: str = "node1,node2,node3", **variables: str) -> subprocess.Popen[str]:
        """Start the script on a number of nodes."""
        size = {"NODES": nodes, "SLURM_JOB_NODELIST": nodes, "SLURM_JOB_NUM_NODES": str(nodes.count(",") + 1)}
        return subprocess.Popen(
            ["bash", str(ROOT / "docker" / "slurm.sh"), *words],
            env={**self.environment, **size, **variables},
            cwd=self.clone,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def calls(self, program: str) -> list[dict[str, Any]]:
        """How a program was called, in order."""
        if not self.calls_file.exists():
            return []
        lines = map(json.loads, self.calls_file.read_text().splitlines())
        return [line for line in lines if line["program"] == program]

    def until_training(self) -> None:
        """Wait for the recipe to be on."""
        wait_for(lambda: (self.clone / "runs" / "mine" / "is_on").exists())


def finish(job: subprocess.Popen[str], limit_s: float = LIMIT_S) -> tuple[int, str]:
    """The exit status of a job and what it said; nothing of it may be left behind."""
    try:
        out, err = job.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(job.pid, signal.SIGKILL)
        raise
    wait_for(lambda: not _is_on(job.pid))
    return job.returncode, out + err


def _is_on(group: int) -> bool:
    """Whether a process of a group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, or fail."""
    end = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)

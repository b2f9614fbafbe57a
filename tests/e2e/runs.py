"""Start real training runs with tiny numbers, and wait for what they write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from omegaconf import OmegaConf

from easyr1.replay.record import History, MetricsLog

SMALL = (
    "hardware=cpu",
    "vlm=tiny",
    "data.train_batch_size=4",
    "actor_rollout_ref.actor.ppo_mini_batch_size=4",
    "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=8",
    "actor_rollout_ref.rollout.n=2",
    "actor_rollout_ref.rollout.val_kwargs.n=2",
    "trainer.logger=[console]",
)
ONE_GAME = ("game.validation_levels=4",)
LIMIT_S = 400


def processes_of(folder: Path) -> list[psutil.Process]:
    """All that works for a run, known by a variable that only its processes have."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TENSORBOARD_DIR") == str(folder / "tensorboard"):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _listen_to_ctrl_c() -> None:
    """A shell starts background jobs deaf to SIGINT, and their children inherit that; a user's terminal does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Run:
    """A run of `python -m easyr1.train` in its own session."""

    folder: Path
    overrides: tuple[str, ...]
    game: tuple[str, ...] = ONE_GAME
    environment: dict[str, str] | None = None
    process: subprocess.Popen[str] | None = None

    def start(self) -> Run:
        """Start, or start again."""
        command = [sys.executable, "-m", "easyr1.train", f"runs_dir={self.folder.parent}"]
        command += [f"experiment={self.folder.name}", *SMALL, *self.game, *self.overrides]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_listen_to_ctrl_c,
            env=self.environment,
        )
        return self

    def finish(self) -> str:
        """Wait for the end; the output."""
        assert self.process is not None
        try:
            output = self.process.communicate(timeout=LIMIT_S)[0]
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        assert self.process.returncode == 0, output + self.error()
        return output

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll until something is there; fail when the run ends or time runs out before."""
        assert self.process is not None
        end = time.monotonic() + LIMIT_S
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                output = self.process.communicate()[0] if self.process.poll() is not None else "(still running)"
                self.kill()
                raise AssertionError(f"no {what}: {output}{self.error()}")
            time.sleep(0.2)

    def kill(self) -> None:
        """SIGKILL to the driver, as from an out-of-memory killer; Ray's processes die with it."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        self.process.kill()
        self.process.communicate()
        psutil.wait_procs(children, timeout=30)

    def interrupt(self) -> None:
        """Ctrl-C: SIGINT to the foreground process."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGINT)

    def environment_workers(self) -> list[psutil.Process]:
        """The run's environment workers."""
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in family if "EnvironmentWorker" in " ".join(process.cmdline())]

    def error(self) -> str:
        """The story of a failure, where there is one."""
        log = self.folder / "error.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    @property
    def history(self) -> History:
        """Its records."""
        return History(self.folder / "history")

    @property
    def metrics(self) -> MetricsLog:
        """Its numbers."""
        return MetricsLog(self.folder / "metrics.jsonl")

    @property
    def config(self) -> Any:
        """As it was resolved."""
        return OmegaConf.load(self.folder / "config.yaml")

    def checkpoint(self) -> int:
        """Step of its last checkpoint, 0 for none."""
        tracker = self.folder / "checkpoints" / "latest_checkpointed_iteration.txt"
        return int(tracker.read_text()) if tracker.exists() else 0

"""Start supervised training with torchrun, show its progress, and end it well."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TextIO

from omegaconf import DictConfig, OmegaConf

from easyr1.bridge.run_folder import RunFolder
from easyr1.cold_start.training import total_steps
from easyr1.policies.guarded import GuardedCommand
from easyr1.progress import ProgressView
from easyr1.replay.curves import SUPERVISED_PANELS, draw_curves

POLL_S = 0.3
RESOLVED = "trainer.yaml"
"""The configuration as the trainer reads it, with absolute paths."""
LEARNED = {"perception/exact": "P_acc", "reply/legal": "legal answers"}


def launch_training(config: DictConfig) -> int:
    """Run a configuration to its end.

    Args:
        config: checked (see easyr1.cold_start.training_checks).

    Returns:
        0 when the run ended as asked (last step, or a stop with its checkpoint), 1 when it failed.
    """
    folder, steps = RunFolder.from_config(config), total_steps(config)
    step = folder.last_checkpoint()
    if step >= steps and (not config.validation.levels or folder.has_validation_after(step)):
        print(f"{folder.path} is finished: it has all its {steps} steps\n{next_words(folder, step)}")
        return 0
    folder.prepare(config)
    _write_resolved(config, folder, steps)
    terminal = sys.stdout
    start = f"going on after step {step} of {steps}" if step else f"{steps} steps"
    print(f"{folder.path}: {start}; log: {folder.path / 'driver.log'}", file=terminal, flush=True)
    with ProgressView(folder.path, steps, stream=terminal, panels=SUPERVISED_PANELS):
        status = _run(config, folder, terminal)
    if status is None:
        print("ended at once; the same command goes on from the last checkpoint", file=terminal, flush=True)
        return 130
    if status != 0:
        return _report_failure(folder)
    draw_curves([folder.path], folder.path / "curves.png", SUPERVISED_PANELS)
    print(_farewell(folder, steps), file=terminal, flush=True)
    return 0


def next_words(folder: RunFolder, step: int) -> str:
    """What to do with the model that a run left."""
    return (
        f"next: vllm serve {folder.checkpoints / f'global_step_{step}' / 'huggingface'}\n"
        f"      python -m easyr1.export {folder.path}"
    )


def _run(config: DictConfig, folder: RunFolder, terminal: TextIO) -> int | None:
    """Train in processes of torchrun's; the exit status, None when a second Ctrl-C ended it."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc_per_node={config.trainer.n_gpus_per_node}", "-m", "easyr1.bridge.train_process"]
    guarded = GuardedCommand([*command, str(folder.path / RESOLVED)], folder.path / "driver.log", _environment(config))
    asked = False
    try:
        while guarded.is_running:
            try:
                time.sleep(POLL_S)
            except KeyboardInterrupt:
                if asked:
                    return None
                asked = True
                folder.ask_to_stop()
                print(
                    "\nCtrl-C: finishing this step and writing a checkpoint; once more to end at once",
                    file=terminal,
                    flush=True,
                )
        status = guarded.wait()
        return 1 if status is None else status
    finally:
        guarded.stop()


def _environment(config: DictConfig) -> dict[str, str]:
    variables = {str(key): str(value) for key, value in (config.hardware.environment or {}).items()}
    folder = RunFolder.from_config(config).path
    own = {"TENSORBOARD_DIR": str(folder / "tensorboard"), "WANDB_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    if "WANDB_API_KEY" not in os.environ and not Path("~/.netrc").expanduser().exists():
        own |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    return {**os.environ, **variables, **own}


def _write_resolved(config: DictConfig, folder: RunFolder, steps: int) -> None:
    config = OmegaConf.create(OmegaConf.to_container(config, resolve=True))
    config.trainer.default_local_dir = str(folder.checkpoints)
    config.trainer.total_training_steps = steps
    OmegaConf.save(config, folder.path / RESOLVED)


def _farewell(folder: RunFolder, steps: int) -> str:
    step = folder.last_checkpoint()
    if step < steps:
        return f"stopped after step {step}; the same command goes on from there"
    return "\n".join(
        [
            f"done: {steps} steps",
            *folder.learned(LEARNED),
            f"curves: {folder.path / 'curves.png'}",
            next_words(folder, step),
        ]
    )


def _report_failure(folder: RunFolder) -> int:
    """Say in a line what went wrong, and where the whole story is."""
    log = folder.path / "error.log"
    log = log if log.is_file() else folder.path / "driver.log"
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    print(f"error: {lines[-1] if lines else 'no word of it'}\nthe whole story: {log}", file=sys.stderr, flush=True)
    return 1

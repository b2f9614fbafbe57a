"""Start a checked configuration on Ray, show its progress, and end it well."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TextIO

from omegaconf import DictConfig, OmegaConf, open_dict

from easyr1.bridge.run_folder import RunFolder
from easyr1.progress import ProgressView
from easyr1.replay.curves import draw_curves

POLL_S = 0.5


def launch(config: DictConfig) -> int:
    """Run a configuration to its end.

    Args:
        config: checked (see easyr1.config.validate).

    Returns:
        0 when the run ended as asked (last step, or a stop with its checkpoint), 1 when it failed.
    """
    folder = RunFolder.from_config(config)
    total_steps = int(config.trainer.total_training_steps)
    if folder.last_checkpoint() >= total_steps:
        print(
            f"{folder.path} has all its {total_steps} steps; a larger trainer.total_training_steps goes on from there"
        )
        return 0
    folder.prepare(config)
    _export_environment(config, folder.path)
    terminal = sys.stdout
    print(folder.greeting(total_steps), file=terminal, flush=True)
    outcome = _Outcome()
    # verl's launcher blocks; in a thread it leaves the main thread to the progress line and to Ctrl-C.
    thread = threading.Thread(target=outcome.run, args=(_for_verl(config, folder),), daemon=True)
    with (
        (folder.path / "driver.log").open("w", encoding="utf-8") as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
        ProgressView(folder.path, total_steps, stream=terminal),
    ):
        thread.start()
        _wait(outcome, folder, terminal)
    if outcome.error is not None:
        return _report_failure(outcome.error, folder)
    # Once more, with the last validation in it.
    draw_curves([folder.path], folder.path / "curves.png")
    print(folder.farewell(total_steps), file=terminal, flush=True)
    return 0


class _Outcome:
    """What became of verl's launcher."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.is_over = False

    def run(self, config: DictConfig) -> None:
        try:
            _check_plugin()
            import ray
            from verl.trainer.main_ppo import run_ppo

            from easyr1.bridge.task_runner import GamesTaskRunner

            run_ppo(config, task_runner_class=GamesTaskRunner)
            ray.shutdown()
        except BaseException as error:
            self.error = error
        finally:
            self.is_over = True


def _wait(outcome: _Outcome, folder: RunFolder, terminal: TextIO) -> None:
    """Wait for the end; the first Ctrl-C asks for a stop after the step in progress, the second ends at once.

    Not by `Thread.join`: interrupted by Ctrl-C, Python 3.11 takes the thread for ended.
    """
    asked = False
    while not outcome.is_over:
        try:
            time.sleep(POLL_S)
        except KeyboardInterrupt:
            if asked:
                print("\nended at once; the same command goes on from the last checkpoint", file=terminal, flush=True)
                os._exit(130)
            asked = True
            folder.ask_to_stop()
            print(
                "\nCtrl-C: finishing this step and writing a checkpoint; once more to end at once",
                file=terminal,
                flush=True,
            )


def _report_failure(error: BaseException, folder: RunFolder) -> int:
    """Write the whole story to a file and its last line to the terminal."""
    log = folder.path / "error.log"
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    print(f"error: {lines[-1] if lines else type(error).__name__}\nthe whole story: {log}", file=sys.stderr, flush=True)
    return 1


def _export_environment(config: DictConfig, folder: Path) -> None:
    """Variables that must stand before verl is imported; Ray's processes inherit them."""
    variables = OmegaConf.select(config, "ray_kwargs.ray_init.runtime_env.env_vars") or {}
    os.environ.update({str(key): str(value) for key, value in variables.items()})
    os.environ["TENSORBOARD_DIR"] = str(folder / "tensorboard")
    os.environ["WANDB_DIR"] = str(folder)
    if "WANDB_API_KEY" not in os.environ and not Path("~/.netrc").expanduser().exists():
        os.environ.setdefault("WANDB_MODE", "offline")
        os.environ.setdefault("WANDB_SILENT", "true")


def _check_plugin() -> None:
    """Stop loudly where verl would go on without our parts: it swallows a plug-in that fails to import."""
    import verl

    import easyr1.bridge.plugin

    if not getattr(easyr1.bridge.plugin, "REGISTERED", False):
        raise RuntimeError(f"the plug-in of verl {verl.__version__} is not registered; reinstall easyr1")


def _for_verl(config: DictConfig, folder: RunFolder) -> DictConfig:
    """The configuration as verl runs it: paths absolute, interpolations resolved, what derives filled in."""
    config = OmegaConf.create(OmegaConf.to_container(config, resolve=True))
    step = folder.last_checkpoint()
    with open_dict(config):
        config.runs_dir = str(folder.path.parent)
        config.trainer.default_local_dir = str(folder.checkpoints)
        # Validation before the first step is due once; a run that goes on has it on record.
        config.trainer.val_before_train = config.trainer.val_before_train and not folder.has_validation(step)
        ray_init = config.setdefault("ray_kwargs", {}).setdefault("ray_init", {})
        ray_init.setdefault("log_to_driver", False)
        ray_init.setdefault("logging_level", "error")
    return config

"""Start a checked configuration on Ray, show its progress, and end it well."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from easyr1.progress import ProgressView

STOP_FILE = "stop"
POLL_S = 0.5


def run_folder(config: DictConfig) -> Path:
    """`runs_dir/experiment`, absolute."""
    return Path(config.runs_dir).expanduser().resolve() / str(config.experiment)


def launch(config: DictConfig) -> int:
    """Run a configuration to its end.

    Args:
        config: checked (see easyr1.config.validate).

    Returns:
        0 when the run ended as asked (last step, or a stop with its checkpoint), 1 when it failed.
    """
    folder = run_folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    _export_environment(config, folder)
    _check_plugin()
    (folder / STOP_FILE).unlink(missing_ok=True)
    outcome = _Outcome()
    # verl's launcher blocks; in a thread it leaves the main thread to the progress line and to Ctrl-C.
    thread = threading.Thread(target=outcome.run, args=(_for_verl(config, folder),), daemon=True)
    print(f"run: {folder}\nlogs of all processes: /tmp/ray/session_latest/logs", flush=True)
    with ProgressView(folder, int(config.trainer.total_training_steps)):
        thread.start()
        _wait(thread, folder)
    if outcome.error is not None:
        return _report_failure(outcome.error, folder)
    return 0


class _Outcome:
    """What became of verl's launcher."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def run(self, config: DictConfig) -> None:
        try:
            import ray
            from verl.trainer.main_ppo import run_ppo

            from easyr1.bridge.task_runner import GamesTaskRunner

            run_ppo(config, task_runner_class=GamesTaskRunner)
            ray.shutdown()
        except BaseException as error:
            self.error = error


def _wait(thread: threading.Thread, folder: Path) -> None:
    """Wait for the end; the first Ctrl-C asks for a stop after the step in progress, the second ends at once."""
    asked = False
    while thread.is_alive():
        try:
            thread.join(POLL_S)
        except KeyboardInterrupt:
            if asked:
                print("\nended at once; run the same command again to go on from the last checkpoint", flush=True)
                os._exit(130)
            asked = True
            (folder / STOP_FILE).touch()
            print("\nCtrl-C: finishing this step and writing a checkpoint; once more to end at once", flush=True)


def _report_failure(error: BaseException, folder: Path) -> int:
    """Write the whole story to a file and its last line to the terminal."""
    log = folder / "error.log"
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
    import easyr1.bridge.plugin
    import verl

    if not getattr(easyr1.bridge.plugin, "REGISTERED", False):
        raise RuntimeError(f"the plug-in of verl {verl.__version__} is not registered; reinstall easyr1")


def _for_verl(config: DictConfig, folder: Path) -> DictConfig:
    """The configuration as verl runs it: paths absolute, interpolations resolved."""
    config = OmegaConf.create(OmegaConf.to_container(config, resolve=True))
    with open_dict(config):
        config.runs_dir = str(folder.parent)
        config.trainer.default_local_dir = str(folder / "checkpoints")
        ray_init = config.setdefault("ray_kwargs", {}).setdefault("ray_init", {})
        ray_init.setdefault("log_to_driver", False)
        ray_init.setdefault("logging_level", "error")
    return config

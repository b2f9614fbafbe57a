"""Start supervised training with torchrun, on this node or on several of a Ray cluster, and end it well."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from omegaconf import DictConfig, OmegaConf

from easyr1.bridge.run_folder import RunFolder
from easyr1.bridge.run_variables import variables_of_run
from easyr1.cold_start.training import total_steps
from easyr1.policies.guarded import GuardedCommand
from easyr1.progress import ProgressView
from easyr1.replay.curves import SUPERVISED_PANELS, draw_curves

if TYPE_CHECKING:
    from easyr1.bridge.cluster import Node
    from easyr1.bridge.nodes import NodesCommand

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

    Raises:
        ConfigError: the cluster lacks the nodes that the run asks for.
    """
    folder, steps = RunFolder.from_config(config), total_steps(config)
    step = folder.last_checkpoint()
    if step >= steps and (not config.validation.levels or folder.has_validation_after(step)):
        print(f"{folder.path} is finished: it has all its {steps} steps\n{next_words(folder, step)}")
        return 0
    with _nodes(config) as nodes:
        return _launch(config, folder, steps, nodes)


def _launch(config: DictConfig, folder: RunFolder, steps: int, nodes: list[Node] | None) -> int:
    step, terminal = folder.last_checkpoint(), sys.stdout
    folder.prepare(config)
    _write_resolved(config, folder, steps)
    start = f"going on after step {step} of {steps}" if step else f"{steps} steps"
    print(f"{folder.path}: {start}; log: {folder.path / 'driver.log'}", file=terminal, flush=True)
    with (
        _log_of_ray(folder, nodes),
        ProgressView(folder.path, steps, stream=terminal, panels=SUPERVISED_PANELS),
    ):
        status = _run(config, folder, nodes, terminal)
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


def _nodes(config: DictConfig) -> contextlib.AbstractContextManager[list[Node] | None]:
    """The nodes of the run; None where this one is all."""
    if config.trainer.nnodes == 1:
        return contextlib.nullcontext()
    from easyr1.bridge.nodes import reserved_nodes

    return reserved_nodes(config.trainer.nnodes, config.trainer.n_gpus_per_node)


@contextlib.contextmanager
def _log_of_ray(folder: RunFolder, nodes: list[Node] | None) -> Iterator[None]:
    """Ray tells this process about workers of the cluster; that is for the log."""
    if nodes is None:
        yield
        return
    with (
        (folder.path / "driver.log").open("a", encoding="utf-8") as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        yield


def _run(config: DictConfig, folder: RunFolder, nodes: list[Node] | None, terminal: TextIO) -> int | None:
    """Train in processes of torchrun's; the exit status, None when a second Ctrl-C ended it."""
    start = _start_here if nodes is None else _start_on_nodes
    command = start(config, folder, nodes)
    asked = False
    try:
        while True:
            try:
                if not command.is_running:
                    break
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
        status = command.wait()
        return 1 if status is None else status
    finally:
        command.stop()


def _start_here(config: DictConfig, folder: RunFolder, _: None) -> GuardedCommand:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc_per_node={config.trainer.n_gpus_per_node}", *_script(folder)]
    return GuardedCommand(command, folder.path / "driver.log", {**os.environ, **_environment(config)})


def _start_on_nodes(config: DictConfig, folder: RunFolder, nodes: list[Node]) -> NodesCommand:
    from easyr1.bridge.cluster import check_shared
    from easyr1.bridge.nodes import NodesCommand, torchrun_on_nodes

    check_shared(nodes, folder.path / RESOLVED)
    commands = torchrun_on_nodes(nodes, sys.executable, config.trainer.n_gpus_per_node, _script(folder))
    logs = [folder.path / (f"driver-{node.rank}.log" if node.rank else "driver.log") for node in nodes]
    return NodesCommand(nodes, commands, logs, _environment(config), folder.path / "error.log")


def _script(folder: RunFolder) -> list[str]:
    return ["-m", "easyr1.bridge.train_process", str(folder.path / RESOLVED)]


def _environment(config: DictConfig) -> dict[str, str]:
    """Variables of the run, beside those of the machine."""
    folder = RunFolder.from_config(config).path
    return {**variables_of_run(folder, config.hardware.environment), "PYTHONUNBUFFERED": "1"}


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

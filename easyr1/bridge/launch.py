"""Start a checked configuration on Ray, show its progress, and end it well."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from omegaconf import DictConfig, OmegaConf, open_dict

from easyr1.bridge.run_folder import RunFolder
from easyr1.bridge.run_variables import passed_on, variables_of_run
from easyr1.config.devices import LOCAL, cluster_address, cpus_per_node
from easyr1.progress import ProgressView
from easyr1.replay.curves import draw_curves

POLL_S = 0.5


def launch(config: DictConfig) -> int:
    """Run a configuration to its end.

    Args:
        config: checked (see easyr1.config.validate).

    Returns:
        0 when the run ended as asked (last step, or a stop with its checkpoint), 1 when it failed.

    Raises:
        ConfigError: the cluster that the run joins cannot be reached, or lacks what the run needs.
    """
    folder = RunFolder.from_config(config)
    total_steps = int(config.trainer.total_training_steps)
    if folder.last_checkpoint() >= total_steps:
        print(
            f"{folder.path} has all its {total_steps} steps; a larger trainer.total_training_steps goes on from there"
        )
        return 0
    variables = variables_of_run(folder.path, OmegaConf.select(config, "ray_kwargs.ray_init.runtime_env.env_vars"))
    # They must stand before verl is imported; a Ray of this process's own inherits them.
    os.environ.update(variables)
    with _cluster(config):
        folder.prepare(config)
        _check_nodes(config, folder)
    return _launch(config, folder, total_steps, variables)


def _launch(config: DictConfig, folder: RunFolder, total_steps: int, variables: Mapping[str, str]) -> int:
    terminal = sys.stdout
    print(folder.greeting(total_steps), file=terminal, flush=True)
    outcome = _Outcome()
    # verl's launcher blocks; in a thread it leaves the main thread to the progress line and to Ctrl-C.
    thread = threading.Thread(target=outcome.run, args=(_for_verl(config, folder), variables), daemon=True)
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

    def run(self, config: DictConfig, variables: Mapping[str, str]) -> None:
        try:
            _check_plugin()
            import ray
            from verl.trainer.main_ppo import run_ppo

            from easyr1.bridge.cluster import join
            from easyr1.bridge.task_runner import GamesTaskRunner, OnThisNode

            if address := cluster_address(config):
                # Where Ray is joined already, verl leaves it as it is.
                join(address, runtime_env=_runtime_env(config, variables))
            run_ppo(config, task_runner_class=OnThisNode(GamesTaskRunner))
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


@contextlib.contextmanager
def _cluster(config: DictConfig) -> Iterator[None]:
    """Be on the cluster that the run will join until the `with` block ends; nothing where it has none."""
    address = cluster_address(config)
    if address is None:
        yield
        return
    import ray

    from easyr1.bridge import cluster

    num_nodes, gpus = config.trainer.nnodes, config.trainer.n_gpus_per_node
    cluster.join(address)
    try:
        cluster.nodes_that_fit(num_nodes, gpus, cpus_per_node(config, len(ray.nodes())))
        cluster.wait_for_devices(num_nodes, gpus)
        yield
    finally:
        ray.shutdown()


def _runtime_env(config: DictConfig, variables: Mapping[str, str]) -> dict[str, object]:
    """What processes on a cluster get from this one: they have the environment of their node's Ray.

    verl would do it by the configuration, which it prints, and among the variables may be keys.
    """
    from verl.trainer.constants_ppo import get_ppo_ray_runtime_env

    defaults = get_ppo_ray_runtime_env(config)
    given = OmegaConf.select(config, "ray_kwargs.ray_init.runtime_env") or {}
    own = {"env_vars": {**defaults["env_vars"], **passed_on(), **variables, "TRANSFER_QUEUE_ENABLE": "1"}}
    return {str(key): value for key, value in {**defaults, **given, **own}.items() if value is not None}


def _check_nodes(config: DictConfig, folder: RunFolder) -> None:
    """Whether all nodes of the cluster can run this code and see what they share; raises ConfigError otherwise."""
    if cluster_address(config) is None:
        return
    from easyr1.bridge.cluster import agents_everywhere, check_shared

    model = Path(str(config.actor_rollout_ref.model.path)).expanduser().resolve() / "config.json"
    with agents_everywhere() as nodes:
        check_shared(nodes, folder.path / "config.yaml")
        if model.is_file():
            check_shared(nodes, model, "vlm.path")


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
        if (model := Path(str(config.actor_rollout_ref.model.path)).expanduser()).is_dir():
            config.actor_rollout_ref.model.path = str(model.resolve())
        ray_init = config.setdefault("ray_kwargs", {}).setdefault("ray_init", {})
        ray_init.setdefault("log_to_driver", False)
        ray_init.setdefault("logging_level", "error")
        if cluster_address(config) is None:
            # Without it Ray joins whatever cluster somebody has on this machine.
            ray_init.address = LOCAL
            ray_init.num_cpus = ray_init.get("num_cpus") or max(os.cpu_count() or 1, cpus_per_node(config))
    return config

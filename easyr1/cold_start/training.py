"""What supervised training is asked to be: from recipe and command line to a configuration of verl's trainer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from easyr1.config.hardware import default_choices, fill_in
from easyr1.errors import ConfigError
from easyr1.policies.checkpoint import TRACKER
from games.errors import nearest

if TYPE_CHECKING:
    from omegaconf import DictConfig

RECIPE, ENGINE = "cold_start_train", "sft_trainer_engine"
OWN_KEYS = ("examples", "seed", "experiment", "runs_dir", "validation", "vlm", "hardware", "tuning")
VERL_KEYS = ("data", "model", "engine", "optim", "profiler", "checkpoint", "trainer")
RL_LENGTHS = ("max_prompt_length", "max_response_length")
"""Keys of `data` that a model's file sets for reinforcement learning."""


def compose_training(overrides: Sequence[str]) -> DictConfig:
    """recipes/cold_start_train.yaml over verl's configuration with the command line on top; nothing left open.

    Raises:
        ConfigError: A key, group or value that does not exist, or one without a value; the message names it.
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from easyr1.config.compose import register_resolvers, resolved
    from easyr1.config.explain import explain, group_choices
    from easyr1.config.paths import recipes_folder, verl_config_folder

    for override in overrides:
        _refuse_foreign(override)
    register_resolvers()
    searchpath = f"hydra.searchpath=[file://{verl_config_folder()}]"
    defaults = default_choices(RECIPE)
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(recipes_folder()), version_base="1.3"):
        try:
            config = compose(RECIPE, [searchpath, *fill_in(overrides, defaults)])
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            groups = fill_in(group_choices(overrides), defaults)
            message = explain(error, overrides, lambda: compose(RECIPE, [searchpath, *groups]))
            raise ConfigError(message) from error
    if OmegaConf.is_missing(config, "examples"):
        raise ConfigError("examples: no value; give the folder that `python -m easyr1.cold_start data` made")
    plain = resolved(config)
    kept = {key: plain[key] for key in (*OWN_KEYS, *VERL_KEYS)}
    for key in RL_LENGTHS:
        kept["data"].pop(key, None)
    kept["hardware"] = {"name": plain["hardware"]["name"], "environment": _environment(plain)}
    composed: DictConfig = OmegaConf.create(kept)
    return composed


def run_folder(config: DictConfig) -> Path:
    """The folder of a run, absolute."""
    return Path(str(config.runs_dir)).expanduser().resolve() / str(config.experiment)


def num_examples(files: Sequence[str]) -> int:
    """Rows of Parquet files."""
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types

    return sum(pq.read_metadata(file).num_rows for file in files)


def num_devices(config: DictConfig) -> int:
    """Processes of the run, over all its nodes."""
    return int(config.trainer.n_gpus_per_node) * int(config.trainer.nnodes)


def num_shares(config: DictConfig) -> int:
    """Parts into which verl divides a batch: one a device, or a group of them that shares each sequence."""
    return num_devices(config) // int(config.engine.ulysses_sequence_parallel_size)


def steps_per_epoch(config: DictConfig) -> int:
    """Steps of an epoch; the last examples, which do not fill a batch, are left out, others in each epoch.

    verl gives every device the same share of the examples, and of a batch: whole batches are what comes out.
    """
    return int(num_examples(config.data.train_files) // config.data.train_batch_size)


def total_steps(config: DictConfig) -> int:
    """Steps of the whole run."""
    whole = steps_per_epoch(config) * int(config.trainer.total_epochs)
    asked = config.trainer.total_training_steps
    return whole if asked is None else min(int(asked), whole)


def trained_model(config: DictConfig) -> Path | None:
    """The model that a run has made, in Hugging Face's form; None while it has not come to its end.

    Args:
        config: Checked (see training_checks.py).
    """
    steps, checkpoints = total_steps(config), run_folder(config) / "checkpoints"
    tracker, model = checkpoints / TRACKER, checkpoints / f"global_step_{steps}" / "huggingface"
    is_done = tracker.is_file() and int(tracker.read_text(encoding="utf-8")) >= steps
    return model if is_done and model.is_dir() else None


def _refuse_foreign(override: str) -> None:
    """What a profile brings along for reinforcement learning must not look as if it counted here."""
    key = override.lstrip("+~").partition("=")[0].partition(".")[0]
    if key in ("game", "objective"):
        raise ConfigError(f"{key}: no such key here; the examples say which games are played (examples=FOLDER)")
    if key not in (*OWN_KEYS, *VERL_KEYS):
        raise ConfigError(f"{key}: no such key; {nearest(key, (*OWN_KEYS, *VERL_KEYS))}")


def _environment(plain: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables of a hardware profile, which names them for Ray's processes."""
    node: Any = plain
    for key in ("ray_kwargs", "ray_init", "runtime_env", "env_vars"):
        node = node.get(key, {})
    return {str(key): str(value) for key, value in node.items() if not str(key).startswith(("RAY_", "VLLM_"))}

"""What can be known to fail in supervised training, found before it starts; each finding is a line that names a key."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from easyr1.cold_start.training import (
    ENGINE,
    OWN_KEYS,
    num_devices,
    num_examples,
    num_shares,
    run_folder,
    steps_per_epoch,
)
from easyr1.config.model_folder import check_model
from easyr1.config.tuning import FACTS, check_targets, check_tuning
from easyr1.errors import ConfigError, ResumeError
from easyr1.machine.gpus import count_gpus
from games.errors import nearest

if TYPE_CHECKING:
    from omegaconf import DictConfig

COUNTS = {
    "seed": 0,
    "validation.levels": 0,
    "validation.max_turns": 1,
    "validation.max_reply_tokens": 1,
    "validation.batch_size": 1,
    "data.train_batch_size": 1,
    "data.micro_batch_size_per_gpu": 1,
    "data.max_length": 1,
    "data.max_token_len_per_gpu": 1,
    "trainer.total_epochs": 1,
    "trainer.n_gpus_per_node": 1,
    "trainer.nnodes": 1,
    "engine.ulysses_sequence_parallel_size": 1,
}
"""Whole numbers, and the least that each may be."""
OPTIONAL_COUNTS = ("validation.window", "trainer.total_training_steps")
NUMBERS = ("optim.lr", "optim.weight_decay", "optim.clip_grad", "validation.temperature")
EPOCH = "after_each_epoch"
VALIDATION_KEYS = tuple(
    f"validation.{key}"
    for key in ("levels", "max_turns", "window", "temperature", "max_reply_tokens", "batch_size", "games")
)
DEVICES = "(trainer.n_gpus_per_node x trainer.nnodes)"
PINNED = ("seed", "model.path", "data.train_files", "data.train_batch_size", "optim", "trainer.total_epochs")
"""What may not be another when a run is taken up again: a node stands for all that is in it."""
ADAPTER = tuple(f"model.{verls}" for verls in FACTS.values())
"""What neither: the layers with an adapter, and its rank."""


def check_training(config: DictConfig) -> None:
    """Find what can be known to fail, and fill in what the examples say: their files and their games.

    Args:
        config: From `compose_training`; changed.

    Raises:
        ConfigError: What cannot run, in lines that each name a key.
    """
    check_settings(config)
    _fill_in(config)
    _raise([*_sizes(config), *_devices(config)])
    key = "vlm.path" if config.model.path == config.vlm.path else "model.path"
    _raise(list(check_model(key, str(config.model.path))))
    _raise(list(check_targets(config.tuning, str(config.model.path))))
    _check_resume(config)


def check_settings(config: DictConfig) -> None:
    """Find what can be known to fail before there are examples. Raises ConfigError."""
    _raise(list(_values(config)) or list(_keys(config)) or list(check_tuning(config.tuning, config.model, "model")))


def _raise(findings: Sequence[str]) -> None:
    if findings:
        raise ConfigError("\nerror: ".join(findings))


def _keys(config: DictConfig) -> Iterator[str]:
    """Findings about keys that nobody reads, and values of another type than verl's."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    from easyr1.config.compose import resolved
    from easyr1.config.known_keys import check_keys
    from easyr1.config.paths import verl_config_folder

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(verl_config_folder()), version_base="1.3"):
        known = resolved(compose(ENGINE))
    # Each takes a number or a word.
    known["trainer"].update(save_freq=None, test_freq=None)
    known["data"]["train_files"] = None
    given = OmegaConf.to_container(config)
    assert isinstance(given, dict)
    yield from check_keys({str(key): value for key, value in given.items()}, known, OWN_KEYS)
    for key in sorted({f"validation.{key}" for key in given["validation"]} - set(VALIDATION_KEYS)):
        yield f"{key}: no such key; {nearest(key, VALIDATION_KEYS)}"


def _values(config: DictConfig) -> Iterator[str]:
    from omegaconf import OmegaConf

    for key in (*COUNTS, *OPTIONAL_COUNTS):
        value, least = OmegaConf.select(config, key), COUNTS.get(key, 1)
        is_absent = value is None and key in OPTIONAL_COUNTS
        if not is_absent and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            or_null = ", or null" if key in OPTIONAL_COUNTS else ""
            yield f"{key}: {value!r} given; it must be a whole number, {least} or more{or_null}"
    for key in NUMBERS:
        value = OmegaConf.select(config, key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            yield f"{key}: {value!r} given; it must be a number, 0 or more"
    for key in ("trainer.save_freq", "trainer.test_freq"):
        value = OmegaConf.select(config, key)
        if value != EPOCH and (isinstance(value, bool) or not isinstance(value, int) or value == 0):
            yield f"{key}: {value!r} given; it must be a number of steps, -1 for none before the last, or {EPOCH}"
    name = config.experiment
    if not isinstance(name, str | int) or str(name).strip() in ("", ".", "..") or "/" in str(name):
        yield f"experiment: {name!r} given; it must be the name of one folder (runs_dir says where)"


def _fill_in(config: DictConfig) -> None:
    """The files and the games of the examples; a run without examples for validation has no validation loss."""
    folder = Path(str(config.examples)).expanduser().resolve()
    files = {split: sorted(map(str, (folder / "data").glob(f"{split}-*.parquet"))) for split in ("train", "validation")}
    if not files["train"]:
        raise ConfigError(
            f"examples: {config.examples} given; there is no data/train-*.parquet in it; it must be a folder that "
            "`python -m easyr1.cold_start data` made"
        )
    config.data.train_files = config.data.train_files or files["train"]
    config.data.val_files = config.data.val_files or files["validation"] or None
    if not config.data.val_files:
        config.trainer.test_freq = -1
    config.validation.games = _games(config.data.train_files)


def _games(files: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Id and knobs of each game of the examples, by its name."""
    import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    found: dict[str, dict[str, Any]] = {}
    for file in files:
        try:
            rows = pq.read_table(file, columns=["game", "level"]).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise ConfigError(f"examples: {file} cannot be read: {str(error).splitlines()[0]}") from error
        for row in rows:
            level = json.loads(row["level"])
            found.setdefault(str(row["game"]), {"id": level["game"], "knobs": level["knobs"]})
    return dict(sorted(found.items()))


def _sizes(config: DictConfig) -> Iterator[str]:
    batch, devices = config.data.train_batch_size, num_devices(config)
    per_sequence = config.engine.ulysses_sequence_parallel_size
    if devices % per_sequence:
        yield (
            f"engine.ulysses_sequence_parallel_size: {per_sequence} given; it must divide the {devices} devices "
            f"{DEVICES}"
        )
        return
    shares = num_shares(config)
    if batch % devices:
        yield f"data.train_batch_size: {batch} given; it must be a multiple of the {devices} devices {DEVICES}"
    elif steps_per_epoch(config) < 1:
        yield (
            f"data.train_batch_size: {batch} given; the {num_examples(config.data.train_files)} examples in "
            f"{config.examples} do not fill one batch"
        )
    elif not config.data.use_dynamic_bsz and (batch // shares) % config.data.micro_batch_size_per_gpu:
        yield (
            f"data.micro_batch_size_per_gpu: {config.data.micro_batch_size_per_gpu} given; it must divide the "
            f"{batch // shares} examples of a device in a batch (data.train_batch_size / devices)"
        )
    if config.data.use_dynamic_bsz and config.data.max_token_len_per_gpu < config.data.max_length:
        yield (
            f"data.max_token_len_per_gpu: {config.data.max_token_len_per_gpu} given; it must be data.max_length, "
            f"{config.data.max_length}, or more"
        )


def _devices(config: DictConfig) -> Iterator[str]:
    wanted, num_nodes = config.trainer.n_gpus_per_node, config.trainer.nnodes
    if num_nodes > 1:
        # What the cluster has is found when it is joined.
        if not os.environ.get("RAY_ADDRESS"):
            yield (
                f"trainer.nnodes: {num_nodes} given, and RAY_ADDRESS names no cluster to join; run `ray start` on "
                "every node, set RAY_ADDRESS, and train on one of them"
            )
        return
    found = count_gpus()
    if config.trainer.device == "cuda" and found < wanted:
        yield (
            f"hardware: {config.hardware.name} needs {wanted} GPU{'s' if wanted > 1 else ''}, this machine has "
            f"{found}; choose hardware=auto or set trainer.n_gpus_per_node"
        )


def _check_resume(config: DictConfig) -> None:
    """Raises ResumeError where the run's folder holds another run."""
    from omegaconf import DictConfig, OmegaConf

    folder = run_folder(config)
    file = folder / "config.yaml"
    if not (folder / "checkpoints").is_dir() or not file.is_file():
        return
    before = OmegaConf.load(file)
    if "examples" not in before:
        raise ResumeError(f"experiment: {folder} holds a run of another kind; choose another experiment=NAME")
    for key in (*PINNED, *ADAPTER):
        old, new = (_plain(OmegaConf.select(one, key)) for one in (before, config))
        for name, was, is_now in _differences(key, old, new):
            raise ResumeError(
                f"{name}: {is_now} given, and the run in {folder} has {was}; choose another experiment=NAME"
            )
    assert isinstance(before, DictConfig)
    if num_devices(before) != num_devices(config):
        raise ResumeError(
            f"trainer.nnodes: {num_devices(config)} devices given {DEVICES}, and the checkpoints in {folder} are of "
            f"{num_devices(before)}; choose another experiment=NAME"
        )


def _differences(key: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from _differences(f"{key}.{name}", old.get(name), new.get(name))
    elif old != new:
        yield key, old, new


def _plain(value: Any) -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value

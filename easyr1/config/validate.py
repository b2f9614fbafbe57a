"""Everything that can be known to fail is found here, before Ray starts; each finding is one line that names a key."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from games import make_game
from games.errors import KnobError, UnknownGameError
from omegaconf import DictConfig, OmegaConf

from easyr1.config.hardware import count_gpus
from easyr1.config.schema import RunKeys, run_keys
from easyr1.errors import ConfigError

ARCHITECTURE_KEYS = ("model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads")


def check_config(config: DictConfig) -> RunKeys:
    """Check a composed configuration.

    Args:
        config: from `compose_recipe`; not changed.

    Returns:
        Our own keys, typed.

    Raises:
        ConfigError: what cannot run, one line a finding.
    """
    keys = run_keys(config)
    checks: list[Callable[[DictConfig, RunKeys], Iterator[str]]] = [
        _ranges,
        _game,
        _model_folder,
        _batches,
        _devices,
        _resume,
    ]
    findings = [finding for check in checks for finding in check(config, keys)]
    if not findings:
        # Loads the processor, so it comes last and only when its folder is known to be there.
        from easyr1.config.prompt_size import check_prompt_fits

        findings = list(check_prompt_fits(config, keys))
    if findings:
        raise ConfigError("\nerror: ".join(findings))
    return keys


def _ranges(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    least = {"seed": 0, "alpha": 0, "beta": 0, "max_turns": 1, "game.validation_levels": 1}
    least |= {"hardware.environment_workers": 1, "trainer.total_training_steps": 1, "actor_rollout_ref.rollout.n": 1}
    for key, minimum in least.items():
        value = OmegaConf.select(config, key)
        if not isinstance(value, int | float) or value < minimum:
            yield f"{key}: {value} given; it must be a number of at least {minimum}"
    if keys.window is not None and keys.window < 1:
        yield f"window: {keys.window} given; it must be at least 1 turn, or null for all"
    if not keys.experiment.strip() or "/" in keys.experiment:
        yield f"experiment: {keys.experiment!r} given; it must be a name of one folder"
    if keys.objective.perception not in ("exact", "cells"):
        yield f"objective.perception: {keys.objective.perception!r} given; it must be exact or cells"


def _game(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    try:
        game = make_game(keys.game.id, **keys.game.knobs)
    except UnknownGameError as error:
        yield f"game.id: {error}"
        return
    except KnobError as error:
        yield f"game.knobs: {error}"
        return
    height, width = game.image_size
    if height % keys.vlm.cell_px or width % keys.vlm.cell_px:
        yield (
            f"game.knobs: an image of {height} x {width} px would be resampled and blurred; "
            f"choose sides that are multiples of vlm.cell_px={keys.vlm.cell_px} (knobs tile_px, image_px)"
        )


def _model_folder(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    path = str(config.actor_rollout_ref.model.path)
    folder = Path(path).expanduser()
    is_local = folder.is_absolute() or path.startswith((".", "~")) or path.count("/") != 1
    if not folder.exists():
        if is_local:
            yield f"vlm.path: no folder {path}"
        return
    wanted = {
        "config.json": ["config.json"],
        "weights": ["model.safetensors", "model.safetensors.index.json"],
        "a processor": ["preprocessor_config.json", "processor_config.json"],
        "a tokenizer": ["tokenizer.json", "tokenizer_config.json", "vocab.json"],
    }
    for part, names in wanted.items():
        if not any((folder / name).is_file() for name in names):
            yield f"vlm.path: {path} has no {part.removeprefix('a ')} ({' or '.join(names)})"


def _batches(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    states, samples = config.data.train_batch_size, config.actor_rollout_ref.rollout.n
    actor = config.actor_rollout_ref.actor
    devices = config.trainer.n_gpus_per_node * config.trainer.nnodes
    if (states * samples) % devices:
        yield (
            f"data.train_batch_size: {states} states x {samples} replies are not divisible by {devices} devices "
            "(trainer.n_gpus_per_node x trainer.nnodes)"
        )
    if states % actor.ppo_mini_batch_size:
        yield (
            f"actor_rollout_ref.actor.ppo_mini_batch_size: {actor.ppo_mini_batch_size} does not divide "
            f"data.train_batch_size={states}"
        )
    if (actor.ppo_mini_batch_size * samples) % devices:
        yield (
            f"actor_rollout_ref.actor.ppo_mini_batch_size: {actor.ppo_mini_batch_size} states x {samples} replies are "
            f"not divisible by {devices} devices"
        )
    micro = actor.ppo_micro_batch_size_per_gpu
    if not actor.use_dynamic_bsz and micro and (actor.ppo_mini_batch_size * samples // devices) % micro:
        yield (
            f"actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu: {micro} does not divide the "
            f"{actor.ppo_mini_batch_size * samples // devices} replies of a mini-batch on a device"
        )
    if samples == 1 and str(config.algorithm.adv_estimator) == "grpo":
        yield "actor_rollout_ref.rollout.n: 1 given; GRPO compares the replies to one state, so it must be at least 2"


def _devices(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    parallel = config.actor_rollout_ref.rollout.tensor_model_parallel_size
    devices = config.trainer.n_gpus_per_node * config.trainer.nnodes
    if devices % parallel:
        yield (
            f"actor_rollout_ref.rollout.tensor_model_parallel_size: {parallel} does not divide the {devices} devices"
        )
    joins_cluster = "RAY_ADDRESS" in os.environ or OmegaConf.select(config, "ray_kwargs.ray_init.address")
    if config.trainer.device == "cuda" and not joins_cluster and count_gpus() < config.trainer.n_gpus_per_node:
        yield (
            f"hardware: {keys.hardware.name} needs {config.trainer.n_gpus_per_node} GPUs, this machine has "
            f"{count_gpus()}; choose hardware=auto, or set RAY_ADDRESS to join a cluster"
        )


def _resume(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """A run of the same name must be the same run: same model, same levels."""
    folder = Path(config.runs_dir).expanduser() / keys.experiment
    tracker = folder / "checkpoints" / "latest_checkpointed_iteration.txt"
    if config.trainer.resume_mode == "disable" or not tracker.is_file():
        return
    step = tracker.read_text(encoding="utf-8").strip()
    saved_model = folder / "checkpoints" / f"global_step_{step}" / "actor" / "huggingface" / "config.json"
    model = Path(str(config.actor_rollout_ref.model.path)).expanduser() / "config.json"
    if saved_model.is_file() and model.is_file():
        ours, theirs = _architecture(model), _architecture(saved_model)
        if ours != theirs:
            differing = ", ".join(f"{key} {theirs[key]} there, {ours[key]} here" for key in ours if ours[key] != theirs[key])
            yield f"vlm: the checkpoint in {folder} is of another model ({differing}); choose another experiment"
            return
    saved = folder / "config.yaml"
    if saved.is_file():
        before = OmegaConf.load(saved)
        for key in ("seed", "game.id", "game.knobs"):
            if OmegaConf.select(before, key) != OmegaConf.select(config, key):
                yield (
                    f"{key}: the run in {folder} has {OmegaConf.select(before, key)}, given "
                    f"{OmegaConf.select(config, key)}; a resumed run plays the same levels: choose another experiment"
                )


def _architecture(path: Path) -> dict[str, object]:
    values = json.loads(path.read_text(encoding="utf-8"))
    text = values.get("text_config") or {}
    return {key: values.get(key, text.get(key)) for key in ARCHITECTURE_KEYS}

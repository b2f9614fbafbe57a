"""The run's folder: a run of the same name must be the same run, with the same model and the same levels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from easyr1.config.model_folder import read_json
from easyr1.config.schema import RunKeys
from easyr1.config.tuning import FACTS

SHAPE_KEYS = ("model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads")
"""What tells two models apart whose weights do not fit into each other."""

LEVEL_KEYS = ("seed", "game", "data.train_batch_size")
"""What decides which levels a step plays, but for NO_LEVEL_KEYS."""

NO_LEVEL_KEYS = {"validation_levels", "example_knobs"}
"""Keys of a game in which a run may differ and still play the levels it would have played."""


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about a folder that a run would go on from."""
    mode = config.trainer.resume_mode
    if mode == "resume_path":
        yield from _resume_path(config)
    folder = Path(keys.runs_dir).expanduser() / keys.experiment
    if folder.exists() and not folder.is_dir():
        yield f"experiment: {folder} is a file, not a run's folder; choose another name"
    tracker = folder / "checkpoints" / "latest_checkpointed_iteration.txt"
    if mode != "auto" or not tracker.is_file():
        return
    step = tracker.read_text(encoding="utf-8").strip()
    saved = folder / "checkpoints" / f"global_step_{step}"
    if not saved.is_dir():
        yield f"experiment: {tracker} names step {step}, but there is no {saved}; choose another name"
        return
    yield from _other_model(config, folder, saved)
    yield from _other_levels(config, folder)
    yield from _other_tuning(config, folder)


def _resume_path(config: DictConfig) -> Iterator[str]:
    path = config.trainer.resume_from_path
    if not path or "global_step_" not in str(path) or not Path(str(path)).expanduser().is_dir():
        yield f"trainer.resume_from_path: {path} given; it must be a folder .../checkpoints/global_step_N"


def _other_model(config: DictConfig, folder: Path, saved: Path) -> Iterator[str]:
    theirs = _shape(saved / "actor" / "huggingface" / "config.json")
    ours = _shape(Path(str(config.actor_rollout_ref.model.path)).expanduser() / "config.json")
    if not ours or not theirs or ours == theirs:
        return
    differing = [f"{key} {theirs[key]} there, {ours[key]} here" for key in SHAPE_KEYS if ours[key] != theirs[key]]
    yield f"vlm: the checkpoint in {folder} is of another model ({'; '.join(differing)}); choose another experiment"


def _other_levels(config: DictConfig, folder: Path) -> Iterator[str]:
    file = folder / "config.yaml"
    before = OmegaConf.load(file) if file.is_file() else OmegaConf.create()
    for key in LEVEL_KEYS:
        old, new = _plain(OmegaConf.select(before, key)), _plain(OmegaConf.select(config, key))
        if old is not None:
            for name, was, is_now in _differences(key, old, new):
                yield (
                    f"{name}: {is_now} given, and the run in {folder} has {was}; a run that goes on plays the levels "
                    "it would have played: choose another experiment"
                )


def _other_tuning(config: DictConfig, folder: Path) -> Iterator[str]:
    """A checkpoint with adapters does not fit into a model without, nor into one with others."""
    file = folder / "config.yaml"
    before = OmegaConf.load(file) if file.is_file() else OmegaConf.create()
    for key, verls in FACTS.items():
        path = f"actor_rollout_ref.model.{verls}"
        was, is_now = _plain(OmegaConf.select(before, path)), _plain(OmegaConf.select(config, path))
        if OmegaConf.select(before, "actor_rollout_ref.model") is not None and was != is_now:
            yield f"{key}: {is_now} given, and the run in {folder} has {was}; choose another experiment"
            return


def _differences(key: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        if ("games" in old) != ("games" in new):
            was, is_now = ("a mixture" if "games" in game else "one game" for game in (old, new))
            yield key, was, is_now
            return
        for name in sorted((old.keys() | new.keys()) - NO_LEVEL_KEYS):
            yield from _differences(f"{key}.{name}", old.get(name), new.get(name))
    elif old != new:
        yield key, old, new


def _plain(value: Any) -> Any:
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _shape(path: Path) -> dict[str, object]:
    values = read_json(path)
    text = values.get("text_config") or {}
    return {key: values.get(key, text.get(key)) for key in SHAPE_KEYS} if values else {}

"""Tuning: which weights are trained, and whether verl can do it in the way that is asked for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from easyr1.config.model_folder import read_json
from easyr1.config.schema import RunKeys, shown

ALL = "all-linear"
UNMERGEABLE = ("embed_tokens", "lm_head")
"""Names that share one weight in many models, of which two merged ones cannot be made."""

FACTS = {
    "tuning.rank": "lora_rank",
    "tuning.alpha": "lora_alpha",
    "tuning.target_modules": "target_modules",
    "tuning.exclude_modules": "exclude_modules",
}
"""Our keys, and those of verl's model to which they go."""


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about the tuning of a run of reinforcement learning."""
    actor = config.actor_rollout_ref.actor
    yield from check_tuning(config.tuning, config.actor_rollout_ref.model, "actor_rollout_ref.model")
    is_lora = keys.tuning.name == "lora"
    if is_lora and actor.strategy != "fsdp2":
        yield f"actor_rollout_ref.actor.strategy: {shown(actor.strategy)} given; tuning=lora needs 'fsdp2'"
    if is_lora and not config.actor_rollout_ref.model.lora.merge:
        yield "actor_rollout_ref.model.lora.merge: false given; it must be true, vLLM plays the merged model"
    if not is_lora and actor.freeze_vision_tower:
        yield (
            "actor_rollout_ref.actor.freeze_vision_tower: true given, which verl 0.9.1 does not read; tuning=lora "
            "leaves the vision tower as it is"
        )


def check_layers(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about the layers that get an adapter, against the files of the model."""
    del keys
    yield from check_targets(config.tuning, str(config.actor_rollout_ref.model.path))


def check_tuning(tuning: DictConfig, model: DictConfig, place: str) -> Iterator[str]:
    """Findings about the group `tuning` and what verl's model is told.

    Args:
        tuning: Our group.
        model: verl's node of the model.
        place: Its key.
    """
    factor = tuning.get("lr_factor")
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < math.inf:
        yield f"tuning.lr_factor: {shown(factor)} given; it must be a number above 0"
    is_lora = tuning.get("name") == "lora"
    if is_lora:
        yield from _lora(tuning)
    elif tuning.get("rank") != 0:
        yield f"tuning.rank: {shown(tuning.get('rank'))} given; it is for tuning=lora, and 0 with tuning=full"
    for key, verls in FACTS.items() if is_lora else [("tuning.rank", "lora_rank")]:
        if model[verls] != (tuning.get(key.removeprefix("tuning.")) if is_lora else 0):
            yield f"{place}.{verls}: {shown(model[verls])} given; set it by {key}, with tuning=lora"
    yield from _refused(model, place)


def _lora(tuning: DictConfig) -> Iterator[str]:
    for key in ("rank", "alpha"):
        value = tuning.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            yield f"tuning.{key}: {shown(value)} given; it must be a whole number, 1 or more"
    given = OmegaConf.to_container(tuning, resolve=True)
    assert isinstance(given, dict)
    targets, exclude = given.get("target_modules"), given.get("exclude_modules")
    names = targets if isinstance(targets, list) else [targets]
    if not names or not all(isinstance(name, str) and name for name in names):
        yield f"tuning.target_modules: {shown(targets)} given; it must be {ALL}, names, or a regular expression"
    for name in names:
        if str(name).rpartition(".")[2] in UNMERGEABLE:
            yield f"tuning.target_modules: {name} given, whose weight may be shared; it cannot be merged"
    for key, pattern in (("target_modules", targets), ("exclude_modules", exclude)):
        if isinstance(pattern, str) and (reason := _fault(pattern)):
            yield f"tuning.{key}: {pattern!r} given; it is no regular expression: {reason}"


def _fault(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return None


def _refused(model: DictConfig, place: str) -> Iterator[str]:
    """What verl offers beside, and what its FSDP engine or a merge cannot do."""
    if model.lora_adapter_path is not None:
        yield f"{place}.lora_adapter_path: {model.lora_adapter_path} given; start from a merged model, by vlm.path"
    if OmegaConf.select(model, "target_parameters") is not None:
        yield f"{place}.target_parameters: {model.target_parameters} given; it must be null, for layers can be merged"
    if model.lora.get("rank", 0):
        yield f"{place}.lora.rank: {model.lora.rank} given, which is Megatron's; set tuning.rank, with tuning=lora"


def check_targets(tuning: DictConfig, path: str) -> Iterator[str]:
    """Findings about layers that a model does not have; a hub id is left to PEFT, and so is a regular expression.

    Args:
        tuning: Our group.
        path: The model's folder.
    """
    targets = tuning.get("target_modules")
    if tuning.name != "lora" or not OmegaConf.is_list(targets):
        return
    layers = _linear_layers(Path(path).expanduser())
    for name in targets if layers else ():
        if not any(f".{layer}".endswith(f".{name}") for layer in layers):
            ends = {layer.rpartition(".")[2] for layer in layers}
            known = sorted(end for end in ends if end not in UNMERGEABLE and not end.isdigit())
            yield f"tuning.target_modules: {name} given; the model in {path} has {', '.join(known)}"


def _linear_layers(folder: Path) -> set[str]:
    """Names of layers with a matrix, as the files of a model say without being opened; empty where they do not."""
    index: Mapping[str, Any] = read_json(folder / "model.safetensors.index.json").get("weight_map", {})
    found = set()
    for file in sorted(set(index.values())) or ["model.safetensors"]:
        for name, facts in _header(folder / file).items():
            if name.endswith(".weight") and len(facts.get("shape", ())) == 2:
                found.add(name.removesuffix(".weight"))
    return found


def _header(file: Path) -> dict[str, Any]:
    """What a safetensors file says of its tensors: eight bytes of length, then JSON."""
    try:
        with file.open("rb") as opened:
            header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
    except (OSError, ValueError, MemoryError, OverflowError):
        return {}
    return header if isinstance(header, dict) else {}

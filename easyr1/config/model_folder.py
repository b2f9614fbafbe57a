"""The model's folder: whether it holds what the engine will open, as far as that shows without opening it."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from easyr1.config.schema import RunKeys

PARTS = {
    "config": ("config.json",),
    "weights": ("model.safetensors", "model.safetensors.index.json"),
    "processor": ("preprocessor_config.json", "processor_config.json"),
    "tokenizer": ("tokenizer.json", "tokenizer_config.json", "vocab.json"),
}
"""Files by which a part of a checkpoint is known; one of them is enough."""

HUB_TIMEOUT_S = 10


def check(config: DictConfig, keys: RunKeys) -> Iterator[str]:
    """Findings about the model's folder; a hub id is left to the hub."""
    path, key = str(config.actor_rollout_ref.model.path), model_key(config, keys)
    findings = list(check_model(key, path))
    yield from findings
    folder = Path(path).expanduser()
    if not findings and folder.exists():
        yield from _architecture(key, folder, config)


def check_model(key: str, path: str) -> Iterator[str]:
    """Findings about a model's files.

    Args:
        key: Of the configuration, for the messages.
        path: Folder or hub id.
    """
    folder = Path(path).expanduser()
    if not folder.exists():
        if not _may_be_hub_id(path):
            yield f"{key}: there is no folder {path!r}"
        elif not _cached(path) and (reason := _unreachable(path)):
            yield f"{key}: there is no folder {path!r}, and as a model of the hub it cannot be had: {reason}"
        return
    missing = [part for part, names in PARTS.items() if not any((folder / name).is_file() for name in names)]
    if missing:
        yield f"{key}: {path} has no {', no '.join(f'{part} ({PARTS[part][0]})' for part in missing)}"
        return
    yield from _weights(key, folder)


def model_key(config: DictConfig, keys: RunKeys) -> str:
    """The key that says where the model is: ours, or verl's where that one was set by itself."""
    path = "actor_rollout_ref.model.path"
    return "vlm.path" if str(config.actor_rollout_ref.model.path) == keys.vlm.path else path


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object out of a file; empty when the file holds none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _may_be_hub_id(path: str) -> bool:
    return path.count("/") == 1 and not path.startswith((".", "~", "/")) and not path.endswith("/")


def _cached(hub_id: str) -> bool:
    """Whether the hub's cache on this machine holds some of a model."""
    home = os.environ.get("HF_HOME", Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "huggingface"))
    cache = Path(os.environ.get("HF_HUB_CACHE", Path(home, "hub"))).expanduser()
    return (cache / f"models--{hub_id.replace('/', '--')}" / "snapshots").is_dir()


def _unreachable(hub_id: str) -> str | None:
    """Why the hub does not give a model, found in seconds; the hub's own client tries for minutes."""
    if os.environ.get("HF_HUB_OFFLINE", "0").lower() in ("1", "true", "yes", "on"):
        return "HF_HUB_OFFLINE is set"
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    headers = {"Authorization": f"Bearer {os.environ['HF_TOKEN']}"} if "HF_TOKEN" in os.environ else {}
    request = urllib.request.Request(f"{endpoint}/{hub_id}/resolve/main/config.json", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=HUB_TIMEOUT_S):
            return None
    except (OSError, ValueError) as error:
        return f"{endpoint}: {getattr(error, 'reason', error)}"


def _weights(key: str, folder: Path) -> Iterator[str]:
    index = folder / "model.safetensors.index.json"
    shards = sorted(set(read_json(index).get("weight_map", {}).values())) if index.is_file() else []
    absent = [name for name in shards if not (folder / name).is_file()]
    if absent:
        yield f"{key}: {folder} lacks {len(absent)} of its {len(shards)} weight files, {absent[0]} first"


def _architecture(key: str, folder: Path, config: DictConfig) -> Iterator[str]:
    values = read_json(folder / "config.json")
    text = values.get("text_config") or values
    if not values:
        yield f"{key}: {folder / 'config.json'} cannot be read as JSON"
    elif "vision_config" not in values:
        yield f"{key}: {folder} holds a {values.get('model_type', 'model')} that sees no images (no vision_config)"
    positions = text.get("max_position_embeddings") or values.get("max_position_embeddings")
    length = config.data.max_prompt_length + config.data.max_response_length
    if positions and length > positions:
        yield (
            f"data.max_response_length: {config.data.max_response_length} given; with data.max_prompt_length that is "
            f"{length} tokens, and the model in {folder} has {positions} positions"
        )

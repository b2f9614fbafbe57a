"""Checkpoints of ours: where their weights are, and which they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from easyr1.errors import ConfigError

MERGED = "merged"
TRACKER = "latest_checkpointed_iteration.txt"
SHARDS = "model_world_size_*_rank_*.pt"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")
SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """A trained model in a folder.

    Attributes:
        folder: Absolute; where the model is, or will be, in Hugging Face's form.
        name: For the reader: the experiment and the step, or the folder's own name.
        shards: Folder with verl's shards, where the model must be made of them.
    """

    folder: Path
    name: str
    shards: Path | None = None

    @property
    def is_merged(self) -> bool:
        """Whether the model is there, and no older than its shards."""
        made = [_written(path) for path in weight_files(self.folder)]
        return bool(made) and (self.shards is None or min(made) >= max(map(_written, self.shards.glob(SHARDS))))

    def digest(self) -> str:
        """16 hex digits that differ between checkpoints: of the sizes, starts and ends of all files of weights."""
        digest = hashlib.sha256()
        for path in sorted(self.shards.glob(SHARDS)) if self.shards else weight_files(self.folder):
            size = path.stat().st_size
            digest.update(f"{path.name} {size} ".encode())
            with path.open("rb") as file:
                digest.update(file.read(SAMPLE_BYTES))
                file.seek(max(0, size - SAMPLE_BYTES))
                digest.update(file.read())
        return digest.hexdigest()[:16]


def find_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint that a path means.

    Args:
        path: A model's folder in Hugging Face's form, a run's folder, its `checkpoints` (of both the last whole
            checkpoint), `global_step_<n>` in it, or `actor` in that.

    Raises:
        ConfigError: There is none.
    """
    given, path = path, path.expanduser().resolve()
    if not path.is_dir():
        raise ConfigError(f"path: {given} is no folder; give a run's folder, a checkpoint in it, or a model's folder")
    for folder in (path / "checkpoints", path):
        tracker = folder / TRACKER
        if tracker.is_file():
            step = folder / f"global_step_{tracker.read_text(encoding='utf-8').strip()}"
            if not step.is_dir():
                raise ConfigError(f"path: {tracker} names {step.name}, which is not there; give another checkpoint")
            path = step
            break
    for folder in (path, path / "huggingface", path / "actor" / "huggingface"):
        if (folder / "config.json").is_file() and weight_files(folder):
            _check_tokenizer(folder)
            return Checkpoint(folder, _name(folder))
    for actor in (path / "actor", path, path.parent):
        if (actor / "fsdp_config.json").is_file() and any(actor.glob(SHARDS)):
            return Checkpoint(actor / MERGED, _name(actor), shards=actor)
    raise ConfigError(
        f"path: {given} holds no model: neither config.json with *.safetensors or *.bin, nor verl's checkpoints"
    )


def _check_tokenizer(folder: Path) -> None:
    """vLLM starts without one, and fails at every request."""
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ConfigError(f"path: {folder} has weights and no tokenizer ({' or '.join(TOKENIZERS)})")


def weight_files(folder: Path) -> list[Path]:
    """The weights of a model in Hugging Face's form, in order."""
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _name(folder: Path) -> str:
    """`<experiment>-step<n>` of a folder among verl's checkpoints, else the folder's name."""
    for step in (folder, *folder.parents):
        if step.name.startswith("global_step_"):
            experiment = step.parent.parent if step.parent.name == "checkpoints" else step.parent
            return f"{experiment.name}-step{step.name.removeprefix('global_step_')}"
    return folder.name

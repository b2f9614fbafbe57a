"""Checkpoints of ours: where their weights are, which they are, and how to ask them for replies."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from easyr1.errors import ConfigError
from easyr1.policies.chat_settings import ChatSettings
from easyr1.policies.guarded import GuardedCommand
from easyr1.policies.vllm_server import LOG, VLLM, Say, ServerSettings, cause_of_death, serve, serve_environment

MERGER = (sys.executable, "-m", "verl.model_merger")
MERGED, MERGE_LOG = "merged", "merge.log"
TRACKER = "latest_checkpointed_iteration.txt"
SHARDS = "model_world_size_*_rank_*.pt"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")
SAMPLE_BYTES = 1 << 20
NEVER = -100
"""The least that can be added to a token's logit in a request."""


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
        made = [_written(path) for path in _weights(self.folder)]
        return bool(made) and (self.shards is None or min(made) >= max(map(_written, self.shards.glob(SHARDS))))

    def digest(self) -> str:
        """16 hex digits that differ between checkpoints: of the sizes, starts and ends of all files of weights."""
        digest = hashlib.sha256()
        for path in sorted(self.shards.glob(SHARDS)) if self.shards else _weights(self.folder):
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
        if (folder / "config.json").is_file() and _weights(folder):
            _check_tokenizer(folder)
            return Checkpoint(folder, _name(folder))
    for actor in (path / "actor", path, path.parent):
        if (actor / "fsdp_config.json").is_file() and any(actor.glob(SHARDS)):
            return Checkpoint(actor / MERGED, _name(actor), shards=actor)
    raise ConfigError(
        f"path: {given} holds no model: neither config.json with *.safetensors or *.bin, nor verl's checkpoints"
    )


@asynccontextmanager
async def serve_checkpoint(
    checkpoint: Checkpoint,
    folder: Path,
    chat: ChatSettings,
    server: ServerSettings,
    num_images: int,
    say: Say = print,
    vllm: Sequence[str] = VLLM,
) -> AsyncIterator[ChatSettings]:
    """How to ask the checkpoint, while the `async with` block is open.

    Args:
        folder: For the server's log.
        chat: How to sample and how much at once; its address, model and key are not used.
        server: How to serve.
        num_images: Pictures that a context may hold.
        say: Takes a line for the reader at a time.
        vllm: The program.

    Raises:
        ConfigError: The checkpoint cannot be merged or served, or its server died.
    """
    if vllm is VLLM and importlib.util.find_spec("vllm") is None:
        raise ConfigError(
            "policy: checkpoint given, which needs vLLM; `bash install.sh` picks the build for this machine"
        )
    if not checkpoint.is_merged:
        await merge_shards(checkpoint, say)
    model, name, log = checkpoint.folder, checkpoint.name, folder / LOG
    async with serve(model, name, log, server, num_images, chat.concurrency, say, vllm) as base_url:
        extra_body = {**ban_placeholders(model), **chat.extra_body}
        yield replace(chat, base_url=base_url, model=name, key_variable=None, extra_body=extra_body)


def ban_placeholders(folder: Path) -> dict[str, Any]:
    """The part of a request that keeps a model from writing the stand-ins of pictures, as training keeps it."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokens = (config.get(f"{kind}_token_id") for kind in ("image", "video"))
    bias = {str(token): NEVER for token in tokens if token is not None}
    return {"logit_bias": bias} if bias else {}


async def merge_shards(checkpoint: Checkpoint, say: Say = print, merger: Sequence[str] = MERGER) -> None:
    """Make Hugging Face's form of verl's shards, in the checkpoint's folder beside them.

    It is there whole or not at all, and one that another process made meanwhile is as good.

    Args:
        checkpoint: One with shards.
        say: Takes a line for the reader at a time.
        merger: verl's program.

    Raises:
        ConfigError: verl could not merge them, or nothing can be written beside them.
    """
    actor = checkpoint.shards
    assert actor is not None
    log = actor / MERGE_LOG
    try:
        draft = Path(tempfile.mkdtemp(prefix=f"{MERGED}-", dir=actor))
        log.write_bytes(b"")
    except OSError as error:
        raise ConfigError(f"path: {actor} must be merged in its own place, which cannot be written: {error}") from error
    try:
        say(f"merging the shards in {actor}; log: {log}")
        command = [*merger, "merge", "--backend", "fsdp", "--local_dir", str(actor), "--target_dir", str(draft)]
        status = await _run(GuardedCommand(command, log, serve_environment(os.environ)))
        if status != 0 or not _weights(draft):
            raise ConfigError(f"path: {actor} could not be merged: {cause_of_death(log)}; log: {log}")
        draft.chmod(0o755)
        if not checkpoint.is_merged:
            shutil.rmtree(checkpoint.folder, ignore_errors=True)
            draft.rename(checkpoint.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


async def _run(command: GuardedCommand) -> int | None:
    """The exit status of a command; cancelled, it is stopped."""
    try:
        while command.is_running:
            await asyncio.sleep(0.2)
        return command.wait()
    finally:
        command.stop()


def _check_tokenizer(folder: Path) -> None:
    """vLLM starts without one, and fails at every request."""
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ConfigError(f"path: {folder} has weights and no tokenizer ({' or '.join(TOKENIZERS)})")


def _weights(folder: Path) -> list[Path]:
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

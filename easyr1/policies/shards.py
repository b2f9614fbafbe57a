"""Makes one model of the shards that verl's training leaves."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from easyr1.errors import ConfigError
from easyr1.policies.checkpoint import MERGED, Checkpoint, weight_files
from easyr1.policies.guarded import GuardedCommand
from easyr1.policies.server_log import cause_of_death
from easyr1.policies.vllm_command import serve_environment

MERGER = (sys.executable, "-m", "easyr1.bridge.shard_merger")
LOG = "merge.log"


async def merge_shards(
    checkpoint: Checkpoint, say: Callable[[str], None] = print, merger: Sequence[str] = MERGER
) -> None:
    """Make Hugging Face's form of verl's shards, in the checkpoint's folder beside them.

    It is there whole or not at all, and one that another process made meanwhile is as good.

    Args:
        checkpoint: One with shards.
        say: Takes a line for the reader at a time.
        merger: verl's program, with our way to merge an adapter.

    Raises:
        ConfigError: verl could not merge them, or nothing can be written beside them.
    """
    actor = checkpoint.shards
    assert actor is not None
    log = actor / LOG
    try:
        draft = Path(tempfile.mkdtemp(prefix=f"{MERGED}-", dir=actor))
        log.write_bytes(b"")
    except OSError as error:
        raise ConfigError(f"path: {actor} must be merged in its own place, which cannot be written: {error}") from error
    try:
        say(f"merging the shards in {actor}; log: {log}")
        command = [*merger, "merge", "--backend", "fsdp", "--local_dir", str(actor), "--target_dir", str(draft)]
        status = await _run(GuardedCommand(command, log, serve_environment(os.environ)))
        if status != 0 or not weight_files(draft):
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

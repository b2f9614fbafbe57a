"""Asks a checkpoint for replies: serves it, and says how to speak to it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from easyr1.errors import ConfigError
from easyr1.policies.chat_settings import ChatSettings
from easyr1.policies.checkpoint import Checkpoint
from easyr1.policies.shards import merge_shards
from easyr1.policies.vllm_command import ServerSettings
from easyr1.policies.vllm_server import LOG, VLLM, Say, serve

NEVER = -100
"""The least that can be added to a token's logit in a request."""


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

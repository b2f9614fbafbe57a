"""Imported by verl in every process that reads the model's configuration (`actor_rollout_ref.model.external_lib`)."""

from __future__ import annotations

from typing import Any

import torch
from transfer_queue.storage.managers.simple_storage_manager import AsyncSimpleStorageManager
from verl.utils.device import get_device_name
from verl.workers.engine.fsdp.transformer_impl import FSDPEngine

from easyr1.bridge import engine_pictures, exported_weights, log_probs, lora, text_batches, varlen_attention


def pack_tokens_last(values: list[Any]) -> torch.Tensor | None:
    """Pack (C, T) tensors of one shape as a jagged (B, C, T*) tensor whose ragged dimension is T.

    torch takes the first dimension as the ragged one when all shapes agree, here the C = 4 rows of position ids of a
    vision-language model, and the step then dies where these are split by their lengths. Batches of equal lengths are
    common with tiny models, whose replies all run into the length limit.

    Returns:
        The packed tensor, or None where torch's own choice is right.
    """
    tensors = all(isinstance(value, torch.Tensor) and value.dim() == 2 for value in values)
    if not values or not tensors or len({value.shape for value in values}) != 1:
        return None
    length = values[0].shape[1]
    offsets = torch.arange(len(values) + 1, device=values[0].device) * length
    return torch.nested.nested_tensor_from_jagged(torch.cat(values, dim=1), offsets=offsets, jagged_dim=2)


def _repair_packing() -> None:
    pack = AsyncSimpleStorageManager._pack_field_values

    def pack_field_values(values: list[Any]) -> Any:
        packed = pack_tokens_last(values)
        return pack(values) if packed is None else packed

    AsyncSimpleStorageManager._pack_field_values = staticmethod(pack_field_values)


def _provide_attention() -> None:
    """Where flash-attn is not installed, provide its functions before a model is built."""
    build = FSDPEngine._build_module

    def build_module(self: FSDPEngine) -> Any:
        varlen_attention.install(get_device_name())
        return build(self)

    FSDPEngine._build_module = build_module


_repair_packing()
_provide_attention()
lora.install()
exported_weights.install()
text_batches.install()
engine_pictures.install()
log_probs.install()
if get_device_name() == "cpu":
    import easyr1.bridge.cpu_engine  # noqa: F401

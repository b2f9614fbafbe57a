"""LoRA as all but the optimiser sees it: one plain model, whose adapted weights are W + scale * B A.

Roll-outs, checkpoints and merged shards take their weights from `merged_weights`. verl 0.9.1 would round what it sends
to roll-outs to bfloat16, whatever type was asked for, and export the model under names that no loader knows.

Legend: W is (out, in), A (rank, in), B (out, rank).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from verl.utils.checkpoint import fsdp_checkpoint_manager
from verl.utils.device import get_device_id
from verl.utils.fsdp_utils import offload_fsdp_model_to_cpu
from verl.utils.model import convert_weight_keys
from verl.workers.engine.fsdp.transformer_impl import FSDPEngine
from verl.workers.engine.fsdp.utils import unfuse_moe_params

PREFIX, ADAPTED = "base_model.model.", ".base_layer."
LORA_A, LORA_B = "lora_A.default.weight", "lora_B.default.weight"

Gather = Callable[[torch.Tensor], torch.Tensor]


def merged_weights(
    weights: Mapping[str, torch.Tensor], scale_of: Callable[[str], float], gather: Gather = lambda weight: weight
) -> Iterator[tuple[str, torch.Tensor]]:
    """The weights of the plain model, one at a time, by the names that it has without an adapter.

    Args:
        weights: Of a model of PEFT's; left as they are.
        scale_of: Takes the name of an adapted layer, as in `weights`, to the factor of its B A (alpha / rank).
        gather: Makes a whole tensor of a shard; called for every tensor in the same order on every process.

    Raises:
        ValueError: An adapter of another kind than LoRA on a linear layer.
    """
    layers = {name.removesuffix(LORA_A) for name in weights if name.endswith(LORA_A)}
    known = {f"{layer}{part}" for layer in layers for part in (LORA_A, LORA_B)}
    foreign = sorted(name for name in weights if "lora_" in name and (name not in known or weights[name].dim() != 2))
    if foreign:
        raise ValueError(f"target_modules: {foreign[0]} is no LoRA of a linear layer, and cannot be merged")
    for name, weight in weights.items():
        if name in known:
            continue
        whole, layer = gather(weight), name.removesuffix("base_layer.weight")
        if layer != name and layer in layers:
            pair = [gather(weights[f"{layer}{part}"]) for part in (LORA_A, LORA_B)]
            whole = _add(whole, *pair, scale_of(layer.removesuffix(".")))
        yield name.removeprefix(PREFIX).replace(ADAPTED, "."), whole


def _add(weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, scale: float) -> torch.Tensor:
    return (weight.float() + scale * (b.float() @ a.float())).to(weight.dtype)


def is_adapted(module: Any) -> bool:
    """Whether a module, wrapped by FSDP2 or not, is a model of PEFT's."""
    return hasattr(module, "peft_config")


def merged_module(module: Any, gather: Gather) -> Iterator[tuple[str, torch.Tensor]]:
    """`merged_weights` of a module of PEFT's; all processes must exhaust it."""
    scales = {name: layer.scaling["default"] for name, layer in module.named_modules() if hasattr(layer, "lora_A")}
    with torch.no_grad():
        yield from merged_weights(module.state_dict(), scales.__getitem__, gather)


def _whole(weight: torch.Tensor) -> torch.Tensor:
    """A tensor of its own on this process's device: senders may keep it while the module trains on."""
    if isinstance(weight, DTensor):
        return weight.to(get_device_id(), non_blocking=True).full_tensor()
    return weight.detach().clone()


def _merged_lora_per_tensor_param(engine: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """What roll-outs are sent, in the type in which it is trained, as without an adapter."""
    module = engine.module

    def named() -> Iterable[tuple[str, torch.Tensor]]:
        for name, weight in merged_module(module, _whole):
            yield from convert_weight_keys({name: weight}, module).items()

    try:
        yield from unfuse_moe_params(named(), engine.model_config.hf_config.model_type)
    finally:
        if engine._is_offload_param:
            offload_fsdp_model_to_cpu(module)


def install() -> None:
    """Make verl's engine and its checkpoints use `merged_weights`; they are left as they are without LoRA."""
    plain = fsdp_checkpoint_manager.get_fsdp_full_state_dict

    def full_state_dict(model: Any, *args: Any, **kwargs: Any) -> dict[str, torch.Tensor]:
        if not is_adapted(model):
            return dict(plain(model, *args, **kwargs))
        first = torch.distributed.get_rank() == 0
        merged = merged_module(model, _whole)
        return {name: weight.cpu() for name, weight in merged if first}

    fsdp_checkpoint_manager.get_fsdp_full_state_dict = full_state_dict
    FSDPEngine._merged_lora_per_tensor_param = _merged_lora_per_tensor_param

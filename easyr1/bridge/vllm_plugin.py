"""vLLM plug-ins: `prepare` runs when a process chooses its platform, `register` before it loads a model."""

from __future__ import annotations

from typing import Any

from easyr1.bridge.vllm_distribution import provide_vllm_distribution


def prepare() -> None:
    """Entry point of `vllm.platform_plugins`: offers no platform, but runs before vLLM imports its own parts."""
    provide_vllm_distribution()


def register() -> None:
    """Entry point of `vllm.general_plugins`: make the CPU build fit to receive new weights; nothing on a GPU."""
    from vllm.platforms import current_platform

    if current_platform.is_cpu():
        keep_linear_weights()


def keep_linear_weights() -> None:
    """Let linear layers on the CPU multiply by their live weights.

    vLLM packs a copy of each weight for the CPU and drops the original, so that later weight updates either fail (the
    parameter lost its loader) or never reach the packed copy. With plain matrix products every update takes effect.
    """
    import torch
    from vllm.model_executor.layers import utils

    def dispatch_live_weight(layer: Any, remove_weight: bool) -> None:
        del remove_weight
        layer.cpu_linear = torch.nn.functional.linear

    utils.dispatch_cpu_unquantized_gemm = dispatch_live_weight

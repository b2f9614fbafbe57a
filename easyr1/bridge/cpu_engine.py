"""verl's FSDP engine on the CPU; registered by engine_hooks.py."""

from __future__ import annotations

from typing import Any

from torch.distributed import fsdp
from verl.workers.engine.base import EngineRegistry
from verl.workers.engine.fsdp import transformer_impl
from verl.workers.engine.fsdp.transformer_impl import FSDPEngineWithLMHead

STRATEGIES = ["fsdp2"]


@EngineRegistry.register(model_type="language_model", backend=STRATEGIES, device=["cpu"])
class FSDPEngineOnCPU(FSDPEngineWithLMHead):
    """FSDP2 with the language-model head; differs in one point from the parent.

    The forward-only reference asks for parameters kept in pinned host memory. On the CPU they are there already, and
    pinning needs a GPU driver.
    """

    def _build_fsdp_module(self, module: Any) -> Any:
        pinned = transformer_impl.CPUOffloadPolicy
        transformer_impl.CPUOffloadPolicy = lambda pin_memory: fsdp.CPUOffloadPolicy(pin_memory=False)
        try:
            return super()._build_fsdp_module(module)
        finally:
            transformer_impl.CPUOffloadPolicy = pinned

"""Write the Hugging Face copy of a checkpoint in the type in which vLLM plays it.

On a GPU the model is trained in float32, and both the actor and vLLM compute in bfloat16. A float32 copy would be twice
as large (33 GB instead of 17 for 8 billion weights), and one process writes it while the others wait. Training goes on
from the shards, which stay float32. On a CPU everything is float32, this copy too.
"""

from __future__ import annotations

from typing import Any

import torch
from verl.utils.checkpoint import fsdp_checkpoint_manager
from verl.utils.device import get_device_name


def round_weights(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Replace float32 weights by bfloat16 ones in place, one at a time, so that both are never there as a whole.

    Args:
        weights: By name, on any device; those of other types stay as they are.

    Returns:
        The same mapping.
    """
    for name, weight in weights.items():
        if weight.dtype == torch.float32:
            weights[name] = weight.to(torch.bfloat16)
    return weights


def install(device: str | None = None) -> None:
    """Make verl's checkpoints round what they export, but not on a CPU.

    Args:
        device: Kind of device that training runs on; None asks verl.
    """
    if (device or get_device_name()) == "cpu":
        return
    gather = fsdp_checkpoint_manager.get_fsdp_full_state_dict

    def full_state_dict(*args: Any, **kwargs: Any) -> dict[str, torch.Tensor]:
        return round_weights(dict(gather(*args, **kwargs)))

    fsdp_checkpoint_manager.get_fsdp_full_state_dict = full_state_dict

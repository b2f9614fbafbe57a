"""verl's program that makes one model of shards, `python -m verl.model_merger`, which also merges a LoRA adapter.

verl would leave the adapter in a folder of its own, and the model as it was before training.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from verl.model_merger.__main__ import main
from verl.model_merger.base_model_merger import BaseModelMerger

from easyr1.bridge.lora import merged_weights

FACTS = "lora_train_meta.json"
"""What verl writes of an adapter beside its shards: rank `r` and `lora_alpha`."""


def merge_adapter(merger: Any, state_dict: dict[str, torch.Tensor]) -> None:
    """Stands for verl's `save_lora_adapter`: changes the weights of a model of PEFT's to those of the plain model."""
    if not any("lora_" in name for name in state_dict):
        return
    facts = json.loads((Path(merger.config.local_dir) / FACTS).read_text(encoding="utf-8"))
    scale = facts["lora_alpha"] / facts["r"]
    merged = dict(merged_weights(state_dict, lambda _: scale))
    state_dict.clear()
    state_dict.update(merged)


if __name__ == "__main__":
    BaseModelMerger.save_lora_adapter = merge_adapter
    sys.exit(main())

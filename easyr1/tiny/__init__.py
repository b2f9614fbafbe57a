"""The tiny vision-language model of the CPU default: tokenizer, model, teacher and warm start.

`python -m easyr1.tiny --help` builds it; the folder `checkpoint/` holds the one that the command made.
"""

from __future__ import annotations

from pathlib import Path

from easyr1.tiny.torchvision_schemas import declare_torchvision_schemas

CHECKPOINT_FOLDER = Path(__file__).parent / "checkpoint"

declare_torchvision_schemas()

__all__ = ["CHECKPOINT_FOLDER", "declare_torchvision_schemas"]

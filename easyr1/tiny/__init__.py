"""The tiny vision-language model of the CPU default: tokenizer, model, teacher and warm start.

`python -m easyr1.tiny --help` builds it; the folder `checkpoint/` holds the one that the command made.
"""

from __future__ import annotations

from pathlib import Path

CHECKPOINT_FOLDER = Path(__file__).parent / "checkpoint"

__all__ = ["CHECKPOINT_FOLDER"]

"""Python's garbage collector in processes with a large, settled heap."""

from __future__ import annotations

import gc


def settle_heap() -> None:
    """Take what is alive now out of all later collections; call it once a process has imported what it needs.

    torch, transformers and Ray leave about a million objects that live as long as the process. Without this, every full
    collection walks all of them, which was more than half of the time of a roll-out's agent-loop worker.
    """
    gc.collect()
    gc.freeze()

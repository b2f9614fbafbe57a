"""Note how much memory the device has in use before and after new weights go to vLLM.

Stands for `easyr1.bridge.engine_hooks` as a run's `external_lib`, which it imports. verl measures at these places too,
for a log that nobody keeps. When the first place is reached vLLM sleeps; at the last one it is awake.

A line of JSON a place, as marks.py reads it.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from verl.utils.device import get_torch_device
from verl.workers import engine_workers

import easyr1.bridge.engine_hooks  # noqa: F401
from easyr1.bridge.proof.marks import ASLEEP, AWAKE, VARIABLE

_log = engine_workers.log_gpu_memory_usage


def mark(head: str, *args: Any, **kwargs: Any) -> None:
    """Stands for verl's `log_gpu_memory_usage` in its workers."""
    _log(head, *args, **kwargs)
    if head in (ASLEEP, AWAKE) and os.environ.get(VARIABLE):
        free, total = get_torch_device().mem_get_info()
        line = {"place": head, "time": time.time(), "used_gb": (total - free) / 1e9}
        with open(os.environ[VARIABLE], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


engine_workers.log_gpu_memory_usage = mark

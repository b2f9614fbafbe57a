"""What `hardware=auto` and `vlm=auto` stand for on this machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

DEFAULT_VLM = {"cpu": "tiny", "1gpu": "qwen2_5_vl_3b"}
"""Model for a hardware profile; all others take the paper's, qwen2_5_vl_7b."""


def count_gpus() -> int:
    """Number of NVIDIA GPUs that this process may use; 0 where there is no driver."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith("GPU ") for line in listing.splitlines())


def profile_for(num_gpus: int) -> str:
    """The largest hardware profile that a node of `num_gpus` GPUs can fill."""
    for size in (8, 4, 1):
        if num_gpus >= size:
            return f"{size}gpu"
    return "cpu"


def fill_in(overrides: Sequence[str]) -> list[str]:
    """Replace a missing or `auto` hardware and vlm by what fits this machine.

    Args:
        overrides: Hydra overrides as typed.

    Returns:
        The overrides with `hardware=` and `vlm=` first and concrete, so that what follows can refine them.
    """
    chosen = {"hardware": "auto", "vlm": "auto"}
    rest = []
    for override in overrides:
        key, _, value = override.partition("=")
        if key in chosen and value:
            chosen[key] = value
        else:
            rest.append(override)
    if chosen["hardware"] == "auto":
        chosen["hardware"] = profile_for(count_gpus())
    if chosen["vlm"] == "auto":
        chosen["vlm"] = DEFAULT_VLM.get(chosen["hardware"], "qwen2_5_vl_7b")
    return [f"{key}={value}" for key, value in chosen.items()] + rest

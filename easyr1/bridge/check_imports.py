"""Import whatever training needs, and fail with one line that names what cannot be imported.

`python -m easyr1.bridge.check_imports` ends an installation: packages that are there and cannot be imported, such as an
extension built for another torch, show here and not in the first run.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import warnings

MODULES = (
    "torch",
    "torchvision",
    "transformers",
    "ray",
    "tensordict",
    "transfer_queue",
    "verl",
    "vllm",
    "verl.trainer.main_ppo",
    "verl.workers.engine.fsdp",
    "easyr1.bridge.plugin",
    "easyr1.bridge.engine_hooks",
    "easyr1.bridge.trainer",
    "easyr1.bridge.agent_loop_worker",
)
"""In an order in which the first that fails is the cause."""


def failures() -> list[str]:
    """What cannot be imported, one line each; empty when all can."""
    found = []
    modules = list(MODULES)
    if importlib.util.find_spec("flash_attn"):
        modules.append("flash_attn")
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            lines = str(error).strip().splitlines() or [""]
            found.append(f"{name} cannot be imported: {type(error).__name__}: {lines[-1]}")
    return found


def main() -> int:
    """Say what is wrong on standard error; 1 when something is."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    found = failures()
    for line in found:
        print(f"error: {line}", file=sys.stderr)
    if any("flash_attn" in line for line in found):
        print(
            "flash-attn was built for another torch or CUDA; without it training takes torch's kernels", file=sys.stderr
        )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""verl plug-in (entry point group `verl.plugins`): imported by `import verl` in every process of a run.

verl swallows a plug-in that fails to import, so the launcher checks `REGISTERED` (see launch.py) and stops loudly.
"""

from __future__ import annotations

import functools
import os

from easyr1.bridge.vllm_distribution import provide_vllm_distribution


def _use_plain_gloo() -> None:
    """Replace the process-group backend that verl composes on a CPU.

    It writes one entry a device, "cpu:gloo,cpu:gloo", and torch refuses two entries for one device.
    """
    from verl.utils import distributed

    distributed.initialize_global_process_group_ray = functools.partial(
        distributed.initialize_global_process_group_ray, backend="gloo"
    )


provide_vllm_distribution()
if os.environ.get("VERL_PLATFORM") == "cpu":
    import easyr1.bridge.cpu_platform  # noqa: F401

    _use_plain_gloo()

REGISTERED = True

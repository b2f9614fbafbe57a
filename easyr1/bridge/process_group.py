"""How long a training process waits for the others, and how they are joined on a CPU."""

from __future__ import annotations

import os
from collections.abc import Callable

WAIT_S = 7200
"""Seconds. Rank 0 alone writes the Hugging Face copy of a checkpoint while all others wait for it: 17 GB for a model of
8 billion weights, and a shared disk on a bad day takes 5 MB/s. A process that dies ends the run at once all the same.
"""


def waiting(initialize: Callable[..., None], backend: str | None = None) -> Callable[..., None]:
    """`initialize_global_process_group_ray` of verl with a timeout of ours where its caller gives none.

    verl 0.9.1 gives None, so that torch's half hour holds, and does not read `actor_rollout_ref.nccl_timeout`.

    Args:
        initialize: verl's function.
        backend: What torch joins the processes with, where the caller does not say; None leaves it to verl.
    """
    default_backend = backend

    def initialize_group(timeout_second: float | None = None, backend: str | None = None) -> None:
        initialize(timeout_second=timeout_second or WAIT_S, backend=backend or default_backend)

    return initialize_group


def install() -> None:
    """Make verl join its training processes this way; called before anything of verl imports the function.

    On a CPU verl writes one backend a device, "cpu:gloo,cpu:gloo", and torch refuses two entries for one device.
    """
    from verl.utils import distributed  # looks at the platform, which must be registered by then

    backend = "gloo" if os.environ.get("VERL_PLATFORM") == "cpu" else None
    distributed.initialize_global_process_group_ray = waiting(distributed.initialize_global_process_group_ray, backend)

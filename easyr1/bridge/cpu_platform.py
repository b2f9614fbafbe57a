"""verl's platform interface for a machine without a GPU: torch's CPU device, gloo, logical slots for Ray."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import psutil
import torch
from verl.plugin.platform.platform_base import PlatformBase
from verl.plugin.platform.platform_manager import PlatformRegistry

PLATFORM = "cpu"


def _make_device_module() -> ModuleType:
    """`torch.cpu` plus the memory calls that verl makes on every device; a CPU has no cache to empty."""
    module = ModuleType("easyr1_cpu_device", torch.cpu.__doc__)
    module.__dict__.update({name: getattr(torch.cpu, name) for name in dir(torch.cpu) if not name.startswith("_")})

    def peak_bytes(*_: object) -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def memory_bytes(*_: object) -> tuple[int, int]:
        memory = psutil.virtual_memory()
        return memory.available, memory.total

    def nothing(*_: object, **__: object) -> None:
        return None

    module.__dict__.update(
        empty_cache=nothing,
        ipc_collect=nothing,
        reset_peak_memory_stats=nothing,
        set_device=nothing,
        manual_seed=torch.manual_seed,
        manual_seed_all=torch.manual_seed,
        get_rng_state=lambda *_: torch.get_rng_state(),
        set_rng_state=lambda state, *_: torch.set_rng_state(state),
        memory_allocated=peak_bytes,
        memory_reserved=peak_bytes,
        max_memory_allocated=peak_bytes,
        max_memory_reserved=peak_bytes,
        mem_get_info=memory_bytes,
        get_device_name=lambda *_: "cpu",
    )
    return module


@PlatformRegistry.register(platform=PLATFORM)
class PlatformCPU(PlatformBase):
    """One CPU slot a process; chosen by VERL_PLATFORM=cpu, never detected by itself."""

    _module = _make_device_module()

    @property
    def device_name(self) -> str:
        """Torch's name of the device."""
        return "cpu"

    @property
    def vendor_name(self) -> str:
        """No vendor takes part."""
        return "cpu"

    @property
    def device_module(self) -> ModuleType:
        """The namespace that stands where torch.cuda stands on a GPU."""
        return self._module

    def is_available(self) -> bool:
        """Always true: a CPU is there."""
        return True

    def is_platform_available(self, use_smi_check: bool = False) -> bool:
        """False: a machine with a GPU must never be taken for one without."""
        return False

    def current_device(self) -> torch.device:
        """A device object and not an index: verl hands the value to `.to()`, where an index means CUDA."""
        return torch.device("cpu")

    def device_count(self) -> int:
        """One slot a process."""
        return 1

    def set_device(self, device_index: int) -> None:
        """Nothing to select."""

    def synchronize(self, device_index: int | None = None) -> None:
        """Nothing runs asynchronously."""

    def manual_seed(self, seed: int) -> None:
        """Seed torch's generator."""
        torch.manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        """Seed torch's generator."""
        torch.manual_seed(seed)

    def set_allocator_settings(self, settings: str) -> None:
        """No allocator to set."""

    def empty_cache(self) -> None:
        """No cache to empty."""

    def get_device_capability(self, device_index: int = 0) -> tuple[int | None, int | None]:
        """No compute capability."""
        return None, None

    def communication_backend_name(self) -> str:
        """Gloo, torch's backend for CPUs."""
        return "gloo"

    def visible_devices_envvar(self) -> str:
        """The variable that vLLM's CPU platform names as its device control."""
        return "CPU_VISIBLE_MEMORY_NODES"

    @contextmanager
    def nvtx_range(self, msg: str) -> Iterator[None]:
        """No profiler ranges."""
        yield

    def profiler_start(self) -> None:
        """No profiler."""

    def profiler_stop(self) -> None:
        """No profiler."""

    def ray_resource_name(self) -> str:
        """Ray's GPU resource, declared by number: a logical slot, since Ray schedules what it is told exists."""
        return "GPU"

    def ray_noset_envvars(self) -> list[str]:
        """Nothing for Ray to leave alone."""
        return []

    def is_ipc_supported(self) -> bool:
        """False: weights travel by shared memory."""
        return False

    def cudart(self) -> Any:
        """No CUDA runtime."""
        return None

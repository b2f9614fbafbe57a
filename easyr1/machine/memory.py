"""Memory and cores that processes on this machine may use, a container's limits counted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
SHARED_MEMORY = Path("/dev/shm")


def host_memory_gb() -> float:
    """Memory of this machine, or what its container may use, in 1e9 bytes."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(physical, *_limits()) / 1e9


def available_memory_gb() -> float | None:
    """Memory that nobody uses at present, in 1e9 bytes; None where the system does not say."""
    available = _meminfo("MemAvailable")
    return None if available is None else min(available / 1e9, host_memory_gb())


def swap_gb() -> float:
    """Room on the disk to which memory may be moved, in 1e9 bytes."""
    return (_meminfo("SwapTotal") or 0) / 1e9


def shared_memory_gb() -> float | None:
    """Size of /dev/shm, in 1e9 bytes; None where there is none."""
    return shutil.disk_usage(SHARED_MEMORY).total / 1e9 if SHARED_MEMORY.is_dir() else None


def num_cores() -> float:
    """CPU cores that this process may use; a fraction where a container's quota is one."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    quota, _, period = _read(CGROUP / "cpu.max").partition(" ")
    return min(cores, int(quota) / int(period)) if quota.isdigit() and period.isdigit() else cores


def _limits() -> tuple[int, ...]:
    """Bytes that control groups allow, of version 2 and of version 1; a large number stands for no limit."""
    texts = (_read(CGROUP / "memory.max"), _read(CGROUP / "memory" / "memory.limit_in_bytes"))
    return tuple(int(text) if text.isdigit() else 2**63 for text in texts)


def _meminfo(name: str) -> int | None:
    """A line of /proc/meminfo, in bytes."""
    found = [line for line in _read(Path("/proc/meminfo")).splitlines() if line.startswith(f"{name}:")]
    return int(found[0].split()[1]) * 1024 if found else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""

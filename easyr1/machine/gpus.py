"""NVIDIA GPUs and their driver, asked of `nvidia-smi`."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass

MIN_DRIVER = 580
"""First major version of the driver that runs CUDA 13, for which torch 2.11 and vLLM 0.24 are built."""

MIN_CUDA = 13
TIMEOUT_S = 20


@dataclass(frozen=True)
class Gpu:
    """One GPU.

    Attributes:
        name: As the driver says it, such as `NVIDIA H100 80GB HBM3`.
        memory_gb: All of it, in 1e9 bytes.
    """

    name: str
    memory_gb: float


@dataclass(frozen=True)
class Driver:
    """The driver.

    Attributes:
        version: Such as `580.65.06`.
        cuda: Major version of the newest CUDA that it runs, a compatibility package of NVIDIA's counted; None where
            `nvidia-smi` does not say.
    """

    version: str
    cuda: int | None

    @property
    def runs_cuda_13(self) -> bool:
        """Whether programs built for CUDA 13 run."""
        if self.cuda is not None:
            return self.cuda >= MIN_CUDA
        major = re.match(r"\d+", self.version)
        return bool(major and int(major[0]) >= MIN_DRIVER)


def count_gpus() -> int:
    """Number of NVIDIA GPUs that this process may use; 0 where there is no driver."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    return sum(line.startswith("GPU ") for line in _ask("-L").splitlines())


def list_gpus() -> list[Gpu]:
    """The GPUs of this machine, those that CUDA_VISIBLE_DEVICES hides too; empty where there is no driver."""
    found = []
    for line in _ask("--query-gpu=name,memory.total", "--format=csv,noheader,nounits").splitlines():
        name, _, mebibytes = line.rpartition(",")
        # Some boards share the memory of the host, and the driver says `[N/A]`.
        if mebibytes.strip().isdigit():
            found.append(Gpu(name.strip(), float(mebibytes) * 2**20 / 1e9))
    return found


def gpu_memory_gb() -> float | None:
    """Memory of the smallest GPU, in 1e9 bytes; None where the driver does not say."""
    return min((gpu.memory_gb for gpu in list_gpus()), default=None)


def find_driver() -> Driver | None:
    """The driver; None where `nvidia-smi` is not there or cannot reach one."""
    page = _ask()
    version = re.search(r"Driver Version:\s*([\d.]+)", page)
    cuda = re.search(r"CUDA Version:\s*(\d+)", page)
    return Driver(version[1], int(cuda[1]) if cuda else None) if version else None


def _ask(*arguments: str) -> str:
    """What `nvidia-smi` prints; nothing where it fails."""
    command = ["nvidia-smi", *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""

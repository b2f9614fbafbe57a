"""A `nvidia-smi` that prints what it is told, first on PATH."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SmiOf = Callable[..., Path]

PAGE = """+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI {driver}              Driver Version: {driver}      CUDA Version: {cuda}     |
|-----------------------------------------+------------------------+----------------------+
"""


def write_smi(folder: Path, names: list[tuple[str, str]], driver: str, cuda: str, status: int = 0) -> Path:
    """An executable that answers as `nvidia-smi` does, of GPUs of these names and MiB."""
    folder.mkdir(exist_ok=True)
    listing = "\n".join(f"GPU {i}: {name} (UUID: GPU-{i})" for i, (name, _) in enumerate(names)) or "No devices found."
    table = "\n".join(f"{name}, {memory}" for name, memory in names)
    smi = folder / "nvidia-smi"
    smi.write_text(
        "#!/bin/sh\n"
        f"case \"$1\" in\n-L) cat <<'EOF'\n{listing}\nEOF\n;;\n"
        f"--query-gpu=name,memory.total) cat <<'EOF'\n{table}\nEOF\n;;\n"
        f"*) cat <<'EOF'\n{PAGE.format(driver=driver, cuda=cuda)}EOF\n;;\nesac\nexit {status}\n"
    )
    smi.chmod(0o755)
    return folder


@pytest.fixture
def smi_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmiOf:
    """Put such a program first on PATH."""

    def put(names: list[tuple[str, str]], driver: str = "580.65.06", cuda: str = "13.0", status: int = 0) -> Path:
        folder = write_smi(tmp_path / "bin", names, driver, cuda, status)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return folder

    return put

"""install.sh: what it says before it installs, and how an installation that is not whole ends."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SMI = """#!/bin/sh
[ "$1" = -L ] && echo "GPU 0: NVIDIA H100 (UUID: GPU-1)" && exit
echo "| NVIDIA-SMI {driver}   Driver Version: {driver}   CUDA Version: {cuda}     |"
"""


def install(folder: Path, *, driver: str = "", cuda: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run install.sh in an environment without pip, which ends it early, beside a GPU when a driver is given."""
    venv.create(folder, with_pip=False)
    programs = folder / "bin"
    if driver:
        (programs / "nvidia-smi").write_text(SMI.format(driver=driver, cuda=cuda))
        (programs / "nvidia-smi").chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("EASYR1_", "UV_"))}
    environment |= {"VIRTUAL_ENV": str(folder), "PATH": f"{programs}{os.pathsep}{environment['PATH']}", **variables}
    return subprocess.run(
        ["bash", str(ROOT / "install.sh")], capture_output=True, text=True, timeout=100, env=environment
    )


def test_a_driver_that_is_too_old_ends_it_in_one_line(tmp_path: Path) -> None:
    done = install(tmp_path, driver="550.54.15", cuda="12.4")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: NVIDIA driver 550.54.15 runs CUDA 12.4, and torch 2.11 and vLLM 0.24 need CUDA 13: install driver 580 "
        "or newer, or set EASYR1_DEVICE=cpu"
    ]


@pytest.mark.parametrize(("driver", "cuda"), [("580.65.06", "13.0"), ("550.54.15", "13.0"), ("", "")])
def test_another_driver_does_not(tmp_path: Path, driver: str, cuda: str) -> None:
    """A compatibility package shows a newer CUDA than the driver's own; without a driver nothing is known."""
    done = install(tmp_path, driver=driver, cuda=cuda, EASYR1_DEVICE="gpu")
    assert "installing easyr1[gpu]" in done.stderr and "CUDA" not in done.stderr


def test_what_fails_is_an_error_and_leaves_no_stamp(tmp_path: Path) -> None:
    done = install(tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "error: the installation is not complete; the same command tries again"
    assert not (tmp_path / ".easyr1-installed").exists()


def test_a_device_that_does_not_exist(tmp_path: Path) -> None:
    done = install(tmp_path, EASYR1_DEVICE="tpu")
    assert done.returncode == 1 and "EASYR1_DEVICE is cpu or gpu" in done.stderr


@pytest.mark.engine
def test_a_package_that_cannot_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from easyr1.bridge import check_imports

    (tmp_path / "flash_attn").mkdir()
    (tmp_path / "flash_attn" / "__init__.py").write_text("raise ImportError('undefined symbol: _ZN3c10')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(check_imports, "MODULES", ("json",))
    assert check_imports.failures() == ["flash_attn cannot be imported: ImportError: undefined symbol: _ZN3c10"]

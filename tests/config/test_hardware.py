"""What `auto` stands for."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from easyr1.config import hardware
from easyr1.config.hardware import count_gpus, fill_in, profile_for


@pytest.mark.parametrize(
    ("num_gpus", "profile"), [(0, "cpu"), (1, "1gpu"), (3, "1gpu"), (4, "4gpu"), (8, "8gpu"), (16, "8gpu")]
)
def test_the_largest_profile_that_fits(num_gpus: int, profile: str) -> None:
    assert profile_for(num_gpus) == profile


@pytest.mark.parametrize(
    ("num_gpus", "given", "filled"),
    [
        (0, [], ["hardware=cpu", "vlm=tiny"]),
        (0, ["seed=2"], ["hardware=cpu", "vlm=tiny", "seed=2"]),
        (1, ["vlm=auto"], ["hardware=1gpu", "vlm=qwen2_5_vl_3b"]),
        (8, [], ["hardware=8gpu", "vlm=qwen2_5_vl_7b"]),
        (0, ["seed=2", "hardware=nodes"], ["hardware=nodes", "vlm=qwen2_5_vl_7b", "seed=2"]),
        (8, ["vlm=tiny", "hardware=cpu"], ["hardware=cpu", "vlm=tiny"]),
    ],
)
def test_missing_groups_are_filled_in(
    monkeypatch: pytest.MonkeyPatch, num_gpus: int, given: list[str], filled: list[str]
) -> None:
    monkeypatch.setattr(hardware, "count_gpus", lambda: num_gpus)
    assert fill_in(given) == filled


@pytest.mark.parametrize(("visible", "number"), [("", 0), ("-1", 0), ("0", 1), ("0,2,3", 3)])
def test_hidden_gpus_do_not_count(monkeypatch: pytest.MonkeyPatch, visible: str, number: int) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert count_gpus() == number


@pytest.mark.parametrize(
    ("listing", "number"), [("GPU 0: H100 (UUID: GPU-1)\nGPU 1: H100 (UUID: GPU-2)\n", 2), ("No devices found.\n", 0)]
)
def test_gpus_are_counted_by_the_driver(monkeypatch: pytest.MonkeyPatch, listing: str, number: int) -> None:
    def run(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, stdout=listing)

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(subprocess, "run", run)
    assert count_gpus() == number


def test_no_driver_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise FileNotFoundError("nvidia-smi")

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(subprocess, "run", run)
    assert count_gpus() == 0

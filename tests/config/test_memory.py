"""What has no room in memory is refused, by a line that names what to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from easyr1.config import devices, disk, memory, validate
from easyr1.config.compose import compose_recipe
from easyr1.config.validate import check_config
from tests.config.conftest import findings

OPTIMIZER_STAYS = "actor_rollout_ref.actor.fsdp_config.optimizer_offload=false"


def configure(monkeypatch: pytest.MonkeyPatch, host_gb: float, gpu_gb: float | None) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(devices, "count_gpus", lambda: 8)
    monkeypatch.setattr(memory, "host_memory_gb", lambda: host_gb)
    monkeypatch.setattr(memory, "swap_gb", lambda: 0.0)
    monkeypatch.setattr(memory, "gpu_memory_gb", lambda: gpu_gb)
    monkeypatch.setattr(disk, "free_disk_gb", lambda _: 1e4)
    monkeypatch.setattr(validate, "_prompt", lambda *_: iter(()))


def overrides(hardware: str, vlm: str, model_folder: Path, runs_dir: Path, more: list[str]) -> list[str]:
    given = [f"hardware={hardware}", f"vlm={vlm}", f"runs_dir={runs_dir}", *more]
    return given if vlm == "tiny" else [*given, f"vlm.path={model_folder}"]


@pytest.mark.parametrize(
    ("hardware", "vlm", "more", "host_gb", "gpu_gb", "message"),
    [
        ("cpu", "qwen2_5_vl_7b", [], 25.3, None, "vlm: qwen2_5_vl_7b on hardware=cpu needs 2"),
        (
            "cpu",
            "tiny",
            [],
            4.0,
            None,
            "vlm: tiny on hardware=cpu needs 9 GB of memory, and this machine has 4; choose a",
        ),
        # 16 bytes a weight and 4 of the reference make 76 GB; pinned, with samples and processes, it is more.
        ("1gpu", "qwen2_5_vl_3b", [], 110.0, 85.9, "hardware: 1gpu keeps 1"),
        ("4gpu", "qwen3_vl_8b", [], 200.0, 85.9, "hardware: 4gpu keeps 2"),
        (
            "8gpu",
            "qwen2_5_vl_7b",
            [],
            900.0,
            25.7,
            "hardware: 8gpu keeps 12 GB of qwen2_5_vl_7b on each GPU beside vLLM's",
        ),
        (
            "4gpu",
            "qwen2_5_vl_7b",
            [OPTIMIZER_STAYS],
            900.0,
            40.0,
            "hardware: 4gpu keeps 17 GB of qwen2_5_vl_7b on each",
        ),
        ("8gpu", "qwen2_5_vl_7b", [], 900.0, 34.4, "hardware: 8gpu takes about "),
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
    found = findings(compose_recipe("g0/shisensho", overrides(hardware, vlm, model_folder, tmp_path, more)))
    assert found.startswith(message) and "\n" not in found


@pytest.mark.parametrize(
    ("hardware", "vlm", "more", "host_gb", "gpu_gb"),
    [
        ("cpu", "tiny", [], 12.0, None),
        ("1gpu", "qwen2_5_vl_7b", ["tuning=lora"], 160.0, 85.9),
        ("1gpu", "qwen2_5_vl_3b", [], 160.0, 85.9),
        ("8gpu", "qwen2_5_vl_7b", [], 220.0, 85.9),
        ("8gpu", "qwen2_5_vl_7b", [], 220.0, None),
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
    assert check_config(compose_recipe("g0/shisensho", overrides(hardware, vlm, model_folder, tmp_path, more)))


def test_swap_helps_a_cpu_and_no_gpu(model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, 4.0, 85.9)
    monkeypatch.setattr(memory, "swap_gb", lambda: 400.0)
    assert check_config(compose_recipe("g0/shisensho", overrides("cpu", "tiny", model_folder, tmp_path, [])))
    given = overrides("1gpu", "qwen2_5_vl_3b", model_folder, tmp_path, [])
    assert findings(compose_recipe("g0/shisensho", given)).startswith("hardware: 1gpu keeps ")


def test_of_a_cluster_nothing_is_known(model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configure(monkeypatch, 1.0, 1.0)
    monkeypatch.setenv("RAY_ADDRESS", "node0:6379")
    given = overrides("8gpu", "qwen2_5_vl_7b", model_folder, tmp_path, [])
    assert check_config(compose_recipe("g0/swap", given))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "{} has 200 GB free, and 2 checkpoints of qwen2_5_vl_7b take 232 (116 each); choose another runs_dir"),
        (["trainer.max_actor_ckpt_to_keep=1"], "{} has 200 GB free, and 2 checkpoints of "),
        (["trainer.max_actor_ckpt_to_keep=null"], "{} has 200 GB free, and 10 checkpoints of qwen2_5_vl_7b take 116"),
    ],
)
def test_checkpoints_need_disk(
    more: list[str], message: str, model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, 900.0, 85.9)
    monkeypatch.setattr(disk, "free_disk_gb", lambda _: 200.0)
    given = overrides("8gpu", "qwen2_5_vl_7b", model_folder, tmp_path, more)
    found = findings(compose_recipe("g0/shisensho", given))
    assert found.startswith(f"runs_dir: {message.format(tmp_path)}") and "trainer.max_actor_ckpt_to_keep" in found
    lighter = overrides("8gpu", "qwen2_5_vl_7b", model_folder, tmp_path, ["tuning=lora"])
    assert check_config(compose_recipe("g0/shisensho", lighter))


def test_the_disk_of_a_cluster_is_looked_at_too(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure(monkeypatch, 1.0, 1.0)
    monkeypatch.setattr(disk, "free_disk_gb", lambda _: 200.0)
    monkeypatch.setenv("RAY_ADDRESS", "node0:6379")
    given = overrides("nodes", "qwen2_5_vl_7b", model_folder, tmp_path, [])
    assert findings(compose_recipe("g0/shisensho", given)).startswith("runs_dir: ")

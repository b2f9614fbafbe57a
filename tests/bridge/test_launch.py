"""What the launcher makes of a configuration for verl and for Ray, without starting either."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from easyr1.bridge import launch
from easyr1.bridge.run_folder import RunFolder
from easyr1.config.compose import compose_recipe
from easyr1.config.devices import cpus_per_node

pytestmark = pytest.mark.engine


def config(*overrides: str) -> Any:
    return compose_recipe("g0/shisensho", ["hardware=cpu", "vlm=tiny", "experiment=one", *overrides])


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def ray_settings(given: Any) -> Any:
    return launch._for_verl(given, RunFolder.from_config(given)).ray_kwargs.ray_init


def test_a_run_by_itself_joins_no_cluster_of_others() -> None:
    assert ray_settings(config()).address == "local"


@pytest.mark.parametrize("slots", [1, 2, 8])
def test_ray_has_as_many_slots_and_cpus_as_verl_reserves(slots: int) -> None:
    given = config(f"trainer.n_gpus_per_node={slots}")
    settings = ray_settings(given)
    assert settings.num_gpus == slots
    assert settings.num_cpus == max(os.cpu_count() or 1, cpus_per_node(given)) > 3 * slots


def test_a_run_on_a_cluster_leaves_its_size_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    settings = ray_settings(config("trainer.nnodes=2"))
    assert settings.get("address") is None and settings.get("num_cpus") is None


def test_relative_models_are_found_on_all_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    given = config("vlm.path=model")
    made = launch._for_verl(given, RunFolder.from_config(given))
    assert made.actor_rollout_ref.model.path == str(tmp_path / "model")
    given = config("vlm.path=owner/model")
    assert launch._for_verl(given, RunFolder.from_config(given)).actor_rollout_ref.model.path == "owner/model"


def test_processes_on_a_cluster_have_the_variables_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCCL_DEBUG", "INFO")
    variables = launch._runtime_env(config(), {"WANDB_MODE": "offline"})["env_vars"]
    assert isinstance(variables, dict)
    assert {"NCCL_DEBUG": "INFO", "WANDB_MODE": "offline", "TRANSFER_QUEUE_ENABLE": "1"}.items() <= variables.items()
    # verl's own too.
    assert variables["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "true"

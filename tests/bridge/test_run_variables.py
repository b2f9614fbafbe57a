"""Which variables the processes of a run have, and when wandb stays offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from easyr1.bridge.run_variables import passed_on, variables_of_run, wandb_variables

OFFLINE = {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}


@pytest.fixture(autouse=True)
def without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a user who has logged in nowhere."""
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_SILENT", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    return tmp_path / "netrc"


def test_without_a_key_wandb_is_offline() -> None:
    assert wandb_variables() == OFFLINE


def test_a_key_of_another_service_is_none(without_a_key: Path) -> None:
    without_a_key.write_text("machine example.org login user password secret\n")
    assert wandb_variables() == OFFLINE
    without_a_key.write_text("not a file of keys\n")
    assert wandb_variables() == OFFLINE


def test_the_key_of_this_node_is_that_of_all(without_a_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_a_key.write_text("machine api.wandb.ai login user password secret\n")
    assert wandb_variables() == {"WANDB_API_KEY": "secret"}
    monkeypatch.setenv("WANDB_API_KEY", "another")
    assert wandb_variables() == {"WANDB_API_KEY": "another"}
    monkeypatch.setenv("WANDB_API_KEY", "")
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org:8080")
    assert wandb_variables() == OFFLINE


def test_what_the_user_says_of_wandb_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert wandb_variables() == {}


def test_the_profile_does_not_decide_where_a_run_writes(tmp_path: Path) -> None:
    profile = {"OMP_NUM_THREADS": 1, "WANDB_DIR": "/elsewhere"}
    assert variables_of_run(tmp_path, profile) == {
        "OMP_NUM_THREADS": "1",
        "TENSORBOARD_DIR": str(tmp_path / "tensorboard"),
        "WANDB_DIR": str(tmp_path),
        **OFFLINE,
    }


def test_what_belongs_to_this_node_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"HF_HOME": "/shared", "NCCL_DEBUG": "INFO", "VERL_PLATFORM": "cpu"}
    for name, value in {**given, "RAY_ADDRESS": "node:6379", "CUDA_VISIBLE_DEVICES": "0"}.items():
        monkeypatch.setenv(name, value)
    assert given.items() <= passed_on().items()
    assert not {"RAY_ADDRESS", "CUDA_VISIBLE_DEVICES", "PATH"} & passed_on().keys()

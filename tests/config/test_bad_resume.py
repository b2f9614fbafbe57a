"""Run folders that hold a checkpoint of something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from easyr1.config.validate import check_config
from tests.config.conftest import Refuse


class TestResume:
    """A run's folder holds a checkpoint of something else."""

    @pytest.fixture
    def folder(self, tmp_path: Path, tiny_config: Any) -> Path:
        """The folder of a run that went one step with the default configuration."""

        folder = tmp_path / "runs" / "mine"
        saved = folder / "checkpoints" / "global_step_1" / "actor" / "huggingface"
        saved.mkdir(parents=True)
        (folder / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("1")
        (folder / "config.yaml").write_text(OmegaConf.to_yaml(tiny_config, resolve=True))
        model = Path(str(tiny_config.vlm.path)) / "config.json"
        (saved / "config.json").write_text(model.read_text())
        return folder

    def test_another_model(self, refuse: Refuse, folder: Path) -> None:
        file = folder / "checkpoints" / "global_step_1" / "actor" / "huggingface" / "config.json"
        values = json.loads(file.read_text())
        values.setdefault("text_config", values)["num_hidden_layers"] = 28
        file.write_text(json.dumps(values))
        message = refuse({"experiment": "mine"})
        assert message == (
            f"vlm: the checkpoint in {folder} is of another model (num_hidden_layers 28 there, 3 here); choose another "
            "experiment"
        )

    @pytest.mark.parametrize(
        ("changes", "key"),
        [
            ({"seed": 7}, "seed"),
            ({"game.knobs.spread_moves": 1}, "game.knobs.spread_moves"),
            ({"data.train_batch_size": 64}, "data.train_batch_size"),
        ],
    )
    def test_other_levels(self, refuse: Refuse, folder: Path, changes: dict[str, Any], key: str) -> None:
        message = refuse({"experiment": "mine", **changes})
        assert message.startswith(f"{key}: {changes[key]} given, and the run in {folder} has ")
        assert message.endswith("choose another experiment")

    def test_a_checkpoint_that_is_gone(self, refuse: Refuse, folder: Path) -> None:
        (folder / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("2")
        assert refuse({"experiment": "mine"}).startswith("experiment: ")

    def test_a_path_that_is_none(self, refuse: Refuse) -> None:
        changes = {"trainer.resume_mode": "resume_path", "trainer.resume_from_path": "/nowhere/global_step_3"}
        assert refuse(changes).startswith("trainer.resume_from_path: /nowhere/global_step_3 given; it must be a folder")

    @pytest.mark.engine
    def test_the_same_run_goes_on(self, folder: Path, tiny_config: Any) -> None:

        changes = {"experiment": "mine", "runs_dir": str(folder.parent), "trainer": {"total_training_steps": 99}}
        check_config(OmegaConf.merge(tiny_config, changes))

    @pytest.mark.engine
    def test_starting_anew_asks_nothing_of_the_folder(self, folder: Path, tiny_config: Any) -> None:

        changes = {
            "experiment": "mine",
            "runs_dir": str(folder.parent),
            "seed": 9,
            "trainer": {"resume_mode": "disable"},
        }
        check_config(OmegaConf.merge(tiny_config, changes))

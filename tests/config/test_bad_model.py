"""Folders that hold no model, and prompts that it cannot read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from easyr1.config import model_folder as checks
from easyr1.config.validate import check_config
from tests.config.conftest import Refuse


class TestModel:
    def test_missing(self, refuse: Refuse, tmp_path: Path) -> None:
        assert refuse({"vlm.path": f"{tmp_path}/none"}) == f"vlm.path: there is no folder '{tmp_path}/none'"

    def test_set_by_verls_key(self, refuse: Refuse, tmp_path: Path) -> None:
        message = refuse({"actor_rollout_ref.model.path": f"{tmp_path}/none"})
        assert message == f"actor_rollout_ref.model.path: there is no folder '{tmp_path}/none'"

    def test_not_to_be_had_from_the_hub(self, refuse: Refuse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        assert refuse({"vlm.path": "Qwen/None"}) == (
            "vlm.path: there is no folder 'Qwen/None', and as a model of the hub it cannot be had: "
            "HF_HUB_OFFLINE is set"
        )

    def test_in_the_hubs_cache_is_left_to_the_hub(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_config: Any
    ) -> None:
        (tmp_path / "models--Qwen--Some" / "snapshots").mkdir(parents=True)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        assert checks._cached("Qwen/Some") and not checks._cached("Qwen/Other")

    def test_an_endpoint_that_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9/")
        assert str(checks._unreachable("Qwen/None")).startswith("http://127.0.0.1:9: ")

    @pytest.mark.parametrize(
        ("file", "missing"),
        [
            ("preprocessor_config.json", "processor (preprocessor_config.json)"),
            ("model.safetensors", "weights (model.safetensors)"),
            ("tokenizer.json", "tokenizer (tokenizer.json)"),
            ("config.json", "config (config.json)"),
        ],
    )
    def test_incomplete(self, refuse: Refuse, model_folder: Path, file: str, missing: str) -> None:
        (model_folder / file).unlink()
        assert refuse({"vlm.path": str(model_folder)}) == f"vlm.path: {model_folder} has no {missing}"

    def test_a_shard_is_missing(self, refuse: Refuse, model_folder: Path) -> None:
        (model_folder / "model.safetensors").unlink()
        index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
        (model_folder / "model.safetensors.index.json").write_text(json.dumps(index))
        (model_folder / "model-1.safetensors").touch()
        message = refuse({"vlm.path": str(model_folder)})
        assert message == f"vlm.path: {model_folder} lacks 1 of its 2 weight files, model-2.safetensors first"

    def test_without_eyes(self, refuse: Refuse, model_folder: Path) -> None:
        (model_folder / "config.json").write_text('{"model_type": "qwen2"}')
        message = refuse({"vlm.path": str(model_folder)})
        assert message == f"vlm.path: {model_folder} holds a qwen2 that sees no images (no vision_config)"

    def test_a_damaged_config(self, refuse: Refuse, model_folder: Path) -> None:
        (model_folder / "config.json").write_text('{"model_type": ')
        message = refuse({"vlm.path": str(model_folder)})
        assert message == f"vlm.path: {model_folder}/config.json cannot be read as JSON"

    def test_too_few_positions(self, refuse: Refuse, model_folder: Path) -> None:
        changes = {"data.max_prompt_length": 1000, "data.max_response_length": 200_000}
        assert refuse({"vlm.path": str(model_folder), **changes}) == (
            "data.max_response_length: 200000 given; with data.max_prompt_length that is 201000 tokens, and the model "
            f"in {model_folder} has 128000 positions"
        )


@pytest.mark.engine
class TestPrompt:
    """These load the tiny model's processor."""

    def test_the_default_is_accepted(self, tiny_config: Any) -> None:

        assert check_config(tiny_config).vlm.name == "tiny"

    def test_cannot_hold_its_image(self, refuse: Refuse) -> None:
        changes = {"game.knobs.tile_px": 56, "data.max_prompt_length": 64}
        message = refuse(changes)
        assert message.startswith("data.max_prompt_length: 64 given; the prompt has ")
        assert message.endswith("tokens, 32 of them for the image of 112 x 224 px") and "\n" not in message

    def test_cannot_hold_its_window(self, refuse: Refuse) -> None:
        board = {"game.knobs.rows": 4, "game.knobs.columns": 4, "game.knobs.num_faces": 4}
        changes = {"max_turns": 4, "window": 4, "data.max_prompt_length": 120, "data.max_response_length": 256}
        message = refuse({**board, **changes})
        assert message.startswith("data.max_prompt_length: 120 given; a context of ")
        assert "turns (window=4) has " in message

    def test_a_window_of_all_turns_drops_what_does_not_fit(self, tiny_config: Any) -> None:

        changes = {"max_turns": 4, "window": None, "data": {"max_prompt_length": 90}}
        check_config(OmegaConf.merge(tiny_config, changes))

    def test_no_room_for_a_right_reply(self, refuse: Refuse) -> None:
        message = refuse({"data.max_response_length": 10})
        assert message.startswith("data.max_response_length: 10 given; a right reply has ")

    def test_a_damaged_processor(self, refuse: Refuse, model_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        message = refuse({"vlm.path": str(model_folder)})
        assert message.startswith(f"vlm.path: cannot load a processor from {model_folder}: ") and "\n" not in message
        assert capfd.readouterr() == ("", "")

    def test_other_vision_tokens(self, refuse: Refuse) -> None:
        message = refuse({"vlm.cell_px": 56, "game.knobs.tile_px": 56})
        assert message.startswith(
            "vlm.cell_px: 56 given, but the model's processor turns the image of 112 x 224 px into 32"
        )

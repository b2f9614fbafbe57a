"""Sizes of models, against the models themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from easyr1.config.paths import package_path, recipes_folder
from easyr1.estimate.plan import model_shape
from easyr1.estimate.shapes import PUBLISHED, Shape, nearest_shape

VLM = recipes_folder() / "vlm"


@pytest.mark.engine
@pytest.mark.parametrize("name", PUBLISHED)
def test_every_matrix_is_counted(name: str) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = PUBLISHED[name]
    is_qwen3 = "Qwen3" in name
    prefix = "Qwen3VL" if is_qwen3 else "Qwen2_5_VL"
    text = {key: value for key, value in config.items() if key != "vision_config"}
    vision = {**config["vision_config"], "num_heads": 16}
    settings = getattr(transformers, f"{prefix}Config")(
        text_config=text, vision_config=vision, tie_word_embeddings=config["tie_word_embeddings"]
    )
    with torch.device("meta"):
        model = getattr(transformers, f"{prefix}ForConditionalGeneration")(settings)
    shape = Shape.of(config)
    assert shape is not None
    assert shape.weights == sum(weight.numel() for weight in model.parameters() if weight.dim() > 1)
    assert shape.weights == pytest.approx(sum(weight.numel() for weight in model.parameters()), rel=1e-3)


@pytest.mark.parametrize(
    "file", [file for file in VLM.glob("*.yaml") if file.stem != "tiny"], ids=lambda file: file.stem
)
def test_the_recipes_name_the_number_of_weights_of_their_model(file: Path) -> None:
    vlm = yaml.safe_load(file.read_text(encoding="utf-8"))["vlm"]
    shape = Shape.of(PUBLISHED[vlm["path"]])
    assert shape is not None and shape.weights / 1e9 == pytest.approx(vlm["billion_weights"], rel=0.015)


def test_a_model_on_this_machine_is_read_from_its_files() -> None:
    folder = package_path("easyr1/tiny/checkpoint")
    shape = model_shape(folder)
    assert shape is not None and shape == Shape.of(json.loads(Path(folder, "config.json").read_text()))
    assert shape.weights / 1e9 == pytest.approx(0.0012, rel=0.05)
    assert model_shape("nobody/nothing") is None


def test_a_file_of_another_kind_is_no_model(tmp_path: Path) -> None:
    assert Shape.of({}) is None and Shape.of({"hidden_size": "wide", "vision_config": {}}) is None
    (tmp_path / "config.json").write_text("no JSON")
    assert model_shape(str(tmp_path)) is None


def test_the_adapters_of_lora_are_two_percent_of_7b() -> None:
    shape = Shape.of(PUBLISHED["Qwen/Qwen2.5-VL-7B-Instruct"])
    assert shape is not None
    assert shape.adapter_weights(64) / shape.weights == pytest.approx(0.02, abs=0.002)
    assert shape.adapter_weights(32) * 2 == shape.adapter_weights(64)
    assert nearest_shape(7.9) == shape

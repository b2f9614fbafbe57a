"""The merged model is W + scale * B A under the names of the plain model, whoever asks for it."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("verl")

import torch

from easyr1.tiny import CHECKPOINT_FOLDER

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

RANK, ALPHA = 4, 12
EXCLUDED = ".*visual.*"


@pytest.fixture(scope="module")
def start() -> dict[str, torch.Tensor]:
    """The tiny model's weights."""
    from transformers import AutoModelForImageTextToText

    model: Any = AutoModelForImageTextToText.from_pretrained(CHECKPOINT_FOLDER)
    return {name: weight.clone() for name, weight in model.state_dict().items()}


@pytest.fixture
def adapted() -> Any:
    """The tiny model with an adapter as a recipe asks for one, after some training."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    model: Any = AutoModelForImageTextToText.from_pretrained(CHECKPOINT_FOLDER)
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", exclude_modules=EXCLUDED)
    adapted = get_peft_model(model, config)
    torch.manual_seed(0)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return adapted


def test_it_is_what_peft_makes(adapted: Any, start: dict[str, torch.Tensor]) -> None:
    from easyr1.bridge.lora import merged_module

    before = {name: weight.clone() for name, weight in adapted.state_dict().items()}
    merged = {name: weight.clone() for name, weight in merged_module(adapted, lambda weight: weight)}
    assert all(torch.equal(weight, before[name]) for name, weight in adapted.state_dict().items())
    expected = adapted.merge_and_unload().state_dict()
    assert merged.keys() == expected.keys() == start.keys()
    assert all(torch.allclose(merged[name], expected[name], atol=1e-6) for name in merged)
    changed = {name for name in merged if not torch.equal(merged[name], start[name])}
    assert changed == {name for name in start if "visual" not in name and name.endswith("_proj.weight")}


def test_the_next_generation_of_the_model_merges_too() -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    from easyr1.bridge.lora import merged_module

    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8}
    text = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, **heads}
    vision = {"depth": 2, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": 16}
    vision |= {"deepstack_visual_indexes": [0, 1]}
    model = Qwen3VLForConditionalGeneration(Qwen3VLConfig(text_config=text, vision_config=vision))
    names = set(model.state_dict())
    adapted = get_peft_model(model, LoraConfig(r=RANK, target_modules="all-linear", exclude_modules=EXCLUDED))
    layers = {name.partition(".lora_A")[0] for name, _ in adapted.named_parameters() if "lora_A" in name}
    assert len(layers) == 7 * 2 and all("language_model.layers" in layer for layer in layers)
    merged = dict(merged_module(adapted, lambda weight: weight))
    assert merged.keys() == names == set(adapted.merge_and_unload().state_dict())


def test_shards_merge_with_the_scale_of_the_run(adapted: Any, start: dict[str, torch.Tensor], tmp_path: Path) -> None:
    from easyr1.bridge.shard_merger import FACTS, merge_adapter

    (tmp_path / FACTS).write_text(json.dumps({"r": RANK, "lora_alpha": ALPHA, "task_type": "CAUSAL_LM"}))
    weights = {name: weight.bfloat16() for name, weight in adapted.state_dict().items()}
    merge_adapter(SimpleNamespace(config=SimpleNamespace(local_dir=tmp_path)), weights)
    expected = adapted.merge_and_unload().state_dict()
    assert weights.keys() == expected.keys()
    assert all(weight.dtype == torch.bfloat16 for weight in weights.values())
    for name, weight in weights.items():
        assert torch.allclose(weight.float(), expected[name], rtol=2**-6, atol=2e-3), name


def test_a_model_without_an_adapter_is_left_alone(start: dict[str, torch.Tensor]) -> None:
    from easyr1.bridge.shard_merger import merge_adapter

    weights = dict(start)
    merge_adapter(None, weights)
    assert weights == start


def test_another_kind_of_adapter_is_not_lost_in_silence() -> None:
    from easyr1.bridge.lora import merged_weights

    weights = {"base_model.model.e.lora_embedding_A.default": torch.zeros(2, 2)}
    with pytest.raises(ValueError, match=r"lora_embedding_A\.default is no LoRA of a linear"):
        list(merged_weights(weights, lambda _: 1.0))


def test_verl_still_asks_where_we_answer() -> None:
    from verl.model_merger.base_model_merger import BaseModelMerger
    from verl.utils.checkpoint.fsdp_checkpoint_manager import FSDPCheckpointManager
    from verl.workers.engine.fsdp.transformer_impl import FSDPEngine

    import easyr1.bridge.engine_hooks  # noqa: F401

    assert "_merged_lora_per_tensor_param()" in inspect.getsource(FSDPEngine.get_per_tensor_param)
    assert FSDPEngine._merged_lora_per_tensor_param.__module__ == "easyr1.bridge.lora"
    saved = inspect.getsource(FSDPCheckpointManager.save_checkpoint)
    assert "state_dict = get_fsdp_full_state_dict(self.model" in saved
    assert "self.save_lora_adapter(state_dict)" in inspect.getsource(BaseModelMerger.save_hf_model_and_tokenizer)

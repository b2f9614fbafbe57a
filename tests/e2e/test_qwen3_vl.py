"""Qwen3-VL in the engine: a small model of its architecture, with random weights, plays and is trained."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.e2e.runs import Run

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

CELL_PX = 32


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a Qwen3-VL of half a million weights and its processor."""
    import torch

    from easyr1.tiny import CHECKPOINT_FOLDER  # before transformers: it makes every torchvision importable

    transformers = importlib.import_module("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(CHECKPOINT_FOLDER)
    ids = {name: tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in ("image_pad", "video_pad", "im_end")}
    text = {
        **{"vocab_size": len(tokenizer), "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 3},
        **{"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "max_position_embeddings": 4096},
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [6, 5, 5]},
        **{"tie_word_embeddings": True, "eos_token_id": ids["im_end"], "dtype": "float32"},
    }
    vision = {
        **{"depth": 3, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 64},
        **{"patch_size": CELL_PX // 2, "spatial_merge_size": 2, "temporal_patch_size": 2},
        **{"num_position_embeddings": 256, "deepstack_visual_indexes": [0, 1], "dtype": "float32"},
    }
    config = transformers.Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids["image_pad"],
        video_token_id=ids["video_pad"],
        vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_start|>"),
        vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_end|>"),
        tie_word_embeddings=True,
        dtype="float32",
    )
    torch.manual_seed(0)
    network = transformers.Qwen3VLForConditionalGeneration(config)
    network.generation_config.eos_token_id = ids["im_end"]
    grid = {"patch_size": CELL_PX // 2, "merge_size": 2, "temporal_patch_size": 2}
    sizes = {"shortest_edge": CELL_PX**2, "longest_edge": 1024 * CELL_PX**2}
    processor = transformers.Qwen3VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(
            size=sizes, image_mean=[0.5] * 3, image_std=[0.5] * 3, **grid
        ),
        tokenizer=tokenizer,
        video_processor=transformers.Qwen3VLVideoProcessor(size=sizes, **grid),
        chat_template=tokenizer.chat_template,
    )
    folder = tmp_path / "model"
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def test_it_plays_and_is_trained(model: Path, tmp_path: Path) -> None:
    run = Run(
        tmp_path / "runs" / "qwen3",
        (
            f"vlm.path={model}",
            f"vlm.cell_px={CELL_PX}",
            "trainer.total_training_steps=2",
            "data.max_response_length=48",
        ),
    )
    output = run.start().finish()
    assert "done: 2 steps" in output
    rows = run.metrics.read()
    assert len(rows) == 2 and all(row["logprob/abs_diff"] < 0.01 for row in rows)
    assert {record.level["knobs"]["tile_px"] for record in run.history.read(1)} == {CELL_PX}

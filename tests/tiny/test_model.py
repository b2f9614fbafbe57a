"""Architecture, size and image grid of the tiny model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from easyr1.tiny.model import CELL_PX, count_parameters, make_model, save_folder
from easyr1.tiny.sequences import IGNORED, append_replies, encode_prompts, tokenize_reply
from games.core.chat import ChatEnv

# transformers builds arrays from torch tensors in a way that numpy 2 warns of.
pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]


def noise(rows: int, columns: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    size = (rows * CELL_PX, columns * CELL_PX, 3)
    return np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)


def test_at_most_three_million_parameters(tokenizer: Any) -> None:
    assert count_parameters(make_model(tokenizer, 0)) <= 3_000_000


def test_the_seed_fixes_the_weights(tokenizer: Any) -> None:
    def first(seed: int) -> torch.Tensor:
        return make_model(tokenizer, seed).get_input_embeddings().weight

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (3, 4), (4, 4), (16, 16)])
def test_one_vision_token_a_cell_and_no_resizing(processor: Any, rows: int, columns: int) -> None:
    batch = encode_prompts(processor, "Look.", [noise(rows, columns)])
    assert batch["image_grid_thw"].tolist() == [[1, 2 * rows, 2 * columns]]
    image_id = processor.tokenizer.convert_tokens_to_ids("<|image_pad|>")
    assert int((batch["input_ids"] == image_id).sum()) == rows * columns


def test_pixels_arrive_unblurred(processor: Any) -> None:
    image = noise(2, 2)
    patches = encode_prompts(processor, "Look.", [image])["pixel_values"]
    tools = processor.image_processor
    corner = torch.from_numpy(image[:14, :14]).permute(2, 0, 1).float() / 255
    mean, std = (torch.tensor(values)[:, None, None] for values in (tools.image_mean, tools.image_std))
    assert torch.allclose(patches[0].view(3, 2, 14, 14)[:, 0], (corner - mean) / std, atol=1e-5)


def test_the_board_takes_one_token_a_cell(processor: Any, env: ChatEnv) -> None:
    batch = encode_prompts(processor, env.prompt, [env.observe(env.open(0)).image])
    assert batch["image_grid_thw"].prod().item() == 4 * env.game.rows * env.game.columns
    assert batch["input_ids"].shape[1] <= 350


def test_labels_are_the_reply_and_nothing_else(processor: Any, env: ChatEnv) -> None:
    tokenizer = processor.tokenizer
    replies = [
        tokenize_reply(tokenizer, text) for text in ("<think>red</think>", "<answer>(0,0) (0,1)</answer> and more")
    ]
    images = [env.observe(env.open(seed)).image for seed in (0, 1)]
    batch = append_replies(encode_prompts(processor, env.prompt, images), replies, tokenizer.pad_token_id)
    for reply, labels, present in zip(replies, batch["labels"], batch["attention_mask"], strict=True):
        assert labels[labels != IGNORED].tolist() == reply
        assert int((present == 0).sum()) == max(map(len, replies)) - len(reply)


def test_the_folder_loads_again(tokenizer: Any, processor: Any, env: ChatEnv, tmp_path: Path) -> None:
    model = make_model(tokenizer, 0).eval()
    save_folder(model, processor, tmp_path)
    batch = encode_prompts(AutoProcessor.from_pretrained(tmp_path), env.prompt, [env.observe(env.open(0)).image])
    loaded = AutoModelForImageTextToText.from_pretrained(tmp_path).eval()
    assert loaded.dtype == torch.float32
    assert loaded.config.architectures == ["Qwen2_5_VLForConditionalGeneration"]
    with torch.no_grad():
        assert torch.equal(loaded(**batch).logits, model(**batch).logits)

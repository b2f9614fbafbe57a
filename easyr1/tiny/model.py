"""A Qwen2.5-VL of about a million parameters, with its processor, in a folder that every loader understands.

Legend: one merged vision token covers a cell of CELL_PX x CELL_PX pixels.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
)

PATCH_PX = 14
MERGE_PATCHES = 2
CELL_PX = PATCH_PX * MERGE_PATCHES
MAX_IMAGE_CELLS = 1024
MAX_POSITIONS = 4096


def make_config(tokenizer: PreTrainedTokenizerFast) -> Qwen2_5_VLConfig:
    """The architecture of Qwen2.5-VL, small: text 128 wide and 3 layers deep, vision 64 wide and 2 layers deep."""

    def id_of(token: str) -> int:
        return int(tokenizer.convert_tokens_to_ids(token))

    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "max_position_embeddings": MAX_POSITIONS,
        "max_window_layers": 3,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 6, 6]},
        "bos_token_id": id_of("<|endoftext|>"),
        "eos_token_id": id_of("<|im_end|>"),
        "pad_token_id": id_of("<|endoftext|>"),
        "tie_word_embeddings": True,
        "dtype": "float32",
    }
    vision = {
        "depth": 2,
        "hidden_size": 64,
        "intermediate_size": 192,
        "num_heads": 2,
        "out_hidden_size": text["hidden_size"],
        "patch_size": PATCH_PX,
        "spatial_merge_size": MERGE_PATCHES,
        "temporal_patch_size": 2,
        "window_size": 4 * CELL_PX,
        "fullatt_block_indexes": [1],
        "dtype": "float32",
    }
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=id_of("<|image_pad|>"),
        video_token_id=id_of("<|video_pad|>"),
        vision_start_token_id=id_of("<|vision_start|>"),
        vision_end_token_id=id_of("<|vision_end|>"),
        tie_word_embeddings=True,
        architectures=["Qwen2_5_VLForConditionalGeneration"],
        dtype="float32",
    )


def make_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> Qwen2_5_VLForConditionalGeneration:
    """A model with random weights in float32; the same seed gives the same weights."""
    torch.manual_seed(seed)
    config = make_config(tokenizer)
    model = Qwen2_5_VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = config.text_config.eos_token_id
    model.generation_config.pad_token_id = config.text_config.pad_token_id
    model.generation_config.do_sample = True
    model.generation_config.temperature = 1.0
    return model


def make_processor(tokenizer: PreTrainedTokenizerFast) -> Qwen2_5_VLProcessor:
    """A processor that leaves every image alone whose sides are multiples of CELL_PX, from one cell up."""
    from transformers import Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    sizes = {"min_pixels": CELL_PX**2, "max_pixels": MAX_IMAGE_CELLS * CELL_PX**2}
    grid = {"patch_size": PATCH_PX, "merge_size": MERGE_PATCHES, "temporal_patch_size": 2}
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(**sizes, **grid),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(**sizes, **grid),
        chat_template=tokenizer.chat_template,
    )


def count_parameters(model: torch.nn.Module) -> int:
    """Number of weights, each shared one counted once."""
    return sum(weight.numel() for weight in model.parameters())


def save_folder(model: Qwen2_5_VLForConditionalGeneration, processor: Qwen2_5_VLProcessor, folder: Path) -> None:
    """Write weights (safetensors), configuration, tokenizer, chat template and processor into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)

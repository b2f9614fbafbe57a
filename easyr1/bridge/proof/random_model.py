"""Stage b: a Qwen2.5-VL with random weights, and that transformers, verl and vLLM open it.

The full size has the layers of Qwen2.5-VL-7B, fewer and narrower, and its vocabulary; tokenizer and processor are the
tiny checkpoint's, which knows fewer tokens than the model has.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from easyr1.bridge.proof.figures import Record
from easyr1.bridge.proof.plan import Plan
from easyr1.tiny import CHECKPOINT_FOLDER

TEXT = {
    True: {
        "vocab_size": 2048,
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]},
    },
    False: {
        "vocab_size": 152064,
        "hidden_size": 2048,
        "intermediate_size": 4096,
        "num_hidden_layers": 8,
        "num_attention_heads": 16,
        "num_key_value_heads": 4,
        "max_position_embeddings": 32768,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]},
    },
}
VISION = {
    True: {"depth": 2, "hidden_size": 64, "intermediate_size": 192, "num_heads": 2, "fullatt_block_indexes": [1]},
    False: {
        "depth": 8,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "fullatt_block_indexes": [3, 7],
    },
}
"""Sizes in small or not."""
NEVER_SAID = ("<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>")
"""Tokens that stand for pictures, or open a message; verl lets vLLM never sample those of pictures."""


def run(plan: Plan, record: Record) -> None:
    """Run the stage."""
    start = time.monotonic()
    num_weights = make_model(plan)
    record.figure("weights", num_weights / 1e9, "billion")
    record.figure("time to make it", time.monotonic() - start, "s")
    size = sum(path.stat().st_size for path in plan.model.iterdir()) / 1e9
    record.figure("folder", size, "GB")
    missing, unexpected = _open_with_transformers(plan.model)
    record.figure("weights that transformers misses", missing, high=0)
    record.figure("weights that transformers does not know", unexpected, high=0)
    vocabulary, tokens, end = _open_with_verl(plan.model)
    record.figure("tokens of the model, verl", vocabulary, low=TEXT[plan.is_small]["vocab_size"])
    record.figure("tokens of the tokenizer, verl", tokens, high=vocabulary)
    record.figure("end of a reply, verl", end)
    record.figure("tokens of the model, vLLM", _open_with_vllm(plan), low=vocabulary, high=vocabulary)


def make_model(plan: Plan, seed: int = 0) -> int:
    """Write the model's folder, and return its number of weights.

    Args:
        plan: Says where, and how large.
        seed: The same on the same device gives the same weights.
    """
    from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration

    processor = AutoProcessor.from_pretrained(CHECKPOINT_FOLDER)
    config = make_config(plan.is_small, processor.tokenizer)
    torch.manual_seed(seed)
    with torch.device(plan.device):
        model = Qwen2_5_VLForConditionalGeneration._from_config(config, dtype=config.dtype)
    silence(model, sorted(set(range(config.text_config.vocab_size)) - set(sayable(processor.tokenizer))))
    ids = config.text_config
    model.generation_config.update(eos_token_id=ids.eos_token_id, pad_token_id=ids.pad_token_id, do_sample=True)
    model.save_pretrained(plan.model)
    processor.save_pretrained(plan.model)
    return sum(weight.numel() for weight in model.parameters())


def make_config(is_small: bool, tokenizer: Any) -> Any:
    """The architecture, with the token ids of `tokenizer`."""
    from transformers import Qwen2_5_VLConfig

    def id_of(token: str) -> int:
        return int(tokenizer.convert_tokens_to_ids(token))

    dtype = "float32" if is_small else "bfloat16"
    text = {
        **TEXT[is_small],
        "max_window_layers": TEXT[is_small]["num_hidden_layers"],
        "bos_token_id": id_of("<|endoftext|>"),
        "eos_token_id": id_of("<|im_end|>"),
        "pad_token_id": id_of("<|endoftext|>"),
        "tie_word_embeddings": False,
        "dtype": dtype,
    }
    vision = {
        **VISION[is_small],
        "out_hidden_size": text["hidden_size"],
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "window_size": 112,
        "dtype": dtype,
    }
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=id_of("<|image_pad|>"),
        video_token_id=id_of("<|video_pad|>"),
        vision_start_token_id=id_of("<|vision_start|>"),
        vision_end_token_id=id_of("<|vision_end|>"),
        tie_word_embeddings=False,
        architectures=["Qwen2_5_VLForConditionalGeneration"],
        dtype=dtype,
    )


def sayable(tokenizer: Any) -> list[int]:
    """The tokens that a reply may have.

    Not those of pictures, nor those that the model has beyond its tokenizer: verl lets vLLM sample neither, while its
    actor counts them. With a trained model that makes no difference; with random weights the latter would be most of
    the probability.
    """
    never = set(tokenizer.convert_tokens_to_ids(list(NEVER_SAID)))
    return [token for token in range(len(tokenizer)) if token not in never]


@torch.no_grad()
def silence(model: Any, ids: list[int]) -> None:
    """Let a model with random weights never say some tokens, whatever it is shown.

    The first value of the hidden state is the same for all tokens and pictures and no layer changes it; the head
    counts it against those tokens and for no other.
    """
    language, head = model.model.language_model, model.lm_head.weight
    language.embed_tokens.weight[:, 0] = 1.0
    last = model.model.visual.merger.mlp[-1]
    last.weight[0], last.bias[0] = 0.0, 1.0
    for layer in language.layers:
        layer.self_attn.o_proj.weight[0] = 0.0
        layer.mlp.down_proj.weight[0] = 0.0
    head[:, 0] = 0.0
    head[ids] = 0.0
    head[ids, 0] = -100.0


def _open_with_transformers(folder: Path) -> tuple[int, int]:
    """Numbers of weights that are missing, and that are too many."""
    from transformers import AutoModelForImageTextToText

    _, found = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True, dtype="auto")
    return len(found["missing_keys"]), len(found["unexpected_keys"])


def _open_with_verl(folder: Path) -> tuple[int, int, str]:
    """Tokens of the model and of the tokenizer, and the token that ends a reply."""
    from verl.workers.config import HFModelConfig

    config = HFModelConfig(path=str(folder))
    return config.hf_config.get_text_config().vocab_size, len(config.tokenizer), config.tokenizer.eos_token


def _open_with_vllm(plan: Plan) -> int:
    """Tokens of the model as vLLM reads it. That it plays the model is shown by stage d."""
    from vllm.engine.arg_utils import EngineArgs

    config = EngineArgs(model=str(plan.model), dtype="float32" if plan.is_small else "bfloat16").create_model_config()
    assert config.is_multimodal_model, "vLLM takes it for a model without pictures"
    return int(config.get_vocab_size())

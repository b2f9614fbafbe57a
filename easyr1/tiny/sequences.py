"""Prompts, images and replies as tensors.

Legend: B sequences of a batch, P prompt tokens, R reply tokens with the end mark (padded on the right), N patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import Qwen2_5_VLProcessor

from easyr1.tiny.tokenizer import END_OF_MESSAGE

IGNORED = -100

Batch = dict[str, torch.Tensor]


def render_prompt(processor: Qwen2_5_VLProcessor, prompt: str) -> str:
    """The chat text of one user message, the image before `prompt`, up to where the reply begins."""
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": prompt}]}]
    return str(processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))


def encode_prompts(processor: Qwen2_5_VLProcessor, prompt: str, images: Sequence[NDArray[np.uint8]]) -> Batch:
    """Tensors of the same prompt for B images of one size.

    Returns:
        input_ids, attention_mask, mm_token_type_ids (B, P), pixel_values (N, patch values), image_grid_thw (B, 3).
    """
    text = render_prompt(processor, prompt)
    pictures = [Image.fromarray(image) for image in images]
    return dict(processor(text=[text] * len(pictures), images=pictures, return_tensors="pt"))


def append_replies(batch: Batch, replies: Sequence[Sequence[int]], pad_id: int) -> Batch:
    """Lengthen B encoded prompts by their replies; `labels` (B, P + R) hold the reply's tokens only."""
    longest = max(map(len, replies))
    padded = torch.tensor([[*reply, *[pad_id] * (longest - len(reply))] for reply in replies])
    present = torch.tensor([[1] * len(reply) + [0] * (longest - len(reply)) for reply in replies])
    prompt_ids = batch["input_ids"]
    return {
        **batch,
        "input_ids": torch.cat([prompt_ids, padded], dim=1),
        "attention_mask": torch.cat([batch["attention_mask"], present], dim=1),
        "mm_token_type_ids": torch.cat([batch["mm_token_type_ids"], torch.zeros_like(padded)], dim=1),
        "labels": torch.cat([torch.full_like(prompt_ids, IGNORED), padded.where(present == 1, IGNORED)], dim=1),
    }


def tokenize_reply(tokenizer: Any, reply: str) -> list[int]:
    """Token ids of a reply and the end mark after it."""
    return [*tokenizer(reply, add_special_tokens=False).input_ids, tokenizer.convert_tokens_to_ids(END_OF_MESSAGE)]

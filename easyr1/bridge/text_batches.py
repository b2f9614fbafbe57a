"""Forward passes of Qwen2-VL and Qwen2.5-VL over a micro-batch without a picture.

The vision part must take part in every pass: under FSDP all processes gather its weights together. verl 0.9.1 sends it
an empty picture and adds nothing times the result, but takes the result for a tensor, which it no longer is in
transformers 5. Rows of padding, which verl adds to make mini-batches even, have no pictures, so runs of several turns
meet such passes.
"""

from __future__ import annotations

from typing import Any

import torch
from verl.models.transformers import qwen2_vl
from verl.utils.transformers_compat import unpack_visual_output

_theirs = qwen2_vl._get_input_embeds

SIDE = 4
"""Patches a side of the empty picture: whole windows and whole merged tokens for every model of the family."""


def input_embeds(
    model: Any,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
    pixel_values: torch.Tensor | None = None,
    pixel_values_videos: torch.Tensor | None = None,
    image_grid_thw: torch.Tensor | None = None,
    video_grid_thw: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Stands for verl's function of the same arguments: embeddings of tokens and pictures, and the mask."""
    if pixel_values is not None or pixel_values_videos is not None:
        return _theirs(
            model, input_ids, attention_mask, pixel_values, pixel_values_videos, image_grid_thw, video_grid_thw
        )
    embeds = model.get_input_embeddings()(input_ids)
    shape = model.config.vision_config
    width = shape.in_channels * shape.temporal_patch_size * shape.patch_size**2
    empty = torch.zeros((SIDE * SIDE, width), dtype=model.visual.dtype, device=embeds.device)
    grid = torch.tensor([[1, SIDE, SIDE]], dtype=torch.long, device=embeds.device)
    seen, _ = unpack_visual_output(model.visual(empty, grid_thw=grid))
    mask = attention_mask if attention_mask is None else attention_mask.to(embeds.device)
    return embeds + 0.0 * seen.mean().to(embeds.dtype), mask


def install() -> None:
    """Put `input_embeds` in the place of verl's."""
    qwen2_vl._get_input_embeds = input_embeds

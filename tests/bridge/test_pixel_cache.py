"""Pixels processed once a picture equal what verl's own path makes of every sample."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from easyr1.config.paths import package_path
from easyr1.config.prompt_size import load_processor
from easyr1.rollout.environment import open_level
from games import Level

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries
KNOBS = {"rows": 2, "columns": 4, "num_faces": 2, "copies": 4, "colours": 2, "shapes": 2, "tile_px": 28}


def test_cache_equals_processor() -> None:
    from easyr1.bridge.agent_loop_worker import PixelCache

    processor = load_processor(package_path("easyr1/tiny/checkpoint"))
    images = [open_level(Level("games/ShisenSho-v0", KNOBS, seed)).frame.image() for seed in (1, 2, 1)]
    cache = PixelCache(processor.image_processor, size=2)
    # verl hands the processor the decoded text without placeholders and keeps all but the text's tokens.
    upstream = processor(text=["(0,0) red circle"], images=images, return_tensors="pt")
    for _ in range(2):
        ours = cache.inputs(images)
        assert torch.equal(ours["pixel_values"], upstream["pixel_values"])
        assert torch.equal(ours["image_grid_thw"], upstream["image_grid_thw"])
        assert ours["images_seqlens"].tolist() == [2 * 4 * 4] * 3

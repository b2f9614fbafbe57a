"""Pixel values made of bytes equal what the processors of the model families make of the pictures themselves."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from PIL import Image

from easyr1.config.paths import package_path
from easyr1.config.prompt_size import load_processor
from easyr1.rollout.environment import open_level
from games import Level

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries
KNOBS = {"rows": 2, "columns": 4, "num_faces": 2, "copies": 4, "colours": 2, "shapes": 2, "tile_px": 28}
QWEN2_5 = {"patch_size": 14, "merge_size": 2, "temporal_patch_size": 2}
QWEN3 = {"patch_size": 16, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "merge_size": 2, "temporal_patch_size": 2}
SIZES = ((840, 640), (672, 672), (56, 84), (61, 100))
"""Widths and heights: some fall on the cells of a family, others are resized."""


@pytest.fixture(scope="module")
def tiny() -> Any:
    return load_processor(package_path("easyr1/tiny/checkpoint"))


@pytest.fixture(params=[QWEN2_5, QWEN3], ids=["qwen2_5_vl", "qwen3_vl"])
def image_processor(request: pytest.FixtureRequest) -> Any:
    from transformers import Qwen2VLImageProcessor

    return Qwen2VLImageProcessor(size={"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280}, **request.param)


def noise(size: tuple[int, int]) -> Image.Image:
    """A picture with every value in it."""
    torch.manual_seed(size[0])
    return Image.fromarray(torch.randint(0, 256, (size[1], size[0], 3), dtype=torch.uint8).numpy())


def test_values_are_those_of_the_processor(image_processor: Any) -> None:
    from easyr1.bridge.pixel_cache import PixelReader

    reader = PixelReader(image_processor)
    for size in SIZES:
        patches = reader.read(noise(size))
        theirs = image_processor(images=[noise(size)], return_tensors="pt")
        assert patches.values.dtype == torch.uint8
        assert patches.num_bytes * 8 == theirs["pixel_values"].numel() * 4  # a byte for each two floats
        torch.testing.assert_close(reader.values([patches]), theirs["pixel_values"], rtol=0.0, atol=1e-6)
        assert reader.grid(size) == tuple(theirs["image_grid_thw"][0].tolist())


def test_a_processor_with_other_steps_keeps_floats() -> None:
    from transformers import Qwen2VLImageProcessor

    from easyr1.bridge.pixel_cache import PixelReader

    class Inverting(Qwen2VLImageProcessor):
        """Does to floats what our own normalisation does not know."""

        def normalize(self, *args: Any, **kwargs: Any) -> Any:
            return -super().normalize(*args, **kwargs)

    processor = Inverting(size={"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 1280})
    reader = PixelReader(processor)
    patches = reader.read(noise((56, 84)))
    assert patches.values.dtype == torch.float32
    theirs = processor(images=[noise((56, 84))], return_tensors="pt")["pixel_values"]
    assert torch.equal(reader.values([patches]), theirs)


def test_cache_equals_processor(tiny: Any) -> None:
    from easyr1.bridge.pixel_cache import PixelCache

    images = [open_level(Level("games/ShisenSho-v0", KNOBS, seed)).frame.image() for seed in (1, 2, 1)]
    cache = PixelCache(tiny.image_processor, size=2)
    # verl hands the processor the decoded text without placeholders and keeps all but the text's tokens.
    upstream = tiny(text=["(0,0) red circle"], images=images, return_tensors="pt")
    for _ in range(2):
        ours = cache.inputs(images)
        torch.testing.assert_close(ours["pixel_values"], upstream["pixel_values"], rtol=0.0, atol=1e-6)
        assert torch.equal(ours["image_grid_thw"], upstream["image_grid_thw"])
        assert ours["images_seqlens"].tolist() == [2 * 4 * 4] * 3

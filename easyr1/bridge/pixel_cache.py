"""What a model's vision part takes of pictures, worked out once each."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch

CACHED_IMAGES = 512
"""Processed pictures kept in a worker; enough that all siblings of a group meet theirs."""


class PixelCache:
    """Pixel values of pictures, processed once each.

    Args:
        image_processor: of a Qwen2-VL processor or its descendants: it treats every picture by itself.
        size: pictures kept.
    """

    def __init__(self, image_processor: Any, size: int = CACHED_IMAGES):
        self._process = image_processor
        self._size = size
        self._kept: OrderedDict[bytes, tuple[torch.Tensor, torch.Tensor]] = OrderedDict()

    def inputs(self, images: list[Any]) -> dict[str, torch.Tensor]:
        """What the model's vision part takes for a list of PIL pictures.

        Returns:
            `pixel_values` (patches, values), `image_grid_thw` (pictures, 3) and verl's `images_seqlens`, patches a
            picture.
        """
        found = [self._one(image) for image in images]
        grids = torch.cat([grid for _, grid in found])
        return {
            "pixel_values": torch.cat([pixels for pixels, _ in found]),
            "image_grid_thw": grids,
            "images_seqlens": torch.repeat_interleave(grids[:, 1] * grids[:, 2], grids[:, 0]),
        }

    def _one(self, image: Any) -> tuple[torch.Tensor, torch.Tensor]:
        key = image.tobytes() + repr(image.size).encode()
        if key not in self._kept:
            output = self._process(images=[image], return_tensors="pt")
            self._kept[key] = (output["pixel_values"], output["image_grid_thw"])
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

"""What a model's vision part takes of pictures: kept as bytes, turned into floats where they are needed.

Legend: P patches of a picture, C channels, F temporal frames of a patch (2, the same picture twice), S pixels of a
patch, V = C F S values of a patch.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

CACHED_IMAGES = 512
"""Pictures kept by a cache: 0.7 GB of 640 x 840 px."""

_PROBE_CELLS = 2


@dataclass(frozen=True)
class Patches:
    """A picture cut up for the model.

    Attributes:
        values: uint8 (P, C, 1, S), neither scaled nor doubled; or float32 (P, V), final, of an unknown processor.
        grid: int64 (1, 3): frames, rows and columns of patches.
    """

    values: torch.Tensor
    grid: torch.Tensor

    @property
    def num_bytes(self) -> int:
        """Memory of the values."""
        return self.values.numel() * self.values.element_size()


class PixelReader:
    """Cuts pictures into patches by a processor, and makes its very pixel values of them later, on any device.

    The processor resizes and cuts; scaling to floats, eight times the bytes, is left out and done by `values`. Whether
    that gives the processor's own values is tried on a small picture; where it does not, patches are kept as floats.

    Args:
        image_processor: of a Qwen2-VL processor or its descendants: it treats every picture by itself.
    """

    def __init__(self, image_processor: Any):
        self._process = image_processor
        self._frames = int(getattr(image_processor, "temporal_patch_size", 1))
        scale = 1.0 / (getattr(image_processor, "rescale_factor", None) or 1.0)
        self._mean = _per_channel(getattr(image_processor, "image_mean", None) or [0.0], scale)
        self._std = _per_channel(getattr(image_processor, "image_std", None) or [1.0], scale)
        self._grids: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._keeps_bytes = self._try_bytes()

    def grid(self, size: tuple[int, int]) -> tuple[int, int, int]:
        """Frames, rows and columns of patches of a picture of (width, height) px; worked out once a size."""
        if size not in self._grids:
            frames, rows, columns = self.read(Image.new("RGB", size)).grid[0].tolist()
            self._grids[size] = (frames, rows, columns)
        return self._grids[size]

    def read(self, image: Image.Image) -> Patches:
        """Cut up a picture, mode RGB."""
        if not self._keeps_bytes:
            output = self._process(images=[image], return_tensors="pt")
            return Patches(output["pixel_values"], output["image_grid_thw"])
        return self._read_bytes(image)

    def values(self, pictures: Sequence[Patches], device: torch.device | str = "cpu") -> torch.Tensor:
        """Pixel values (patches of all pictures, V), float32, made on the device."""
        patches = torch.cat([picture.values for picture in pictures]).to(device)
        if patches.dtype != torch.uint8:
            return patches
        scaled = (patches.float() - self._mean.to(device)) / self._std.to(device)
        return scaled.expand(-1, -1, self._frames, -1).reshape(len(scaled), -1)

    def _read_bytes(self, image: Image.Image) -> Patches:
        output = self._process(images=[image], do_rescale=False, do_normalize=False, return_tensors="pt")
        patches = output["pixel_values"]
        frames = patches.view(len(patches), len(self._mean[0]), self._frames, -1)
        return Patches(frames[:, :, :1].clone(), output["image_grid_thw"])

    def _try_bytes(self) -> bool:
        side = int(self._process.patch_size) * int(self._process.merge_size) * _PROBE_CELLS
        probe = Image.linear_gradient("L").resize((side, side)).convert("RGB")
        patches = self._read_bytes(probe)
        if patches.values.dtype != torch.uint8:
            return False
        scaled = (patches.values.float() - self._mean) / self._std
        ours = scaled.expand(-1, -1, self._frames, -1).reshape(len(scaled), -1)
        theirs = self._process(images=[probe], return_tensors="pt")["pixel_values"]
        return ours.shape == theirs.shape and torch.allclose(ours, theirs, rtol=0.0, atol=1e-5)


class PixelCache:
    """Pixel values of pictures in this process, each cut up once.

    Args:
        image_processor: as of `PixelReader`.
        size: pictures kept.
    """

    def __init__(self, image_processor: Any, size: int = CACHED_IMAGES):
        self._reader = PixelReader(image_processor)
        self._size = size
        self._kept: OrderedDict[bytes, Patches] = OrderedDict()

    def inputs(self, images: list[Image.Image]) -> dict[str, torch.Tensor]:
        """What the model's vision part takes for a list of PIL pictures.

        Returns:
            `pixel_values` (patches, V), and what `grid_inputs` gives.
        """
        found = [self._one(image) for image in images]
        grids = torch.cat([patches.grid for patches in found])
        return {"pixel_values": self._reader.values(found), **grid_inputs(grids)}

    def _one(self, image: Image.Image) -> Patches:
        key = image.tobytes() + repr(image.size).encode()
        if key not in self._kept:
            self._kept[key] = self._reader.read(image)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def grid_inputs(grids: torch.Tensor) -> dict[str, torch.Tensor]:
    """`image_grid_thw` (pictures, 3) and verl's `images_seqlens`, patches of each frame of each picture."""
    return {
        "image_grid_thw": grids,
        "images_seqlens": torch.repeat_interleave(grids[:, 1] * grids[:, 2], grids[:, 0]),
    }


def _per_channel(numbers: Sequence[float], scale: float) -> torch.Tensor:
    """Numbers of the channels in the range 0 to 255, (1, C, 1, 1)."""
    return (torch.tensor(numbers) * scale).view(1, -1, 1, 1)

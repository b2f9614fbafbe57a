"""Pixel values of samples that name their pictures, made in verl's FSDP engines.

A sample's `multi_modal_inputs` holds the digests and grids of its pictures. Before a batch goes through the model, the
engine fetches those of its pictures that it does not know yet and cuts them up in threads, while the model is busy with
earlier samples. Each micro-batch then gets its pixel values, made on the device.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from typing import Any

import torch
from verl.workers.engine.fsdp.transformer_impl import FSDPEngine, FSDPEngineWithLMHead

from easyr1.bridge.picture_store import get_pictures
from easyr1.bridge.pictures import decode_png
from easyr1.bridge.pixel_cache import Patches, PixelReader

DIGESTS = "picture_digests"
"""Key of `multi_modal_inputs`: uint8 (pictures, 8), which verl concatenates like any of its tensors."""

KEPT_BYTES = 2**30
"""Patches that a process keeps between the passes of a step; 700 pictures of 640 x 840 px."""

_THREADS = 4


def digest_rows(digests: Sequence[str]) -> torch.Tensor:
    """Digests of 16 hex digits as uint8 (pictures, 8)."""
    return torch.tensor([list(bytes.fromhex(digest)) for digest in digests], dtype=torch.uint8).view(-1, 8)


def digests_of(rows: torch.Tensor) -> list[str]:
    """The digests that `digest_rows` packed."""
    return [bytes(row).hex() for row in rows.tolist()]


class EnginePictures:
    """The pictures of the passes that a process makes, cut up once each.

    Args:
        reader: cuts up pictures.
        fetch: gives the PNG bytes of digests.
        kept_bytes: patches kept; the oldest go first.
    """

    def __init__(
        self,
        reader: PixelReader,
        fetch: Callable[[Iterable[str]], dict[str, bytes]] = get_pictures,
        kept_bytes: int = KEPT_BYTES,
    ):
        self._reader, self._fetch, self._kept_bytes = reader, fetch, kept_bytes
        self._threads = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1), thread_name_prefix="pictures")
        self._kept: OrderedDict[str, Future[Patches]] = OrderedDict()

    def prepare(self, digests: Iterable[str]) -> None:
        """Fetch what is not there yet, and begin to cut it up.

        Raises:
            KeyError: a picture is not in the TransferQueue.
        """
        wanted = list(dict.fromkeys(digests))
        for digest in wanted:
            if digest in self._kept:
                self._kept.move_to_end(digest)
        for digest, png in self._fetch([one for one in wanted if one not in self._kept]).items():
            self._kept[digest] = self._threads.submit(self._cut, png)

    def pixel_values(self, digests: Sequence[str], device: torch.device) -> torch.Tensor:
        """Pixel values of pictures in this order, float32 (patches, values of a patch), on the device."""
        self.prepare(digests)
        values = self._reader.values([self._kept[digest].result() for digest in digests], device)
        self._drop_old(len(set(digests)))
        return values

    def _cut(self, png: bytes) -> Patches:
        return self._reader.read(decode_png(png))

    def _drop_old(self, num_used: int) -> None:
        """Drop from the front what is more than is kept, but nothing of the last micro-batch."""
        total = sum(one.result().num_bytes for one in self._kept.values() if one.done())
        while total > self._kept_bytes and len(self._kept) > num_used:
            total -= self._kept.popitem(last=False)[1].result().num_bytes


_pictures: EnginePictures | None = None


def engine_pictures(engine: Any) -> EnginePictures:
    """The pictures of this process, which its actor and its reference share."""
    global _pictures
    if _pictures is None:
        _pictures = EnginePictures(PixelReader(engine.model_config.processor.image_processor))
    return _pictures


def named_pictures(samples: Iterable[Any]) -> list[str]:
    """Digests of the pictures that samples' `multi_modal_inputs` name; samples may have none."""
    plain = [getattr(sample, "data", sample) or {} for sample in samples]
    return [digest for sample in plain if DIGESTS in sample for digest in digests_of(sample[DIGESTS])]


def install() -> None:
    """Let verl's FSDP engines make pixel values of digests; samples that bring pixel values stay as they are."""
    forward_backward_batch = FSDPEngine.forward_backward_batch
    prepare_model_inputs = FSDPEngineWithLMHead.prepare_model_inputs

    @wraps(forward_backward_batch)
    def with_pictures_fetched(self: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        if digests := named_pictures(data.get("multi_modal_inputs", [])):
            engine_pictures(self).prepare(digests)
        return forward_backward_batch(self, data, *args, **kwargs)

    @wraps(prepare_model_inputs)
    def with_pixel_values(self: Any, micro_batch: Any) -> Any:
        inputs, arguments = prepare_model_inputs(self, micro_batch)
        if (rows := inputs.pop(DIGESTS, None)) is not None:
            pixels = engine_pictures(self).pixel_values(digests_of(rows), inputs["input_ids"].device)
            inputs["pixel_values"] = pixels
        return inputs, arguments

    FSDPEngine.forward_backward_batch = with_pictures_fetched
    FSDPEngineWithLMHead.prepare_model_inputs = with_pixel_values

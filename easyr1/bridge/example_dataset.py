"""Examples of supervised training as verl's trainer loads them: the prompt of a roll-out and the reply to learn.

Legend: T tokens of an example.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from omegaconf import DictConfig
from PIL import Image
from torch.utils.data import Dataset
from verl.utils.tokenizer.continuous_token_wiring import create_continuous_token_builder

from easyr1.bridge.pixel_cache import PixelCache
from easyr1.cold_start.examples import IMAGE
from easyr1.errors import ConfigError

Messages = list[dict[str, Any]]


class ExampleDataset(Dataset):
    """Rows of Parquet files; takes the place of verl's own dataset (`data.custom_cls`), with its arguments.

    That one renders every message by itself and trains on all replies of a conversation and on the line break after
    each. Here the prompt has the tokens of a roll-out, made by the same builder, and the loss covers what a roll-out
    samples: the tokens of the last reply and the mark at its end. Earlier replies are context; each has a row of its
    own.

    Args:
        parquet_files: with the columns `messages` and `images` of easyr1.cold_start.shards.
        tokenizer, processor: of the model, as verl loads them.
        config: verl's `data` node; `max_length` bounds T.
        max_samples: rows to take, from the front; -1 for all.

    Raises:
        ConfigError: an example has more than `data.max_length` tokens.
    """

    def __init__(
        self,
        parquet_files: str | Sequence[str],
        tokenizer: Any,
        config: DictConfig,
        processor: Any,
        max_samples: int = -1,
    ):
        files = [parquet_files] if isinstance(parquet_files, str) else list(parquet_files)
        tables = [pq.read_table(file, columns=["messages", "images"]) for file in files]
        self._rows = pa.concat_tables(tables).slice(0, max_samples if max_samples > 0 else None)
        self._tokenizer, self._processor = tokenizer, processor
        self._max_length = int(config.max_length)
        self._pixels = PixelCache(processor.image_processor)
        self._builder = create_continuous_token_builder(
            tokenizer, hf_model_type=processor.config.model_type, processor=processor
        )
        self._image_id = processor.config.image_token_id
        self._check_lengths()

    def __len__(self) -> int:
        return self._rows.num_rows

    def __getitem__(self, index: int) -> dict[str, Any]:
        """An example.

        Returns:
            `input_ids`, `loss_mask` (T,), `position_ids` (4, T): of text, then time, height and width of the picture;
            `multi_modal_inputs` with the model's pixel values and picture grids.
        """
        row = self._rows.slice(index, 1).to_pylist()[0]
        *context, answer = row["messages"]
        images = [Image.open(io.BytesIO(image["bytes"])).convert("RGB") for image in row["images"]]
        prompt_ids = self._builder.build_initial_tokens(chat_parts(context), images=images)
        input_ids = torch.tensor([*prompt_ids, *self._reply_ids(answer["content"])])
        loss_mask = torch.zeros_like(input_ids)
        loss_mask[len(prompt_ids) :] = 1
        pixels = self._pixels.inputs(images)
        return {
            "input_ids": input_ids,
            "loss_mask": loss_mask,
            "position_ids": self._positions(input_ids, pixels["image_grid_thw"]),
            "multi_modal_inputs": pixels,
        }

    def _reply_ids(self, text: str) -> list[int]:
        return [*self._tokenizer(text, add_special_tokens=False).input_ids, self._tokenizer.eos_token_id]

    def _check_lengths(self) -> None:
        """Fail before the first step, not hours after; pictures of one size are processed once."""
        image_tokens: dict[tuple[int, int], int] = {}
        merge = self._processor.image_processor.merge_size
        for index in range(len(self)):
            row = self._rows.slice(index, 1).to_pylist()[0]
            *context, answer = row["messages"]
            text = self._processor.apply_chat_template(chat_parts(context), tokenize=False, add_generation_prompt=True)
            num_tokens = len(self._tokenizer(text).input_ids) + len(self._reply_ids(answer["content"]))
            for image in row["images"]:
                picture = Image.open(io.BytesIO(image["bytes"]))
                if picture.size not in image_tokens:
                    patches = self._pixels.inputs([picture.convert("RGB")])["image_grid_thw"].prod()
                    image_tokens[picture.size] = int(patches) // merge**2
                # The text has one placeholder a picture already.
                num_tokens += image_tokens[picture.size] - 1
            if num_tokens > self._max_length:
                raise ConfigError(
                    f"data.max_length: {self._max_length} given; example {index} of {len(self)} has {num_tokens} tokens"
                )

    def _positions(self, input_ids: torch.Tensor, grids: torch.Tensor) -> torch.Tensor:
        ids = input_ids[None]
        vision, _ = self._processor.get_rope_index(
            input_ids=ids,
            mm_token_type_ids=(ids == self._image_id).long(),
            image_grid_thw=grids,
            attention_mask=torch.ones_like(ids),
        )
        return torch.cat([torch.arange(len(input_ids))[None], vision[:, 0]])


def chat_parts(messages: Sequence[Mapping[str, str]]) -> Messages:
    """Messages of plain text, IMAGE in the place of each picture, as messages of parts, as `make_messages` has them."""
    return [{"role": one["role"], "content": _parts(one["content"])} for one in messages]


def _parts(text: str) -> list[dict[str, str]]:
    segments = [segment for segment in re.split(f"({IMAGE})", text) if segment]
    return [{"type": "image"} if segment == IMAGE else {"type": "text", "text": segment} for segment in segments]

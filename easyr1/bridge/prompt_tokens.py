"""Tokens of a prompt without the processor: its text is tokenised, and each picture's placeholder repeated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from verl.utils.tokenizer import normalize_token_ids
from verl.utils.tokenizer.chat_template import apply_chat_template
from verl.utils.tokenizer.continuous_token import QwenVLContinuousTokenBuilder

from easyr1.bridge.pictures import Picture
from easyr1.bridge.pixel_cache import PixelReader
from easyr1.rollout.types import PolicyFailed

CACHED_TEXTS = 256
"""Texts whose tokens are kept: a game's first turn has one text, and its siblings share those of a window."""


class PromptTokens:
    """The tokens that verl's builder gives, without processing the pictures for their number.

    A picture of the Qwen2-VL family stands for one token for each merged cell of its grid, which depends on its size
    alone. Other processors are asked themselves, through the builder.

    Args:
        builder: verl's, of the agent loop.
    """

    def __init__(self, builder: Any):
        self._builder = builder
        self._reader = None
        if _counts_by_size(builder):
            processor = builder.processor
            self._reader = PixelReader(processor.image_processor)
            self._merged = int(processor.image_processor.merge_size) ** 2
            self._image_id = int(processor.image_token_id)
            self._ids = lru_cache(maxsize=CACHED_TEXTS)(self._tokenize)

    def tokens(self, messages: list[dict[str, Any]], pictures: Sequence[Picture]) -> list[int]:
        """Tokens of a chat, with the start of the assistant's reply.

        Args:
            messages: as `easyr1.rollout.history.make_messages` gives them.
            pictures: those that the placeholders stand for, in order.

        Raises:
            PolicyFailed: a reply in the messages spells a placeholder, for which there is no picture.
        """
        if self._reader is None:
            return list(self._builder.build_initial_tokens(messages, images=[one.open() for one in pictures]))
        text = apply_chat_template(
            self._builder.processor,
            messages,
            tokenize=False,
            add_generation_prompt=True,
            **dict(self._builder.chat_template_kwargs),
        )
        ids = self._ids(text)
        if ids.count(self._image_id) != len(pictures):
            raise PolicyFailed(f"{ids.count(self._image_id)} placeholders in a context with {len(pictures)} pictures")
        return self._expanded(ids, [self._num_tokens(one.size) for one in pictures])

    def _num_tokens(self, size: tuple[int, int]) -> int:
        assert self._reader is not None
        frames, rows, columns = self._reader.grid(size)
        return frames * rows * columns // self._merged

    def _tokenize(self, text: str) -> tuple[int, ...]:
        return tuple(normalize_token_ids(self._builder.processor.tokenizer(text)["input_ids"]))

    def _expanded(self, ids: Sequence[int], counts: Sequence[int]) -> list[int]:
        expanded: list[int] = []
        start = 0
        for count in counts:
            place = ids.index(self._image_id, start)
            expanded += ids[start:place]
            expanded += [self._image_id] * count
            start = place + 1
        return expanded + list(ids[start:])


def _counts_by_size(builder: Any) -> bool:
    """Whether a builder's processor is one of the Qwen2-VL family as its checkpoint has it."""
    image_processor = getattr(getattr(builder, "processor", None), "image_processor", None)
    return (
        isinstance(builder, QwenVLContinuousTokenBuilder)
        and hasattr(image_processor, "merge_size")
        and not builder.mm_processor_kwargs
    )

"""How many tokens a prompt and a reply have, as the processor of the model to be trained counts them."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import lru_cache
from typing import Any

from PIL import Image

from easyr1.config.prompt_size import count_tokens, load_processor
from easyr1.errors import ConfigError
from easyr1.rollout.history import make_messages
from easyr1.rollout.types import Context

IMAGE_TOKEN = "<|image_pad|>"


class TokenCounter:
    """Counts tokens; the pictures of one size are counted once.

    Args:
        processor: Of the model.
    """

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self._image_tokens: dict[tuple[int, int], int] = {}

    def prompt(self, context: Context) -> int:
        """Tokens of a context."""
        text = self._processor.apply_chat_template(make_messages(context), tokenize=False, add_generation_prompt=True)
        frames = [*(turn.frame for turn in context.past), context.frame]
        # The template holds one placeholder for each picture.
        words = len(self._processor.tokenizer(text)["input_ids"]) - len(frames)
        return words + sum(self._of_image(context, frame.png) for frame in frames)

    def reply(self, text: str) -> int:
        """Tokens of a reply, the mark at its end included."""
        return len(self._processor.tokenizer(text)["input_ids"]) + 1

    def _of_image(self, context: Context, png: bytes) -> int:
        with Image.open(io.BytesIO(png)) as image:
            size = image.size
        if size not in self._image_tokens:
            frame = replace(context.frame, png=png)
            self._image_tokens[size] = count_tokens(self._processor, Context("", (), frame))[1]
        return self._image_tokens[size]


@lru_cache(maxsize=1)
def token_counter(model: str) -> TokenCounter:
    """The counter of a checkpoint, loaded once a process. Raises ConfigError."""
    try:
        return TokenCounter(load_processor(model))
    except Exception as error:  # a damaged file raises whatever its reader thinks of, and each is the user's to mend
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ConfigError(f"model: cannot load a processor from {model}: {reason}") from error


def fit(context: Context, counter: TokenCounter, limit: int) -> tuple[Context, int] | None:
    """A context as training would show it, whole old turns dropped until it fits, and its tokens.

    None when the current turn alone is too long.
    """
    for dropped in range(len(context.past) + 1):
        fitting = replace(context, past=context.past[dropped:])
        tokens = counter.prompt(fitting)
        if tokens <= limit:
            return fitting, tokens
    return None

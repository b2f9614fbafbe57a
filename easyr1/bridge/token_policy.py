"""The policy of training: a context in, tokens to verl's vLLM server, tokens and their log-probabilities out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from PIL import Image

from easyr1.rollout.history import context_images, make_messages
from easyr1.rollout.limits import ContextOverflow
from easyr1.rollout.types import Context, Reply


@dataclass(frozen=True)
class ReplyTokens:
    """What training needs of a reply: the very tokens that were sampled.

    Attributes:
        prompt_ids: tokens of the context, image placeholders expanded.
        reply_ids: sampled tokens, the end token included when the model gave one.
        log_probs: vLLM's log-probability of each sampled token.
        images: pictures of the context, in order.
        extra: verl's bookkeeping (weight versions).
        seconds: time the server took.
    """

    prompt_ids: list[int]
    reply_ids: list[int]
    log_probs: list[float]
    images: list[Image.Image]
    extra: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class TokenPolicy:
    """Asks verl's server for one reply at a time; token in, token out.

    Args:
        loop: the agent loop, for its tokenizer, its server and its limits.
        sampling_params: as verl gives them for training or validation.
    """

    def __init__(self, loop: Any, sampling_params: dict[str, Any]):
        self._builder = loop.continuous_token_builder
        self._server = loop.server_manager
        self._tokenizer = loop.tokenizer
        self._max_prompt_tokens = loop.rollout_config.prompt_length
        self._max_reply_tokens = loop.rollout_config.response_length
        self._sampling_params = sampling_params

    async def reply(self, context: Context) -> Reply:
        """One sampled reply.

        Raises:
            ContextOverflow: the context has more tokens than data.max_prompt_length.
        """
        event_loop = asyncio.get_running_loop()
        prompt_ids, images = await event_loop.run_in_executor(None, self._encode, context)
        start = event_loop.time()
        output = await self._server.generate(
            request_id=uuid4().hex,
            prompt_ids=prompt_ids,
            sampling_params=dict(self._sampling_params),
            image_data=images,
        )
        reply_ids = output.token_ids[: self._max_reply_tokens]
        tokens = ReplyTokens(
            prompt_ids=prompt_ids,
            reply_ids=reply_ids,
            log_probs=list(output.log_probs or [])[: self._max_reply_tokens],
            images=images,
            extra=output.extra_fields,
            seconds=event_loop.time() - start,
        )
        return Reply(text=self._tokenizer.decode(reply_ids, skip_special_tokens=True), tokens=tokens)

    def _encode(self, context: Context) -> tuple[list[int], list[Image.Image]]:
        """Tokens and pictures of a context; whole old turns are dropped until it fits, an image is never cut."""
        for dropped in range(len(context.past) + 1):
            fitting = replace(context, past=context.past[dropped:])
            images = context_images(fitting)
            prompt_ids = self._builder.build_initial_tokens(make_messages(fitting), images=images)
            if len(prompt_ids) <= self._max_prompt_tokens:
                return list(prompt_ids), images
        raise ContextOverflow(
            f"a context of {len(prompt_ids)} tokens; data.max_prompt_length is {self._max_prompt_tokens}"
        )

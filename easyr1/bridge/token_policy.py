"""The policy of training: a context in, tokens to verl's vLLM server, tokens and their log-probabilities out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from easyr1.bridge.pictures import Picture
from easyr1.bridge.prompt_tokens import PromptTokens
from easyr1.rollout.history import make_messages
from easyr1.rollout.limits import ContextOverflow
from easyr1.rollout.types import Context, Reply


@dataclass(frozen=True)
class ReplyTokens:
    """What training needs of a reply: the very tokens that were sampled.

    Attributes:
        prompt_ids: tokens of the context, image placeholders expanded.
        reply_ids: sampled tokens, the end token included when the model gave one.
        log_probs: vLLM's log-probability of each sampled token.
        pictures: those of the context, in order.
        extra: verl's bookkeeping (weight versions).
        seconds: time the server took.
    """

    prompt_ids: list[int]
    reply_ids: list[int]
    log_probs: list[float]
    pictures: list[Picture]
    extra: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class TokenPolicy:
    """Asks verl's server for one reply at a time; token in, token out. One policy plays one episode.

    All turns of the episode ask under one request id, so that verl sends them to one replica, whose prefix cache knows
    the earlier turns. To vLLM itself every turn is a request with an id of its own.

    Args:
        loop: the agent loop, for its tokenizer, its server and its limits.
        sampling_params: as verl gives them for training or validation.
        prompts: makes the tokens of prompts; by default one for this policy alone.
    """

    def __init__(self, loop: Any, sampling_params: dict[str, Any], prompts: PromptTokens | None = None):
        self._prompts = prompts or PromptTokens(loop.continuous_token_builder)
        self._request_id = uuid4().hex
        self._server = loop.server_manager
        self._tokenizer = loop.tokenizer
        self._max_prompt_tokens = loop.rollout_config.prompt_length
        self._max_reply_tokens = loop.rollout_config.response_length
        self._sampling_params = sampling_params

    async def reply(self, context: Context) -> Reply:
        """One sampled reply.

        Raises:
            ContextOverflow: the context has more tokens than data.max_prompt_length.
            PolicyFailed: an earlier reply of the context spells the placeholder of a picture.
        """
        event_loop = asyncio.get_running_loop()
        prompt_ids, pictures = await event_loop.run_in_executor(None, self._encode, context)
        start = event_loop.time()
        output = await self._server.generate(
            request_id=self._request_id,
            prompt_ids=prompt_ids,
            sampling_params=dict(self._sampling_params),
            image_data=pictures,
        )
        reply_ids = output.token_ids[: self._max_reply_tokens]
        tokens = ReplyTokens(
            prompt_ids=prompt_ids,
            reply_ids=reply_ids,
            log_probs=list(output.log_probs or [])[: self._max_reply_tokens],
            pictures=pictures,
            extra=output.extra_fields,
            seconds=event_loop.time() - start,
        )
        return Reply(text=self._tokenizer.decode(reply_ids, skip_special_tokens=True), tokens=tokens)

    def _encode(self, context: Context) -> tuple[list[int], list[Picture]]:
        """Tokens and pictures of a context; whole old turns are dropped until it fits, an image is never cut."""
        for dropped in range(len(context.past) + 1):
            fitting = replace(context, past=context.past[dropped:])
            frames = [*(turn.frame for turn in fitting.past), fitting.frame]
            pictures = [Picture(frame.png, frame.digest) for frame in frames]
            prompt_ids = self._prompts.tokens(make_messages(fitting), pictures)
            if len(prompt_ids) <= self._max_prompt_tokens:
                return prompt_ids, pictures
        raise ContextOverflow(
            f"a context of {len(prompt_ids)} tokens; data.max_prompt_length is {self._max_prompt_tokens}"
        )

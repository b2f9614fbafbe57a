"""A policy that generates its replies with transformers in this process, many at a time.

Legend: B contexts of a batch, P tokens of the longest prompt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import AutoModelForImageTextToText, set_seed
from verl.utils import hf_processor
from verl.utils.tokenizer.continuous_token_wiring import create_continuous_token_builder

from easyr1.bridge.pixel_cache import PixelCache
from easyr1.rollout.history import context_images, make_messages
from easyr1.rollout.types import Context, Reply


@dataclass(frozen=True, slots=True)
class ReplyLength:
    """Lengths in tokens; a reply's counts the mark at its end."""

    prompt_tokens: int
    reply_tokens: int


class GeneratingPolicy:
    """Replies to contexts; those that wait at the same time share batches.

    Args:
        path: folder or hub id of a model in Hugging Face's form.
        device: where it runs, in bfloat16 on a GPU and float32 on a CPU.
        temperature: of sampling; 0 takes the likeliest token.
        max_reply_tokens: a reply is cut there.
        batch_size: contexts that are replied to at once.
        seed: of sampling; the same replies for the same contexts in the same order.
    """

    def __init__(
        self, path: str, device: torch.device, temperature: float, max_reply_tokens: int, batch_size: int, seed: int
    ):
        self._processor = hf_processor(path)
        dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
        self._model = AutoModelForImageTextToText.from_pretrained(path, dtype=dtype).to(device).eval()
        self._tokenizer = self._processor.tokenizer
        self._builder = create_continuous_token_builder(
            self._tokenizer, hf_model_type=self._processor.config.model_type, processor=self._processor
        )
        self._pixels = PixelCache(self._processor.image_processor)
        self._device, self._batch_size = device, batch_size
        sampling = {"temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
        config = self._processor.config
        self._how = {
            "do_sample": temperature > 0,
            **sampling,
            "max_new_tokens": max_reply_tokens,
            # As in roll-outs: a stand-in of a picture that is not there breaks the next forward pass.
            "suppress_tokens": [config.image_token_id, config.video_token_id],
            "repetition_penalty": 1.0,
            "pad_token_id": self._tokenizer.pad_token_id,
        }
        self._waiting: list[tuple[Context, asyncio.Future[Reply]]] = []
        set_seed(seed)

    async def reply(self, context: Context) -> Reply:
        """One reply, whose tokens are a `ReplyLength`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply] = loop.create_future()
        if not self._waiting:
            # Runs after all episodes that are ready have asked.
            loop.call_soon(self._answer)
        self._waiting.append((context, future))
        return await future

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            for start in range(0, len(waiting), self._batch_size):
                batch = waiting[start : start + self._batch_size]
                for (_, future), reply in zip(batch, self._generate([one for one, _ in batch]), strict=True):
                    future.set_result(reply)
        except Exception as error:
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)

    @torch.no_grad()
    def _generate(self, contexts: Sequence[Context]) -> list[Reply]:
        prompts, pictures = [], []
        for context in contexts:
            images = context_images(context)
            prompts.append(self._builder.build_initial_tokens(make_messages(context), images=images))
            pictures += images
        inputs = pad_left(prompts, self._tokenizer.pad_token_id, self._processor.config.image_token_id)
        pixels = self._pixels.inputs(pictures)
        pixels.pop("images_seqlens")
        inputs = {name: tensor.to(self._device) for name, tensor in {**inputs, **pixels}.items()}
        replies = self._model.generate(**inputs, **self._how)[:, inputs["input_ids"].shape[1] :].tolist()
        return [self._read(prompt, reply) for prompt, reply in zip(prompts, replies, strict=True)]

    def _read(self, prompt: Sequence[int], reply: Sequence[int]) -> Reply:
        end = self._tokenizer.eos_token_id
        ids = reply[: reply.index(end) + 1] if end in reply else reply
        return Reply(self._tokenizer.decode(ids, skip_special_tokens=True), ReplyLength(len(prompt), len(ids)))


def pad_left(prompts: Sequence[Sequence[int]], pad_id: int, image_id: int) -> dict[str, torch.Tensor]:
    """Prompts as a batch: `input_ids`, `attention_mask` and `mm_token_type_ids` (1 at a picture's tokens), (B, P)."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[pad_id] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    return {"input_ids": ids, "attention_mask": mask, "mm_token_type_ids": (ids == image_id).long()}

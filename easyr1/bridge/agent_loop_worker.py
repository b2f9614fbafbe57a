"""verl's agent-loop worker, sparing it pixels: samples name their pictures, and each picture is sent once a group."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import numpy as np
import ray
import torch
from tensordict import TensorDict
from verl import DataProto
from verl.trainer.ppo.v1.agent_loop_tq import AgentLoopManagerTQ, AgentLoopWorkerTQ

from easyr1.bridge.engine_pictures import DIGESTS, digest_rows
from easyr1.bridge.heap import settle_heap
from easyr1.bridge.picture_store import put_pictures
from easyr1.bridge.pixel_cache import PixelReader, grid_inputs

RUBRIC = "RubricRewardManager"
_Worker = AgentLoopWorkerTQ.__ray_metadata__.modified_class


@ray.remote
class GamesAgentLoopWorker(_Worker):
    """Sends a picture once a group, as PNG, and makes no pixels.

    The parent sends every sample through the whole processor twice, text included, only for its pixels, and puts them
    into the TransferQueue with the sample. Here a sample holds the digests of its pictures, and the engine makes the
    pixels (engine_pictures.py).
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        image_processor = getattr(self.processor, "image_processor", None)
        # `merge_size` marks the Qwen2-VL family; others may look at all pictures of a prompt together.
        self._reader = PixelReader(image_processor) if hasattr(image_processor, "merge_size") else None
        self._has_rubric = self.config.reward.reward_manager.name == RUBRIC
        self._sent: dict[str, dict[str, asyncio.Task[None]]] = {}
        settle_heap()

    async def _run_prompt(self, prompt: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        """Play a group, remembering what pictures its siblings have sent until all are done."""
        uid = prompt["uid"]
        self._sent[uid] = {}
        try:
            await super()._run_prompt(prompt, *args, **kwargs)
        finally:
            del self._sent[uid]

    async def _agent_loop_postprocess(self, output: Any, validate: bool, **kwargs: Any) -> None:
        outputs = output if isinstance(output, list) else [output]
        await self._send_pictures(outputs, self._sent[kwargs["uid"]])
        await super()._agent_loop_postprocess(output, validate, **kwargs)

    async def _send_pictures(self, outputs: list[Any], sent: dict[str, asyncio.Task[None]]) -> None:
        """Send what no sibling has sent, and wait until all pictures of the outputs are there."""
        pictures = {one.digest: one for output in outputs for one in output.multi_modal_data["images"]}
        if fresh := [one for digest, one in pictures.items() if digest not in sent]:
            sending = asyncio.ensure_future(put_pictures(fresh))
            sent.update({one.digest: sending for one in fresh})
        await asyncio.gather(*{sent[digest] for digest in pictures})

    async def _compute_score(self, outputs: list[Any], kwargs: dict[str, Any]) -> None:
        """Send the rubric what the environment found out of each turn: all that it reads.

        The parent sends tokens and positions too, padded to one length, which fails where turns differ: it pads
        position ids of shape (4, T) as if T came first.
        """
        if not self._has_rubric or not self.reward_loop_worker_handles:
            await super()._compute_score(outputs, kwargs)
            return
        turns = np.empty(len(outputs), dtype=object)
        turns[:] = [{"turn": output.extra_fields["turn"]} for output in outputs]
        rows = TensorDict({"row": torch.arange(len(outputs))}, batch_size=len(outputs))
        data = DataProto(batch=rows, non_tensor_batch={"tool_extra_fields": turns})
        result = await random.choice(self.reward_loop_worker_handles).compute_score.remote(data)
        outputs[-1].reward_score = result["reward_score"]
        outputs[-1].extra_fields["reward_extra_info"] = result["reward_extra_info"]

    def _compute_multi_modal_inputs(self, output: Any, input_ids: torch.Tensor) -> dict[str, torch.Tensor]:
        pictures = output.multi_modal_data["images"]
        if self._reader is None:
            opened = output.model_copy(update={"multi_modal_data": {"images": [one.open() for one in pictures]}})
            return super()._compute_multi_modal_inputs(opened, input_ids)
        return {
            DIGESTS: digest_rows([one.digest for one in pictures]),
            **grid_inputs(torch.tensor([self._reader.grid(one.size) for one in pictures])),
            # verl only asks whether token types are there, drops them, and works them out from the ids.
            "mm_token_type_ids": torch.zeros(0),
        }


class GamesAgentLoopManager(AgentLoopManagerTQ):
    """verl's manager over our workers."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.agent_loop_workers_class = GamesAgentLoopWorker

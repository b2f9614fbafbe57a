"""verl's agent-loop worker, sparing it the work that siblings have in common."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import ray
import torch
from tensordict import TensorDict
from verl import DataProto
from verl.trainer.ppo.v1.agent_loop_tq import AgentLoopManagerTQ, AgentLoopWorkerTQ

from easyr1.bridge.heap import settle_heap
from easyr1.bridge.pixel_cache import PixelCache

RUBRIC = "RubricRewardManager"
_Worker = AgentLoopWorkerTQ.__ray_metadata__.modified_class


@ray.remote
class GamesAgentLoopWorker(_Worker):
    """Processes each distinct picture once.

    The parent sends every sample through the whole processor twice, text included, only for its pixels.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        image_processor = getattr(self.processor, "image_processor", None)
        # `merge_size` marks the Qwen2-VL family; others may look at all pictures of a prompt together.
        self._pixels = PixelCache(image_processor) if hasattr(image_processor, "merge_size") else None
        self._has_rubric = self.config.reward.reward_manager.name == RUBRIC
        settle_heap()

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
        media = output.multi_modal_data or {}
        if self._pixels is None or not media.get("images") or set(media) != {"images"}:
            return super()._compute_multi_modal_inputs(output, input_ids)
        # verl only asks whether token types are there, drops them, and works them out from the ids.
        return {**self._pixels.inputs(media["images"]), "mm_token_type_ids": torch.zeros(0)}


class GamesAgentLoopManager(AgentLoopManagerTQ):
    """verl's manager over our workers."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.agent_loop_workers_class = GamesAgentLoopWorker

"""What a turn costs an agent-loop process beyond generation, and the bytes that a sample puts on the wire.

Everything is real but the model: verl's worker with our agent loop, its router and TransferQueue, our environment
workers and the reward. In the place of vLLM's server stands one that says at once what a player could say.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import ray
import torch
import transfer_queue as tq
from omegaconf import DictConfig, OmegaConf
from tensordict import NonTensorData, TensorDict
from verl.experimental.reward_loop import RewardLoopManager
from verl.workers.rollout.llm_server import LLMServerClient
from verl.workers.rollout.replica import TokenOutput
from verl.workers.rollout.router import get_router_handle

from easyr1.bridge.agent_loop_worker import GamesAgentLoopWorker
from easyr1.config.compose import compose_recipe, resolved
from games import ChatEnv, Level, make_game

SAMPLING = {"temperature": 1.0, "top_p": 1.0, "top_k": -1, "repetition_penalty": 1.0, "logprobs": True}
NUM_REPLIES = 16


@dataclass(frozen=True)
class Load:
    """What is played: groups of siblings on levels of one game, `window` turns in a context."""

    game: str
    knobs: dict[str, Any]
    groups: int
    siblings: int
    turns: int
    window: int


@dataclass(frozen=True)
class WireFigures:
    """What the load cost.

    Attributes:
        samples: turns played; each is a sample.
        cpu_ms: CPU milliseconds of the agent-loop process a turn, all its threads.
        bytes_put: bytes put into the TransferQueue a sample, pictures included.
        group_bytes: bytes put by a whole group.
        image_px: height and width of a picture.
    """

    samples: int
    cpu_ms: float
    bytes_put: float
    group_bytes: float
    image_px: tuple[int, int]


@ray.remote(num_cpus=0)
class InstantServer:
    """Answers like verl's server, with one reply out of a list, and opens the pictures as that does."""

    def __init__(self, replies: Sequence[Sequence[int]]):
        self._replies = [list(reply) for reply in replies]
        self._asked = 0

    async def generate(self, image_data: Sequence[Any], **_: Any) -> TokenOutput:
        """The next reply; the pictures must have arrived as PIL pictures."""
        assert all(picture.mode == "RGB" for picture in image_data)
        reply = self._replies[self._asked % len(self._replies)]
        self._asked += 1
        return TokenOutput(
            token_ids=reply, log_probs=[-0.1] * len(reply), extra_fields={"global_steps": 1, "num_cached_tokens": 0}
        )


def measure_wire(loads: Sequence[Load]) -> list[WireFigures]:
    """Play loads in this process, one after the other, and measure each; starts Ray, and ends it."""
    ray.init(address="local", num_cpus=16, include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        return asyncio.run(_play_all(loads))
    finally:
        tq.close()
        ray.shutdown()


async def _play_all(loads: Sequence[Load]) -> list[WireFigures]:
    config = _config(loads[0])
    tq.init(OmegaConf.merge(config.transfer_queue, {"enable": True}))
    rewards = RewardLoopManager(config)
    return [await _play(_config(load), load, rewards.reward_loop_worker_handles) for load in loads]


def _config(load: Load) -> DictConfig:
    overrides = ["hardware=cpu", "vlm=tiny", f"max_turns={load.turns}", f"window={load.window}"]
    overrides += [f"actor_rollout_ref.rollout.n={load.siblings}", "data.max_prompt_length=16384"]
    # Other processes do not know our resolvers.
    return OmegaConf.create(resolved(compose_recipe("g0/shisensho", overrides)))


async def _play(config: DictConfig, load: Load, rewards: Any) -> WireFigures:
    env = ChatEnv(make_game(load.game, **load.knobs))
    worker = _worker(config, env, rewards)
    counter = _ByteCounter()
    tq.async_kv_batch_put = counter
    try:
        await worker._run_prompt(_row(load, 0), dict(SAMPLING), trajectory=_trajectory(0))
        counter.reset()
        start = time.process_time()
        groups = range(1, load.groups + 1)
        await asyncio.gather(
            *(worker._run_prompt(_row(load, one), dict(SAMPLING), trajectory=_trajectory(one)) for one in groups)
        )
        seconds = time.process_time() - start
    finally:
        tq.async_kv_batch_put = counter.put
    return WireFigures(
        samples=counter.samples,
        cpu_ms=seconds / counter.samples * 1e3,
        bytes_put=counter.bytes_put / counter.samples,
        group_bytes=counter.bytes_put / load.groups,
        image_px=tuple(env.game.image_size),
    )


def _worker(config: DictConfig, env: ChatEnv[Any, Any], rewards: Any) -> Any:
    """The class inside our Ray actor, in this process."""
    client = LLMServerClient(config)
    worker = GamesAgentLoopWorker.__ray_metadata__.modified_class(
        config, llm_client=client, reward_loop_worker_handles=rewards
    )
    state = env.open(1)
    legal = list(env.game.legal_actions(state))[:NUM_REPLIES]
    texts = [env.truth_reply(state, action, thinking="I look for a move. " * 8) for action in legal]
    replies = [[*worker.tokenizer(text)["input_ids"], worker.tokenizer.eos_token_id] for text in texts]
    client._load_balancer = get_router_handle({"only": InstantServer.remote(replies)})
    return worker


def _row(load: Load, index: int) -> dict[str, Any]:
    level = Level(load.game, load.knobs, seed=index)
    plain = {"level": level.to_dict(), "game_name": "", "index": index, "agent_name": "game", "data_source": load.game}
    prompt = [{"role": "user", "content": f"level {index}"}]
    return {**plain, "uid": str(uuid4()), "raw_prompt": prompt, "reward_model": {}, "global_steps": 1}


def _trajectory(index: int) -> dict[str, Any]:
    return {"step": 1, "sample_index": index, "rollout_n": 0, "validate": False}


class _ByteCounter:
    """Stands before the TransferQueue's put: counts, and puts."""

    def __init__(self) -> None:
        self.put = tq.async_kv_batch_put
        self.reset()

    def reset(self) -> None:
        self.bytes_put = self.samples = 0

    async def __call__(self, *, keys: Sequence[str], fields: TensorDict | None = None, **others: Any) -> Any:
        if fields is not None:
            names = list(fields.keys())
            self.bytes_put += sum(_num_bytes(fields.get(name)) for name in names)
            self.samples += len(keys) if "responses" in names else 0
        return await self.put(keys=keys, fields=fields, **others)


def _num_bytes(value: Any) -> int:
    if isinstance(value, torch.Tensor) and not isinstance(value, NonTensorData):
        flat = value.values() if value.is_nested else value
        return int(flat.numel() * flat.element_size())
    plain = value.tolist() if hasattr(value, "tolist") else list(value)
    return sum(len(pickle.dumps(one, protocol=5)) for one in plain)

"""All turns of an episode reach the replica that knows its earlier turns, by verl's own client and router."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("verl")

import ray

from easyr1.config.paths import package_path
from easyr1.config.prompt_size import load_processor
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from games import Level

pytestmark = [pytest.mark.engine, pytest.mark.filterwarnings("ignore")]  # warnings of other libraries

LEVEL = Level("games/ShisenSho-v0", {"rows": 2, "columns": 4, "num_faces": 2, "copies": 4, "tile_px": 28}, seed=1)
NUM_EPISODES, NUM_TURNS = 8, 4


@ray.remote(num_cpus=0)
class Replica:
    """Says "ok" in two tokens, after a moment, and remembers the ids of requests to vLLM."""

    def __init__(self, name: str, tokens: list[int]):
        self._name, self._tokens = name, tokens
        self.request_ids: list[str] = []

    async def generate(self, request_id: str, image_data: list[Any], **_: Any) -> Any:
        from verl.workers.rollout.replica import TokenOutput

        assert [picture.mode for picture in image_data] == ["RGB"] * len(image_data)
        self.request_ids.append(request_id)
        await asyncio.sleep(0.01)
        return TokenOutput(token_ids=self._tokens, log_probs=[-1.0, -1.0], extra_fields={"replica": self._name})

    def seen(self) -> list[str]:
        return self.request_ids


@pytest.fixture
def cluster() -> Iterator[None]:
    ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


def test_turns_of_an_episode_reach_one_replica(cluster: None) -> None:
    from omegaconf import OmegaConf
    from verl.utils.tokenizer.continuous_token_wiring import create_continuous_token_builder
    from verl.workers.rollout.llm_server import LLMServerClient
    from verl.workers.rollout.router import get_router_handle

    from easyr1.bridge.prompt_tokens import PromptTokens
    from easyr1.bridge.token_policy import TokenPolicy

    processor = load_processor(package_path("easyr1/tiny/checkpoint"))
    tokens = [*processor.tokenizer("ok")["input_ids"][:1], processor.tokenizer.eos_token_id]
    replicas = {name: Replica.remote(name, tokens) for name in ("left", "right")}
    config = OmegaConf.create({"actor_rollout_ref": {"rollout": {"name": "vllm", "full_determinism": False}}})
    loop = SimpleNamespace(
        continuous_token_builder=create_continuous_token_builder(
            processor.tokenizer, hf_model_type="qwen2_5_vl", chat_template_kwargs={}, processor=processor
        ),
        server_manager=LLMServerClient(config, get_router_handle(replicas)),
        tokenizer=processor.tokenizer,
        rollout_config=SimpleNamespace(prompt_length=4096, response_length=8),
    )
    prompts = PromptTokens(loop.continuous_token_builder)

    async def play() -> list[Any]:
        episode, limits = Episode(LEVEL, LocalEnvironment()), Limits(max_turns=NUM_TURNS, window=2)
        policies = [TokenPolicy(loop, {}, prompts) for _ in range(NUM_EPISODES)]
        assert len({policy._request_id for policy in policies}) == NUM_EPISODES
        return await asyncio.gather(*(play_episode(policy, episode, limits) for policy in policies))

    episodes = asyncio.run(play())
    served = [[turn.reply.tokens.extra["replica"] for turn in episode.turns] for episode in episodes]
    assert all(len(names) == NUM_TURNS and len(set(names)) == 1 for names in served)
    assert {names[0] for names in served} == set(replicas)  # siblings are still spread
    ids = [one for replica in replicas.values() for one in ray.get(replica.seen.remote())]
    # What vLLM is asked under is another id every turn: two requests of one id must not meet there.
    assert len(ids) == len(set(ids)) == NUM_EPISODES * NUM_TURNS


def test_verl_still_has_what_is_replaced() -> None:
    """Names and arguments of verl's that engine_pictures.py and agent_loop_worker.py stand before."""
    import inspect

    from verl.trainer.ppo.v1 import agent_loop_tq
    from verl.utils import model
    from verl.workers.engine.fsdp import transformer_impl

    def arguments(function: Any) -> list[str]:
        names = list(inspect.signature(inspect.unwrap(function)).parameters)
        return [name for name in names if name != "_ray_trace_ctx"]  # Ray's own

    worker = agent_loop_tq.AgentLoopWorkerTQ.__ray_metadata__.modified_class
    engine = transformer_impl.FSDPEngineWithLMHead
    assert arguments(worker._run_prompt) == ["self", "prompt", "sampling_params", "trajectory", "trace"]
    assert arguments(worker._agent_loop_postprocess) == ["self", "output", "validate", "kwargs"]
    assert arguments(worker._compute_multi_modal_inputs) == ["self", "output", "input_ids"]
    assert arguments(engine.prepare_model_inputs) == ["self", "micro_batch"]
    assert arguments(engine.forward_backward_batch) == ["self", "data", "loss_function", "forward_only"]
    # Every tensor of a sample reaches the model's inputs under its own key, one sample after the other.
    assert transformer_impl.extract_multi_modal_inputs is model.extract_multi_modal_inputs
    source = Path(transformer_impl.__file__).read_text(encoding="utf-8")
    assert "model_inputs.update(multi_modal_inputs)" in source

"""verl's agent loop for games: one episode of one sibling, played by the same loop that evaluation uses."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig
from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput

from easyr1.bridge.environment_worker import EnvironmentPool
from easyr1.bridge.outputs import make_outputs
from easyr1.bridge.prompt_tokens import PromptTokens
from easyr1.bridge.token_policy import TokenPolicy
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import StopReason
from games import Level

_pool: EnvironmentPool | None = None
_prompts: PromptTokens | None = None


def environment_pool(config: DictConfig) -> EnvironmentPool:
    """The pool of this agent-loop process, started on first use."""
    global _pool
    if _pool is None:
        _pool = EnvironmentPool(config.hardware.environment_workers, config.hardware.environment_timeout_s)
    return _pool


def prompt_tokens(builder: Any) -> PromptTokens:
    """What makes the tokens of prompts in this agent-loop process, from verl's builder of any of its loops."""
    global _prompts
    if _prompts is None:
        _prompts = PromptTokens(builder)
    return _prompts


class GameAgentLoop(AgentLoopBase):
    """Plays a level with verl's server as the policy; options come from the checked config alone."""

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> list[AgentLoopOutput]:
        """Play one episode.

        Args:
            sampling_params: verl's, for training or for validation.
            row: a row of `LevelDataset`, with verl's `session_id` (the sibling's number in its group).

        Returns:
            One output a turn; none when the episode's environment failed.
        """
        level = Level.from_dict(row["level"])
        pool = environment_pool(self.config)
        limits = Limits(max_turns=self.config.max_turns, window=self.config.window)
        policy = TokenPolicy(self, sampling_params, prompt_tokens(self.continuous_token_builder))
        trajectory = await play_episode(policy, Episode(level, pool), limits)
        if trajectory.stop_reason is StopReason.ENVIRONMENT_FAILED:
            return []
        return make_outputs(trajectory, int(row["session_id"]), pool.prompt(level), pool.take_restarts())

"""The rubric as a reward manager in verl's registry (`reward.reward_manager.name=rubric`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from omegaconf import DictConfig
from verl.experimental.reward_loop.reward_manager.base import RewardManagerBase
from verl.experimental.reward_loop.reward_manager.registry import register

from easyr1.bridge.heap import settle_heap
from easyr1.rewards.rubric import Rubric
from easyr1.rewards.terms import RewardWeights


def rubric_from_config(config: DictConfig) -> Rubric:
    """The rubric that alpha, beta and the objective's terms describe."""
    objective = config.objective
    return Rubric(
        RewardWeights(
            alpha=config.alpha,
            beta=config.beta,
            legal=objective.legal_reward,
            unrewarded=objective.unrewarded_reward,
            illegal=objective.illegal_reward,
            unreadable=objective.unreadable_reward,
        ),
        perception=objective.perception,
    )


@register("rubric")
class RubricRewardManager(RewardManagerBase):
    """Scores the turns of one episode from the facts that its environment established."""

    def __init__(self, config: DictConfig, tokenizer: Any, compute_score: Any = None, **_: Any):
        super().__init__(config, tokenizer, compute_score)
        self.rubric = rubric_from_config(config)
        settle_heap()

    async def run_single(self, data: Any) -> dict[str, Any]:
        """Score an episode.

        Args:
            data: verl's batch with one row a turn; `tool_extra_fields` holds what the agent loop wrote of each.

        Returns:
            `reward_score`: the episode's return; `reward_extra_info`: its parts turn by turn.
        """
        turns = [fields["turn"] for fields in data.non_tensor_batch["tool_extra_fields"]]
        rewards = [self.rubric.score_facts(turn) for turn in turns]
        return {
            "reward_score": float(sum(reward.total for reward in rewards)),
            "reward_extra_info": {"turn_rewards": [asdict(reward) for reward in rewards]},
        }

"""The reward of a turn: game + alpha * format + beta * perception (arXiv 2505.13426)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from easyr1.errors import ConfigError
from easyr1.rewards.terms import RewardWeights, TurnReward
from easyr1.rollout.types import Turn
from games.core.types import PerceptionScore, ReplyStatus

PERCEPTION_TERMS = ("exact", "cells")


@dataclass(frozen=True, slots=True)
class Rubric:
    """Scores turns.

    Attributes:
        weights: What each part is worth.
        perception: `exact`, 1 when the whole perception block is right and else 0 (the paper's), or `cells`, the
            share of right cells.

    Raises:
        ConfigError: `perception` is neither.
    """

    weights: RewardWeights
    perception: str = "exact"

    def __post_init__(self) -> None:
        if self.perception not in PERCEPTION_TERMS:
            raise ConfigError(f"perception: {self.perception!r} given; it must be {' or '.join(PERCEPTION_TERMS)}")

    def score(self, turn: Turn) -> TurnReward:
        """The reward of a turn."""
        return self._compose(turn.status, turn.game_reward, turn.is_well_formed, turn.perception)

    def score_facts(self, facts: Mapping[str, Any]) -> TurnReward:
        """The reward of a turn given as plain values.

        Args:
            facts: `status` ("legal", "illegal", "unreadable"), `game_reward`, `is_well_formed` and `perception`
                with `exact` and `cells`; more keys do no harm.
        """
        perception = PerceptionScore(bool(facts["perception"]["exact"]), float(facts["perception"]["cells"]))
        return self._compose(
            ReplyStatus(facts["status"]), float(facts["game_reward"]), bool(facts["is_well_formed"]), perception
        )

    def episode_return(self, turns: Iterable[Turn]) -> float:
        """Sum of the rewards of an episode's turns, undiscounted."""
        return float(sum(self.score(turn).total for turn in turns))

    def _compose(
        self, status: ReplyStatus, game_reward: float, is_well_formed: bool, perception: PerceptionScore
    ) -> TurnReward:
        weights = self.weights
        worth = {ReplyStatus.ILLEGAL: weights.illegal, ReplyStatus.UNREADABLE: weights.unreadable}
        legal = game_reward if weights.legal is None else weights.legal
        if game_reward <= 0 and weights.unrewarded is not None:
            legal = weights.unrewarded
        game = float(worth.get(status, legal))
        form = float(is_well_formed)
        seen = float(perception.exact if self.perception == "exact" else perception.cells)
        return TurnReward(game, form, seen, game + weights.alpha * form + weights.beta * seen)

"""What the parts of a reward are worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from easyr1.errors import ConfigError


@dataclass(frozen=True, slots=True)
class RewardWeights:
    """Values of the reward's parts; the defaults of the game term are those of arXiv 2505.13426.

    Attributes:
        alpha: Worth of a well-formed reply.
        beta: Worth of a right perception block.
        illegal: Game term of a readable action that the rules forbid.
        unreadable: Game term of a reply without a readable action.
        legal: Game term of a legal action; None for the game's own reward.
        unrewarded: Game term of a legal action for which the game itself gives nothing, or takes; None for `legal`.

    Raises:
        ConfigError: A value is not a finite number.
    """

    alpha: float
    beta: float
    illegal: float = -1.0
    unreadable: float = -1.0
    legal: float | None = 1.0
    unrewarded: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("legal", "unrewarded") and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise ConfigError(f"{field.name}: {value!r} given; it must be a finite number")


@dataclass(frozen=True, slots=True)
class TurnReward:
    """A turn's reward: its parts before weighting (`format` and `perception` in [0, 1]), and their weighted sum."""

    game: float
    format: float
    perception: float
    total: float

"""How long an episode may be, and how much of it a policy sees."""

from __future__ import annotations

from dataclasses import dataclass

from easyr1.errors import ConfigError
from easyr1.rollout.types import RolloutStopped, StopReason


class ContextOverflow(RolloutStopped):
    """A context does not fit the model."""

    stop_reason = StopReason.CONTEXT_LIMIT


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an episode.

    Attributes:
        max_turns: Replies an episode may take, 1 or more; illegal and unreadable ones count.
        window: Turns in a context, the current one included, 1 or more; None for all.

    Raises:
        ConfigError: A bound is not such a number.
    """

    max_turns: int
    window: int | None = None

    def __post_init__(self) -> None:
        _check_count("max_turns", self.max_turns, "a whole number, 1 or more")
        if self.window is not None:
            _check_count("window", self.window, "a whole number, 1 or more, or null for all turns")


def _check_count(key: str, value: object, expected: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"{key}: {value!r} given; it must be {expected}")

"""The stages of the proof, in order, and the time that each may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from easyr1.errors import ConfigError


@dataclass(frozen=True)
class Stage:
    """A part of the proof that runs in a process of its own.

    Attributes:
        letter: Its name.
        title: What it shows, in a few words.
        module: Has `run(plan: Plan, record: Record) -> None`.
        planned_s: Time that it was planned to take on a GPU.
        limit_s: Time after which it is ended, for the size `full`.
        small_limit_s: The same for the size `small`, which runs on whatever there is.
    """

    letter: str
    title: str
    module: str
    planned_s: float
    limit_s: float
    small_limit_s: float


_HERE = "easyr1.bridge.proof"

STAGES = (
    Stage("a", "versions, imports, attention", f"{_HERE}.attention", 20, 40, 240),
    Stage("b", "a model with random weights", f"{_HERE}.random_model", 30, 40, 240),
    Stage("c", "the actor alone", f"{_HERE}.actor", 60, 80, 300),
    Stage("d", "reinforcement learning, one turn and three", f"{_HERE}.reinforcement", 240, 290, 900),
    Stage("e", "CUDA graphs and LoRA", f"{_HERE}.adapter", 90, 140, 600),
)
"""On a GPU the limits leave each stage room over its plan, and all of them end within ten minutes."""


def choose_stages(letters: str | None) -> tuple[Stage, ...]:
    """The stages that a list such as `a,c` names, in their own order; all for None.

    Raises:
        ConfigError: There is no such stage.
    """
    if letters is None:
        return STAGES
    asked: Sequence[str] = [letter.strip() for letter in letters.split(",")]
    known = [stage.letter for stage in STAGES]
    for letter in asked:
        if letter not in known:
            raise ConfigError(f"--stages: {letter!r} given; it must be some of {','.join(known)}")
    return tuple(stage for stage in STAGES if stage.letter in asked)

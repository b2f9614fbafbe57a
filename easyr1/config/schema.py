"""Our own keys of a run's configuration, typed; everything else is verl's."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from easyr1.errors import ConfigError


@dataclass
class GameKeys:
    """Which levels are played.

    Attributes:
        id: game id of `games.game_ids()`.
        knobs: difficulty of the game.
        validation_levels: number of frozen levels that validation plays.
    """

    id: str = MISSING
    knobs: dict[str, Any] = field(default_factory=dict)
    validation_levels: int = MISSING


@dataclass
class VlmKeys:
    """The model.

    Attributes:
        name: short name for run folders.
        path: folder or hub id of a Hugging Face checkpoint with its processor.
        cell_px: side of one merged vision token, px.
    """

    name: str = MISSING
    path: str = MISSING
    cell_px: int = MISSING


@dataclass
class ObjectiveKeys:
    """What the game term of the reward is worth.

    Attributes:
        name: short name.
        legal_reward: reward of a legal move; None takes the game's own.
        illegal_reward: reward of a readable move that the rules forbid.
        unreadable_reward: reward of a reply without a readable move.
        perception: `exact` (0 or 1) or `cells` (share of right cells).
    """

    name: str = MISSING
    legal_reward: float | None = MISSING
    illegal_reward: float = MISSING
    unreadable_reward: float = MISSING
    perception: str = MISSING


@dataclass
class HardwareKeys:
    """What our own processes may use.

    Attributes:
        name: short name.
        environment_workers: processes beside each agent-loop worker.
        environment_timeout_s: seconds after which a turn counts as hung.
    """

    name: str = MISSING
    environment_workers: int = MISSING
    environment_timeout_s: float = MISSING


@dataclass
class RunKeys:
    """All keys of ours; see recipes/base.yaml for their meaning and defaults."""

    seed: int = MISSING
    experiment: str = MISSING
    runs_dir: str = MISSING
    alpha: float = MISSING
    beta: float = MISSING
    max_turns: int = MISSING
    window: int | None = MISSING
    game: GameKeys = field(default_factory=GameKeys)
    vlm: VlmKeys = field(default_factory=VlmKeys)
    objective: ObjectiveKeys = field(default_factory=ObjectiveKeys)
    hardware: HardwareKeys = field(default_factory=HardwareKeys)


def run_keys(config: DictConfig) -> RunKeys:
    """Our keys out of a composed configuration.

    Raises:
        ConfigError: a key is missing or its value has the wrong type; the message names it.
    """
    own = {key.name: config[key.name] for key in fields(RunKeys) if not OmegaConf.is_missing(config, key.name)}
    try:
        typed = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(RunKeys), OmegaConf.create(own)))
    except OmegaConfBaseException as error:
        key = error.full_key or error.key
        raise ConfigError(f"{key}: {str(error.msg or error).splitlines()[0]}") from error
    assert isinstance(typed, RunKeys)
    return typed

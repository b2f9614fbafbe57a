"""Our own keys of a run's configuration, typed; everything else is verl's."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, MissingMandatoryValue, OmegaConfBaseException, ValidationError

from easyr1.errors import ConfigError

EXPECTED = {
    "to Integer": "a whole number",
    "to Float": "a number",
    "to String": "a word",
    "not supported for optional": "a single value",
    "Cannot assign": "a group of keys",
    "Cannot merge": "a group of keys",
    "is not a subclass of": "a group of keys",
    "Incompatible value": "a value, not null",
    "Non optional field": "a value, not null",
    "is not Optional": "a value, not null",
}
"""What OmegaConf's complaint about a type says in words."""


@dataclass
class LevelKeys:
    """Which levels are played: those of one game, or of several."""


@dataclass
class GameKeys(LevelKeys):
    """One game.

    Attributes:
        id: game id of `games.game_ids()`.
        knobs: difficulty of the game.
        validation_levels: number of frozen levels that validation plays.
        validation_knobs: what validation sets over knobs, such as photographs that training never shows.
        example_knobs: what the examples of a cold start set over knobs, such as states further into a game.
    """

    id: str = MISSING
    knobs: dict[str, Any] = field(default_factory=dict)
    validation_levels: int = MISSING
    validation_knobs: dict[str, Any] = field(default_factory=dict)
    example_knobs: dict[str, Any] = field(default_factory=dict)


@dataclass
class MixedGameKeys(GameKeys):
    """One game of a mixture.

    Attributes:
        weight: its share of the training levels is its weight over the sum of weights.
    """

    weight: float = 1.0


@dataclass
class MixtureKeys(LevelKeys):
    """Several games by name."""

    games: dict[str, MixedGameKeys] = field(default_factory=dict)


@dataclass
class VlmKeys:
    """The model.

    Attributes:
        name: short name for run folders.
        path: folder or hub id of a Hugging Face checkpoint with its processor.
        cell_px: side of one merged vision token, px.
        billion_weights: 1e9 weights, for the check of memory; None skips it.
    """

    name: str = MISSING
    path: str = MISSING
    cell_px: int = MISSING
    billion_weights: float | None = None


@dataclass
class ObjectiveKeys:
    """What the game term of the reward is worth.

    Attributes:
        name: short name.
        legal_reward: reward of a legal move; None takes the game's own.
        unrewarded_reward: reward of a legal move that the game itself does not reward; None takes `legal_reward`.
        illegal_reward: reward of a readable move that the rules forbid.
        unreadable_reward: reward of a reply without a readable move.
        perception: `exact` (0 or 1) or `cells` (share of right cells).
    """

    name: str = MISSING
    legal_reward: float | None = MISSING
    unrewarded_reward: float | None = None
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
class TuningKeys:
    """Which weights are trained.

    Attributes:
        name: `full` or `lora`.
        rank: of the matrices of LoRA; 0 trains all weights.
        alpha: of LoRA: what is learned counts alpha / rank times.
        target_modules: layers with an adapter: `all-linear`, names or ends of names, or a regular expression.
        exclude_modules: regular expression of layers without one.
        lr_factor: what a recipe's learning rate, one for all weights, is multiplied by.
    """

    name: str = MISSING
    rank: int = MISSING
    alpha: int = 0
    target_modules: Any = None
    exclude_modules: str | None = None
    lr_factor: float = 1.0


@dataclass
class HistoryKeys:
    """Which pictures a run keeps beside the record of its turns; the viewer makes the others again.

    Attributes:
        images: `all`, `first` (of each episode's first turn) or `none`.
        every: of so many steps of training one keeps pictures.
    """

    images: str = "all"
    every: int = 1


@dataclass
class ColdStartKeys:
    """What is done before reinforcement learning.

    Attributes:
        data: keys of recipes/cold_start.yaml, which says how examples are made.
        train: keys of recipes/cold_start_train.yaml, which says how a model is trained on them.
    """

    data: dict[str, Any] = field(default_factory=dict)
    train: dict[str, Any] = field(default_factory=dict)


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
    game: LevelKeys = field(default_factory=GameKeys)
    vlm: VlmKeys = field(default_factory=VlmKeys)
    objective: ObjectiveKeys = field(default_factory=ObjectiveKeys)
    hardware: HardwareKeys = field(default_factory=HardwareKeys)
    tuning: TuningKeys = field(default_factory=TuningKeys)
    history: HistoryKeys = field(default_factory=HistoryKeys)
    cold_start: ColdStartKeys | None = None

    @property
    def games(self) -> dict[str, GameKeys]:
        """The games that are played, one or more, by the key under which each stands, such as `game.games.swap`."""
        if isinstance(self.game, MixtureKeys):
            return {f"game.games.{name}": game for name, game in self.game.games.items()}
        assert isinstance(self.game, GameKeys)
        return {"game": self.game}


def run_keys(config: DictConfig) -> RunKeys:
    """Our keys out of a composed configuration.

    Raises:
        ConfigError: a key is missing or its value has the wrong type; the message names it.
    """
    given = [key.name for key in fields(RunKeys) if key.name in config.keys()]  # noqa: SIM118, `in` hides bad values
    for name in given:
        if OmegaConf.is_missing(config, name):
            raise ConfigError(f"{name}: no value; give one by {name}=...")
    try:
        own = {name: config[name] for name in given}
        typed = OmegaConf.to_object(OmegaConf.merge(_schema(config), OmegaConf.create(own)))
    except OmegaConfBaseException as error:
        raise ConfigError(_explain(error, config)) from error
    assert isinstance(typed, RunKeys)
    return typed


def _schema(config: DictConfig) -> DictConfig:
    """The types of our keys, with those of a mixture where `game` is one."""
    schema: DictConfig = OmegaConf.structured(RunKeys)
    if OmegaConf.is_dict(config.get("game")) and "games" in config.game.keys():  # noqa: SIM118, `in` is false for null
        schema.game = MixtureKeys
    return schema


def _explain(error: OmegaConfBaseException, config: DictConfig) -> str:
    key = str(error.full_key or error.key)
    if isinstance(error, MissingMandatoryValue):
        return _nearest_game(key, config) or f"{key}: no value; give one by {key}=..."
    if isinstance(error, ConfigKeyError) and key == "game.id":
        return "game.games: given beside the keys of one game; choose several games by game=mixture"
    if isinstance(error, ConfigKeyError):
        return f"{key}: no such key{_nearest_field(key, config)}"
    for kind, expected in EXPECTED.items():
        if isinstance(error, ValidationError) and kind in str(error):
            return f"{key}: {shown(OmegaConf.select(config, key))} given; it must be {expected}"
    return f"{key}: {str(error.msg or error).splitlines()[0]}"


def shown(value: object) -> str:
    """A value as a user writes it; words in quotes, so that an empty one shows."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def _nearest_game(key: str, config: DictConfig) -> str | None:
    """What to say of a game of a mixture that has no id, because the name of another was meant."""
    place, _, word = key.rpartition(".")
    parent, _, name = place.rpartition(".")
    if parent != "game.games" or word != "id":
        return None
    others = [str(other) for other in config.game.games if other != name]
    match = get_close_matches(name, others, n=1)
    return f"{place}: no such game in the mixture; did you mean {parent}.{match[0]}?" if match else None


def _nearest_field(key: str, config: DictConfig) -> str:
    place, _, word = key.rpartition(".")
    if place.startswith("game.games."):
        node = OmegaConf.structured(MixedGameKeys)
    else:
        node = OmegaConf.select(_schema(config), place) if place else OmegaConf.structured(RunKeys)
    match = get_close_matches(word, [str(name) for name in node], n=1)
    return f"; did you mean {f'{place}.' if place else ''}{match[0]}?" if match else ""

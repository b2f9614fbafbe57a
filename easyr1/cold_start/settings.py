"""What a data set is asked to be: from recipe and command line to checked values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from easyr1.cold_start.episodes import EpisodeSettings
from easyr1.cold_start.teachers import TEACHERS
from easyr1.errors import ConfigError
from easyr1.evaluation.settings import FREE_CHAT_KEYS
from easyr1.policies.chat_settings import ChatSettings
from easyr1.rollout.limits import Limits
from games.errors import nearest

if TYPE_CHECKING:
    from omegaconf import DictConfig

RECIPE = "cold_start"
FREE_KEYS = ("states", "validation_states", "workers", "samples", "max_cost", "experiment", "runs_dir", "vlm")
"""What may be another when the same data set is taken up again: it changes no row."""

OF_TRAINING = ("data", "actor_rollout_ref")
"""What a model's file says for training alone."""


@dataclass(frozen=True)
class GameSettings:
    """A game of the data set: its id, and its knobs as in training under those of examples."""

    id: str
    knobs: Mapping[str, Any]


@dataclass(frozen=True)
class DataSettings:
    """A data set, checked; see recipes/cold_start.yaml.

    Attributes:
        folder: Of the data set.
        games: By the name under which their rows stand.
        states: Rows of each game, by split.
        pinned: The keys that may not change when the data set is taken up again, as given.
        command: The command line that makes it, after the program's name.
        chat: The endpoint, for teacher=chat.
    """

    folder: Path
    teacher: str
    games: Mapping[str, GameSettings]
    states: Mapping[str, int]
    episodes: EpisodeSettings
    seed: int
    workers: int | None
    samples: int
    max_cost: float | None
    pinned: Mapping[str, Any]
    command: str
    chat: ChatSettings | None = None


def compose_settings(overrides: Sequence[str]) -> DictConfig:
    """recipes/cold_start.yaml with the command line on top. Raises ConfigError, in one line that names the key."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from easyr1.config.compose import OPEN_KEYS, register_resolvers
    from easyr1.config.explain import explain, group_choices
    from easyr1.config.hardware import default_choices, fill_in
    from easyr1.config.paths import recipes_folder

    given = [f"++{one}" if OPEN_KEYS.match(one) or one.startswith("chat.extra_body.") else one for one in overrides]
    defaults = default_choices(RECIPE)
    register_resolvers()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(recipes_folder()), version_base="1.3"):
        try:
            config = compose(RECIPE, fill_in(given, defaults))
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            groups = fill_in(group_choices(overrides), defaults)
            raise ConfigError(explain(error, overrides, lambda: compose(RECIPE, groups))) from error
    own: DictConfig = OmegaConf.masked_copy(config, [key for key in map(str, config) if key not in OF_TRAINING])
    return own


def read_settings(config: DictConfig, overrides: Sequence[str]) -> DataSettings:
    """Check the composed values. Raises ConfigError, in one line that names the key."""
    from easyr1.config.compose import resolved

    values = resolved(config)
    if values["teacher"] not in TEACHERS:
        raise ConfigError(f"teacher: {values['teacher']!r} given; {nearest(str(values['teacher']), TEACHERS)}")
    Limits(values["max_turns"], values["window"])
    workers, max_cost = values["workers"], values["max_cost"]
    return DataSettings(
        folder=Path(str(values["runs_dir"])) / _experiment(values, overrides),
        teacher=values["teacher"],
        games=_games(config),
        states={
            "train": _whole("states", values["states"], 1),
            "validation": _whole("validation_states", values["validation_states"], 0),
        },
        episodes=_episodes(values),
        seed=_whole("seed", values["seed"], 0),
        workers=None if workers is None else _whole("workers", workers, 1),
        samples=_whole("samples", values["samples"], 1),
        max_cost=None if max_cost is None else _number("max_cost", max_cost, 0, math.inf),
        pinned=_pinned(values),
        command=" ".join(["python -m easyr1.cold_start data", *overrides]),
        chat=_chat(values["chat"]) if values["teacher"] == "chat" else None,
    )


def _games(config: DictConfig) -> dict[str, GameSettings]:
    """The games of the group `game`, each of which can be made."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from easyr1.config import game_knobs
    from easyr1.config.schema import GameKeys, MixtureKeys, RunKeys, VlmKeys

    if not OmegaConf.is_dict(config.game):
        raise ConfigError(f"game: {config.game!r} given; it must be a file of recipes/game/, such as game=shisensho")
    schema = MixtureKeys if "games" in config.game.keys() else GameKeys  # noqa: SIM118, `in` is false for null
    try:
        keys = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(schema), config.game))
    except OmegaConfBaseException as error:
        reason = str(error.msg or error).splitlines()[0]
        raise ConfigError(f"game.{error.full_key or error.key}: {reason}") from error
    assert isinstance(keys, (MixtureKeys, GameKeys))
    # Which pictures suit the model's vision tokens is asked where the model is trained.
    run = RunKeys(game=keys, vlm=VlmKeys(cell_px=1))
    for finding in game_knobs.check(config, run):
        raise ConfigError(finding)
    if not run.games:
        raise ConfigError("game.games: none given; a mixture has one game or more")
    return {
        _short(key, game.id): GameSettings(game.id, {**game.knobs, **game.example_knobs})
        for key, game in run.games.items()
    }


def _short(key: str, game_id: str) -> str:
    """The name of a game in file names: that in the mixture, or of the id alone."""
    if "." not in key:
        return re.sub(r"[^\w.-]+", "-", game_id.rpartition("/")[2], flags=re.ASCII)
    name = key.rpartition(".")[2]
    if not re.fullmatch(r"\w+", name, re.ASCII):
        raise ConfigError(f"{key}: {name!r} given; a name must be of letters, digits and underscores")
    return name


def _episodes(values: Mapping[str, Any]) -> EpisodeSettings:
    model = values["model"]
    if model is not None and (not isinstance(model, str) or not model.strip()):
        raise ConfigError(f"model: {model!r} given; it must be a folder or hub id, or null")
    return EpisodeSettings(
        max_turns=values["max_turns"],
        window=values["window"],
        random_share=_number("random_share", values["random_share"], 0, 1),
        mistake_share=_number("mistake_share", values["mistake_share"], 0, 1),
        candidates=_whole("candidates", values["candidates"], 0),
        model=model,
        max_prompt_length=_whole("max_prompt_length", values["max_prompt_length"], 1),
        max_response_length=_whole("max_response_length", values["max_response_length"], 1),
    )


def _experiment(values: Mapping[str, Any], overrides: Sequence[str]) -> str:
    name = values["experiment"]
    if name is None:
        chosen = [one.partition("=")[2] for one in overrides if one.startswith("game=")]
        words = ["cold_start", chosen[-1] if chosen else "mixture", values["teacher"], f"seed{values['seed']}"]
        return re.sub(r"[^\w.-]+", "-", "_".join(map(str, words)), flags=re.ASCII)
    if not isinstance(name, (str, int)) or str(name).strip() in ("", ".", "..") or "/" in str(name):
        raise ConfigError(f"experiment: {name!r} given; it must be the name of one folder (runs_dir says where)")
    return str(name)


def _pinned(values: Mapping[str, Any]) -> dict[str, Any]:
    """Flat keys, in the order in which a difference is worth telling."""
    teacher = values["teacher"]
    kept = {
        key: value for key, value in values.items() if key not in FREE_KEYS and (key != "chat" or teacher == "chat")
    }
    flat = dict(_flat("", {"teacher": teacher, **kept}))
    free = {f"chat.{key}" for key in FREE_CHAT_KEYS}
    # Neither weights nor validation levels change a row.
    return {
        key: value
        for key, value in flat.items()
        if key not in free and not re.search(r"^game\.(.+\.)?(weight|validation_(levels|knobs.*))$", key)
    }


def _flat(prefix: str, values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            found += _flat(f"{prefix}{key}.", value)
        else:
            found.append((f"{prefix}{key}", value))
    return found


def _chat(values: Mapping[str, Any]) -> ChatSettings:
    return ChatSettings(**values)


def _whole(key: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(f"{key}: {value!r} given; it must be a whole number, {least} or more")
    return value


def _number(key: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        bounds = f"{low:g} or more" if high == math.inf else f"from {low:g} to {high:g}"
        raise ConfigError(f"{key}: {value!r} given; it must be a number, {bounds}")
    return float(value)

"""What G1 does before reinforcement learning: it makes examples and trains a model on them, unless that is done."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from easyr1.cold_start.data import CARD, make_data
from easyr1.cold_start.folder import claim_folder, saved_keys
from easyr1.cold_start.settings import DataSettings, compose_settings, read_settings
from easyr1.cold_start.train import train
from easyr1.cold_start.training import compose_training, trained_model
from easyr1.cold_start.training_checks import check_settings, check_training
from easyr1.config.hardware import default_choices, fill_in
from easyr1.errors import ConfigError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from easyr1.config.schema import ColdStartKeys, RunKeys

DATA_GROUPS, TRAIN_GROUPS = ("vlm", "game"), ("vlm", "hardware", "tuning")
"""Groups whose choice, and whose keys on the command line, are also a stage's."""


@dataclass(frozen=True)
class ColdStart:
    """The two stages before reinforcement learning.

    Attributes:
        data: Command line of `python -m easyr1.cold_start data`.
        train: Command line of `python -m easyr1.cold_start train`.
        own: What of them the run says under `cold_start`.
    """

    data: tuple[str, ...]
    train: tuple[str, ...]
    own: ColdStartKeys

    @classmethod
    def of(cls, recipe: str, overrides: Sequence[str], config: DictConfig, keys: RunKeys) -> ColdStart:
        """The stages of a run.

        Args:
            recipe: Name of a file under recipes/.
            overrides: The command line of the run.
            config: What they compose to; `keys` are ours in it.
        """
        assert keys.cold_start is not None, "asked of a run that has none"
        if (path := str(config.actor_rollout_ref.model.path)) != keys.vlm.path:
            raise ConfigError(f"actor_rollout_ref.model.path: {path} given; with a cold start say vlm.path instead")
        defaults = default_choices(recipe)
        given = fill_in(overrides, defaults)
        if not any(one.startswith("game=") for one in given):
            given.insert(0, f"game={defaults['game']}")
        runs = {"runs_dir": keys.runs_dir, "seed": keys.seed}
        examples = f"{keys.experiment}_examples"
        data = {
            **runs,
            "experiment": examples,
            "max_turns": keys.max_turns,
            "window": keys.window,
            "model": keys.vlm.path,
            "max_prompt_length": config.data.max_prompt_length,
            "max_response_length": config.data.max_response_length,
        }
        train = {
            **runs,
            "experiment": f"{keys.experiment}_sft",
            "examples": str(Path(keys.runs_dir) / examples),
            "validation.max_turns": keys.max_turns,
            "validation.window": keys.window,
            "data.max_length": config.data.max_prompt_length + config.data.max_response_length,
            "trainer.nnodes": config.trainer.nnodes,
            "trainer.n_gpus_per_node": config.trainer.n_gpus_per_node,
        }
        return cls(
            (*_of_groups(given, DATA_GROUPS), *spell_overrides({**data, **keys.cold_start.data})),
            (*_of_groups(given, TRAIN_GROUPS), *spell_overrides({**train, **keys.cold_start.train})),
            keys.cold_start,
        )

    def check(self) -> None:
        """Compose both stages. Raises ConfigError for what cannot run, in one line that names the key."""
        with _named("cold_start.data", self.own.data):
            self._data_settings()
        with _named("cold_start.train", self.own.train):
            check_settings(self._training())

    def model(self) -> Path | None:
        """The model that the stages made, None when they are not done."""
        if not _is_complete(self._data_settings()):
            return None
        config = self._training()
        check_training(config)
        return trained_model(config)

    def run(self) -> int:
        """Do what is not done; exit status of the stage that did not come to its end, or 0."""
        settings = self._data_settings()
        _say(1, "examples", f"python -m easyr1.cold_start data {shlex.join(self.data)}")
        if _is_complete(settings):
            print(f"{settings.folder} is finished: it has all its examples", flush=True)
        elif make_data(settings):
            return 1
        _say(2, "supervised training", f"python -m easyr1.cold_start train {shlex.join(self.train)}")
        status = train(self.train)
        if status == 0:
            _say(3, "reinforcement learning", f"from {self.model() or 'the model that this stage has still to make'}")
        return status

    def documents(self) -> Iterator[tuple[str, DictConfig]]:
        """The configuration of each stage, with a title."""
        yield "1. examples: python -m easyr1.cold_start data", compose_settings(self.data)
        yield "2. supervised training: python -m easyr1.cold_start train", self._training()

    def _data_settings(self) -> DataSettings:
        return read_settings(compose_settings(self.data), self.data)

    def _training(self) -> DictConfig:
        return compose_training(self.train)


@contextmanager
def _named(place: str, own: Mapping[str, Any]) -> Iterator[None]:
    """Where something is wrong with a stage's own key, say where it stands in the run's configuration."""
    try:
        yield
    except ConfigError as error:
        key = str(error).partition(":")[0]
        is_own = any(one.partition("=")[0] == key for one in spell_overrides(own))
        raise ConfigError(f"{place}.{error}" if is_own else str(error)) from error


def _is_complete(settings: DataSettings) -> bool:
    """Whether a data set has all its examples, which needs no endpoint to be there. Raises ResumeError for another."""
    if not (settings.folder / CARD).is_file():
        return False
    # Which model an endpoint serves is on record.
    pinned = dict(settings.pinned)
    if settings.chat is not None and settings.chat.model is None:
        pinned["chat.model"] = saved_keys(settings.folder).get("chat.model")
    store = claim_folder(settings.folder, pinned, settings.states, list(settings.games))
    return all(
        sum(shard.rows for shard in store.shards(split, game)) == number
        for split, number in settings.states.items()
        for game in settings.games
    )


def spell_overrides(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Nested values as Hydra overrides: `{"a": {"b": [1, None]}}` is `a.b=[1,null]`."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from spell_overrides(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}={_spell(value)}"


def _spell(value: Any) -> str:
    match value:
        case list() | tuple():
            return f"[{','.join(map(_spell, value))}]"
        case str() if not re.fullmatch(r"[\w./:@%+-]+", value):
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case str():
            return value
        case _:
            return json.dumps(value)


def _of_groups(overrides: Sequence[str], groups: Sequence[str]) -> list[str]:
    """What of a command line chooses or refines one of these groups."""
    return [one for one in overrides if re.split(r"[.=]", one.lstrip("+~"), maxsplit=1)[0] in groups]


def _say(number: int, stage: str, words: str) -> None:
    print(f"stage {number} of 3, {stage}: {words}", flush=True)

"""What an evaluation is asked to do: from recipe and command line to checked values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from easyr1.errors import ConfigError
from easyr1.evaluation.runner import STATE_POLICIES
from easyr1.evaluation.suites import load_suite
from easyr1.evaluation.tasks import Task, named_task, with_limits
from easyr1.rollout.limits import Limits
from games.core.types import OBSERVATIONS
from games.errors import nearest

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from easyr1.policies.chat_settings import ChatSettings
    from easyr1.policies.checkpoint import Checkpoint
    from easyr1.policies.vllm_command import ServerSettings

RECIPE = "evaluate"
MODEL_POLICIES = ("chat", "checkpoint")
CONCURRENCY = {"chat": 8, "checkpoint": 64}
DEFAULT_SUITE = "g1"
STATE_RECORDS = 2
"""Levels of a task that keep pictures when nobody says how many, for players that do not look at them."""

LIMITS = ("episodes", "repeats", "max_turns")
FREE_CHAT_KEYS = (
    "base_url", "concurrency", "timeout_s", "retries", "backoff_s", "price_in", "price_out", "key_variable"
)  # fmt: skip
"""What may be another on resume: it changes no reply."""

SERVER_KEYS = ("max_model_len", "dtype", "arguments")
"""What may not."""


@dataclass(frozen=True)
class Settings:
    """An evaluation, checked.

    Attributes:
        policy: Name of the player.
        tasks: What it plays, games that cannot be made here included.
        folder: Of the run.
        pinned: The keys that may not change when the run is taken up again, as given.
        chat: The endpoint, for policy=chat; how to sample, for policy=checkpoint.
        checkpoint, server: For policy=checkpoint.
        The rest: see recipes/evaluate.yaml.
    """

    policy: str
    tasks: tuple[Task, ...]
    folder: Path
    pinned: Mapping[str, Any]
    window: int | None
    observation: str
    seed: int
    record_episodes: int | None
    workers: int | None
    retry_failed: bool
    chat: ChatSettings | None = None
    checkpoint: Checkpoint | None = None
    server: ServerSettings | None = None

    @property
    def max_images(self) -> int:
        """Pictures that a context may hold."""
        return self.window or max(task.max_turns for task in self.tasks)


def compose_settings(overrides: Sequence[str]) -> DictConfig:
    """recipes/evaluate.yaml with the command line on top. Raises ConfigError, in one line that names the key."""
    from hydra import compose, initialize
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from easyr1.config.explain import explain
    from easyr1.config.paths import recipes_folder

    # By name and without a search path: `game` and `suite` are plain keys here, and groups in recipes/.
    ConfigStore.instance().store(RECIPE, OmegaConf.load(recipes_folder() / f"{RECIPE}.yaml"))
    given = [f"++{one}" if re.match(r"knobs\.|chat\.extra_body\.", one) else one for one in overrides]
    GlobalHydra.instance().clear()
    with initialize(config_path=None, version_base="1.3"):
        try:
            return compose(RECIPE, given)
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            own = [one for one in overrides if not one.startswith("game=")]
            raise ConfigError(explain(error, own, lambda: compose(RECIPE, []))) from error


def read_settings(values: Mapping[str, Any]) -> Settings:
    """Check the composed values, as plain dictionaries. Raises ConfigError."""
    policy = values["policy"]
    known = (*STATE_POLICIES, *MODEL_POLICIES)
    if policy not in known:
        raise ConfigError(f"policy: {policy!r} given; {nearest(str(policy), known)}")
    if values["observation"] not in OBSERVATIONS:
        raise ConfigError(f"observation: {values['observation']!r} given; it must be one of {', '.join(OBSERVATIONS)}")
    if policy in STATE_POLICIES and values["observation"] != "image":
        raise ConfigError(f"observation: {values['observation']} given; policy={policy} plays from the state itself")
    Limits(1, values["window"])
    seed = _whole("seed", values["seed"], 0)
    if not isinstance(values["retry_failed"], bool):
        raise ConfigError(f"retry_failed: {values['retry_failed']!r} given; it must be true or false")
    record = values["record_episodes"]
    if record is None:
        record = STATE_RECORDS if policy in STATE_POLICIES else None
    else:
        record = _whole("record_episodes", record, 0)
    workers = values["workers"]
    checkpoint = _checkpoint(values)
    return Settings(
        policy=policy,
        tasks=tuple(_tasks(values)),
        folder=Path(str(values["runs_dir"])) / _experiment(values, checkpoint),
        pinned=_pinned(values, checkpoint),
        window=values["window"],
        observation=values["observation"],
        seed=seed,
        record_episodes=record,
        workers=None if workers is None else _whole("workers", workers, 1),
        retry_failed=values["retry_failed"],
        chat=_chat(values) if policy in MODEL_POLICIES else None,
        checkpoint=checkpoint,
        server=_server(values["server"]) if checkpoint else None,
    )


def _tasks(values: Mapping[str, Any]) -> list[Task]:
    suite, game, knobs = values["suite"], values["game"], values["knobs"]
    limits = {key: values[key] for key in LIMITS if values[key] is not None}
    if not isinstance(knobs, Mapping):
        raise ConfigError(f"knobs: {knobs!r} given; it must be names with values, such as knobs.rows=4")
    if suite is not None and game is not None:
        raise ConfigError(f"game: {game} given beside suite={suite}; give one of the two")
    if game is not None:
        if values["tasks"] is not None:
            raise ConfigError(f"tasks: {values['tasks']} given beside game={game}; they are of a suite")
        return [named_task(str(game), knobs, **limits)]
    if knobs:
        raise ConfigError(f"knobs.{next(iter(knobs))}: knobs go with game=..., a suite brings its own")
    name = str(suite or DEFAULT_SUITE)
    return [with_limits(task, limits) for task in _chosen(load_suite(name), values["tasks"], name)]


def _chosen(tasks: Sequence[Task], names: object, suite: str) -> list[Task]:
    """Those of a suite's tasks that `names` lists, in the suite's order; all of them for None."""
    if names is None:
        return list(tasks)
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        raise ConfigError(f"tasks: {names!r} given; it must be a list of the suite's, such as tasks=[swap]")
    known, chosen = [task.name for task in tasks], [str(name) for name in names]
    for name in chosen:
        if name not in known:
            raise ConfigError(f"tasks: {name} given, and suite={suite} has no such task: {nearest(name, known)}")
    return [task for task in tasks if task.name in chosen]


def _experiment(values: Mapping[str, Any], checkpoint: Checkpoint | None) -> str:
    name = values["experiment"]
    if name is None:
        what = [values["game"] or Path(str(values["suite"] or DEFAULT_SUITE)).stem, *(values["tasks"] or [])]
        models = {"chat": values["chat"]["model"], "checkpoint": checkpoint and checkpoint.name}
        player = [values["policy"], models.get(values["policy"])]
        looks = [] if values["observation"] == "image" else [values["observation"]]
        words = ["eval", *(one for one in player if one), *what, *looks, f"seed{values['seed']}"]
        return re.sub(r"[^\w.-]+", "-", "_".join(map(str, words)), flags=re.ASCII)
    if not isinstance(name, (str, int)) or str(name).strip() in ("", ".", "..") or "/" in str(name):
        raise ConfigError(f"experiment: {name!r} given; it must be the name of one folder (runs_dir says where)")
    return str(name)


def _pinned(values: Mapping[str, Any], checkpoint: Checkpoint | None) -> dict[str, Any]:
    """In the order in which a difference is worth telling."""
    keys = ("policy", "suite", "game", "knobs", *LIMITS, "window", "observation", "seed")
    pinned = {key: values[key] for key in keys}
    if values["suite"] is None and values["game"] is None:
        pinned["suite"] = DEFAULT_SUITE
    if checkpoint is not None:
        pinned |= {"path": str(checkpoint.folder), "weights": checkpoint.digest()}
        pinned |= {f"server.{key}": values["server"][key] for key in SERVER_KEYS}
    if values["policy"] in MODEL_POLICIES:
        pinned |= {f"chat.{key}": value for key, value in values["chat"].items() if key not in FREE_CHAT_KEYS}
    if checkpoint is not None:
        pinned["chat.model"] = checkpoint.name
    return pinned


def _chat(values: Mapping[str, Any]) -> ChatSettings:
    from easyr1.policies.chat_settings import ChatSettings

    given = values["chat"]
    default = {"concurrency": CONCURRENCY[values["policy"]]} if given["concurrency"] is None else {}
    return ChatSettings(**{**given, **default})


def _checkpoint(values: Mapping[str, Any]) -> Checkpoint | None:
    path = values["path"]
    if values["policy"] != "checkpoint":
        if path is not None:
            raise ConfigError(f"path: {path} given beside policy={values['policy']}; it goes with policy=checkpoint")
        return None
    from easyr1.policies.checkpoint import find_checkpoint

    if not isinstance(path, str):
        raise ConfigError(f"path: {path!r} given; policy=checkpoint needs the folder of a run or of a model")
    return find_checkpoint(Path(path))


def _server(values: Mapping[str, Any]) -> ServerSettings:
    from easyr1.policies.vllm_command import ServerSettings

    return ServerSettings(**values)


def _whole(key: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(f"{key}: {value!r} given; it must be a whole number, {least} or more")
    return value

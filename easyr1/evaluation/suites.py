"""Named sets of tasks: files of `recipes/suite/`, or of the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from easyr1.errors import ConfigError
from easyr1.evaluation.tasks import Task, named_task
from games.errors import nearest
from games.ladder import DEFAULT_RUNG, rungs
from games.registration import game_ids

KEYS = ("tasks", "ladder", "include")


def suite_names() -> list[str]:
    """The suites that come with this project, sorted."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def load_suite(name: str) -> list[Task]:
    """The tasks of a suite in order, whether or not their games can be made here.

    A file has one or more of the keys `tasks` (a mapping from names to the attributes of `Task`), `ladder` (the
    attributes of a task of each rung of each registered game, and `games`, what differs for some) and `include` (a
    list of suites that come first).

    Args:
        name: One of `suite_names`, or the path of a file that ends in `.yaml`.

    Raises:
        ConfigError: There is no such suite, or its file has something else in it.
    """
    path = Path(name) if name.endswith(".yaml") else _folder() / f"{name}.yaml"
    if not path.is_file():
        known = suite_names()
        raise ConfigError(f"suite: {name} given, and there is no such suite: {nearest(name, known)}; or a .yaml file")
    try:
        tasks = list(_tasks(_read(path)))
    except ConfigError as error:
        raise ConfigError(f"suite: {path.name}: {error}") from error
    names = [task.name for task in tasks]
    for twice in {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"suite: {path.name}: two tasks have the name {twice}")
    return tasks


def _folder() -> Path:
    from easyr1.config.paths import recipes_folder

    return recipes_folder() / "suite"


def _read(path: Path) -> Mapping[str, Any]:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        values = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
    except (OmegaConfBaseException, YAMLError, OSError, ValueError) as error:
        raise ConfigError(f"it cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(values, Mapping):
        raise ConfigError(f"it must have one of the keys {', '.join(KEYS)}")
    suite = {str(key): value for key, value in values.items()}
    for key in suite:
        if key not in KEYS:
            raise ConfigError(f"{key}: no such key of a suite; {nearest(key, KEYS)}")
    return suite


def _tasks(values: Mapping[str, Any]) -> Iterator[Task]:
    for name in values.get("include", []):
        yield from load_suite(str(name))
    for name, attributes in values.get("tasks", {}).items():
        try:
            yield Task.from_dict({"name": str(name), **attributes})
        except ConfigError as error:
            raise ConfigError(f"tasks.{name}.{error}") from error
    if "ladder" in values:
        yield from _ladder(dict(values["ladder"]))


def _ladder(common: dict[str, Any]) -> Iterator[Task]:
    """A task for each rung of each registered game, in the order of their ids."""
    special = common.pop("games", {})
    for game in game_ids():
        attributes = {"optional": True, **common, **special.get(game, {})}
        knobs = attributes.pop("knobs", {})
        for rung in rungs(game):
            yield named_task(game if rung == DEFAULT_RUNG else f"{game}/{rung}", knobs, **attributes)

"""Compose a recipe over verl's configuration with Hydra, and explain in one line what cannot be composed."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from easyr1.config.explain import explain, group_choices, nearest
from easyr1.config.hardware import default_choices, fill_in
from easyr1.config.paths import package_path, recipes_folder, verl_config_folder
from easyr1.errors import ConfigError

OPEN_KEYS = re.compile(r"game\.(games\.[^.=]+\.)?knobs\.|game\.games\.[^.=]+\.weight=|cold_start\.(data|train)\.")
"""Which knobs there are is the game's to say, and which keys a stage has the stage's: any may be set."""


DEFAULT_CELL_PX = 28


def _num_validation_levels(game: DictConfig) -> int:
    return sum(int(one.validation_levels) for one in game.get("games", {"": game}).values())


def _add(*terms: Any) -> int:
    return sum(int(term) for term in terms)


def _product(*factors: Any) -> int:
    return math.prod(int(factor) for factor in factors)


def _first_given(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _cores(at_most: int) -> str:
    """Cores that this process may use, as the text that an environment variable is."""
    return str(min(int(at_most), len(os.sched_getaffinity(0))))


def _largest(*values: Any) -> int:
    return max(int(value) for value in values)


def _tokens_px(count: int, *, _root_: DictConfig) -> int:
    """Side of `count` vision tokens of the model that the configuration names; of Qwen2.5-VL where it names none."""
    return count * int(OmegaConf.select(_root_, "vlm.cell_px", default=DEFAULT_CELL_PX))


def _times(*factors: Any) -> float:
    return math.prod(float(factor) for factor in factors)


RESOLVERS: dict[str, Callable[..., Any]] = {
    "package_path": package_path,
    "add": _add,
    "product": _product,
    "first_given": _first_given,
    "cores": _cores,
    "largest": _largest,
    "times": _times,
    "tokens_px": _tokens_px,
    "num_validation_levels": _num_validation_levels,
}


def register_resolvers() -> None:
    """Make what stands in recipes as `${name:...}` known to OmegaConf."""
    for name, resolver in RESOLVERS.items():
        OmegaConf.register_new_resolver(name, resolver, replace=True)


def load_game(recipe: str, cell_px: int = DEFAULT_CELL_PX) -> dict[str, Any]:
    """`recipes/game/<recipe>.yaml` of one game by itself, for vision tokens of `cell_px` px a side."""
    register_resolvers()
    game = OmegaConf.load(recipes_folder() / "game" / f"{recipe}.yaml")
    return dict(resolved(OmegaConf.create({"vlm": {"cell_px": cell_px}, "game": game}))["game"])


def compose_recipe(recipe: str, overrides: Sequence[str] = ()) -> DictConfig:
    """The configuration of a run: recipe, then groups, then command line; interpolations still open.

    Args:
        recipe: name of a file under `recipes/`, such as `g0/shisensho`.
        overrides: Hydra overrides such as `seed=2` or `trainer.total_training_steps=50`.

    Raises:
        ConfigError: a key, group or value that does not exist; the message names it and the nearest that does.
    """
    known = recipes()
    if recipe not in known:
        raise ConfigError(f"--config-name {recipe}: no such recipe{nearest(recipe, known)}; known: {', '.join(known)}")
    register_resolvers()
    searchpath = f"hydra.searchpath=[file://{verl_config_folder()}]"
    given = [f"++{override}" if OPEN_KEYS.match(override) else override for override in overrides]
    defaults = default_choices(recipe)
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(recipes_folder()), version_base="1.3"):
        try:
            return compose(recipe, [searchpath, *fill_in(given, defaults)])
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            groups = fill_in(group_choices(overrides), defaults)
            message = explain(error, overrides, lambda: compose(recipe, [searchpath, *groups]))
            raise ConfigError(message) from error


@lru_cache
def verl_defaults(model_engine: str = "dp") -> dict[str, Any]:
    """verl's own configuration with nothing of ours, resolved; what keys there are, and of what type."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(verl_config_folder()), version_base="1.3"):
        return resolved(compose("ppo_trainer", [f"model_engine={model_engine}"]))


def resolved(config: DictConfig) -> dict[str, Any]:
    """A configuration as plain dictionaries, every interpolation replaced by its value.

    Raises:
        ConfigError: a key without a value, or one that refers to a key that does not exist.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        reason = str(error.msg or error).splitlines()[0]
        raise ConfigError(f"{error.full_key or error.key}: {reason}") from error
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def recipes() -> list[str]:
    """Names of all recipes, such as `g0/shisensho`."""
    root = recipes_folder()
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.glob("g[0-9]*/*.yaml"))

"""Compose a recipe over verl's configuration with Hydra, and explain in one line what cannot be composed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from easyr1.config.hardware import fill_in
from easyr1.config.paths import package_path, recipes_folder, verl_config_folder
from easyr1.errors import ConfigError

GROUPS = ("game", "vlm", "objective", "hardware")


def compose_recipe(recipe: str, overrides: Sequence[str] = ()) -> DictConfig:
    """The configuration of a run: recipe, then groups, then command line; interpolations still open.

    Args:
        recipe: name of a file under `recipes/`, such as `g0/shisensho`.
        overrides: Hydra overrides such as `seed=2` or `trainer.total_training_steps=50`.

    Raises:
        ConfigError: a key, group or value that does not exist; the message names it and the nearest that does.
    """
    if not (recipes_folder() / f"{recipe}.yaml").is_file():
        names = sorted(path.relative_to(recipes_folder()).with_suffix("").as_posix() for path in _recipe_files())
        raise ConfigError(f"--config-name {recipe}: no such recipe{_nearest(recipe, names)}; there are {', '.join(names)}")
    for name, resolver in {"package_path": package_path, "add": lambda *terms: sum(int(term) for term in terms)}.items():
        OmegaConf.register_new_resolver(name, resolver, replace=True)
    searchpath = f"hydra.searchpath=[file://{verl_config_folder()}]"
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(recipes_folder()), version_base="1.3"):
        try:
            return compose(recipe, [searchpath, *fill_in(overrides)])
        except (HydraException, OmegaConfBaseException) as error:
            raise ConfigError(_explain(error, recipe, searchpath)) from error


def _recipe_files() -> Iterator[Any]:
    return (path for folder in ("g0", "g1") for path in (recipes_folder() / folder).glob("*.yaml"))


def _explain(error: Exception, recipe: str, searchpath: str) -> str:
    """One line out of Hydra's many: the key or group in question, and the nearest that exists."""
    text = str(error)
    missing_key = re.search(r"Could not override '([^']+)'", text)
    if missing_key:
        key = missing_key.group(1)
        known = list(_flat_keys(compose(recipe, [searchpath, *fill_in([])])))
        return f"{key}: no such key{_nearest(key, known)}; to add a new one write +{key}=..."
    missing_option = re.search(r"Could not find '([^']+)/([^'/]+)'", text) or re.search(
        r"In '.*': Could not find '([^']+)/([^'/]+)'", text
    )
    if missing_option:
        group, option = missing_option.group(1).strip("/"), missing_option.group(2)
        known = sorted(path.stem for path in (recipes_folder() / group).glob("*.yaml"))
        return f"{group}={option}: no such option{_nearest(option, known)}; there are {', '.join(known)}"
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


def _flat_keys(config: Any, prefix: str = "") -> Iterator[str]:
    for key in config:
        path = f"{prefix}{key}"
        yield path
        node = config._get_node(key)
        if isinstance(node, DictConfig) and not node._is_none() and not node._is_interpolation():
            yield from _flat_keys(node, f"{path}.")


def _nearest(word: str, known: Sequence[str]) -> str:
    match = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {match[0]}?" if match else ""

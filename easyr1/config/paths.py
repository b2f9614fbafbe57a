"""Where the recipes and other packaged files are, in a clone and in an installed wheel."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from easyr1.errors import ConfigError

PACKAGE = Path(__file__).resolve().parents[1]


def recipes_folder() -> Path:
    """The folder with the Hydra groups: `recipes/` of the clone, or its copy inside an installed wheel.

    Raises:
        ConfigError: there is none.
    """
    for folder in (PACKAGE / "recipes", PACKAGE.parent / "recipes"):
        if (folder / "base.yaml").is_file():
            return folder
    raise ConfigError(f"no recipes inside or beside {PACKAGE}; reinstall easyr1")


def package_path(relative: str) -> str:
    """Absolute path of a file of this project, given from the root of the clone (`easyr1/...`)."""
    return str(PACKAGE.parent / relative)


def verl_config_folder() -> Path:
    """verl's own Hydra configuration, found without importing verl (which takes seconds).

    Raises:
        ConfigError: verl is not installed.
    """
    spec = importlib.util.find_spec("verl")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("verl is not installed: run `bash install.sh`, which picks the extra for this machine")
    return Path(spec.submodule_search_locations[0]) / "trainer" / "config"

"""A checked configuration to spoil, and folders that look like models and runs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = [] if find_spec("verl") else ["test_*.py"]
"""Recipes are composed over verl's configuration."""

ROOT = Path(__file__).parents[2]
RECIPE = "g0/shisensho"
TINY = ("hardware=cpu", "vlm=tiny")

Refuse = Callable[..., str]


def findings(config: Any) -> str:
    """What the check has to say about a configuration; fails where it has nothing."""
    from easyr1.config.validate import check_config
    from easyr1.errors import ConfigError

    with pytest.raises(ConfigError) as raised:
        check_config(config)
    return str(raised.value)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder without the runs of whoever has trained in this clone, which a recipe would go on with."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def tiny_config() -> Any:
    """The default of a machine without a GPU, composed once."""
    from easyr1.config.compose import compose_recipe

    return compose_recipe(RECIPE, TINY)


@pytest.fixture
def refuse(tiny_config: Any, tmp_path: Path) -> Refuse:
    """Spoil keys of the default, given as a mapping, and return the finding."""
    from omegaconf import OmegaConf, open_dict

    def spoil(changes: dict[str, Any]) -> str:
        config = copy.deepcopy(tiny_config)
        with open_dict(config):
            for key, value in {"runs_dir": str(tmp_path / "runs"), **changes}.items():
                OmegaConf.update(config, key, value, merge=False, force_add=True)
        return findings(config)

    return spoil


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """A folder with the files of a vision-language model, none of which is one."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("model.safetensors", "preprocessor_config.json", "tokenizer.json"):
        (folder / name).touch()
    config = {"model_type": "qwen2_5_vl", "vision_config": {}, "hidden_size": 3584, "max_position_embeddings": 128000}
    (folder / "config.json").write_text(json.dumps(config))
    return folder

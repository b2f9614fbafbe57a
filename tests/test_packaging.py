"""The wheel: what is in it, and that a recipe composes out of it, far from the clone."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("easyr1", "games", "recipes", "setup.py", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the sources, so that nothing built lies about in the clone, nor comes from there."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        path = ROOT / name
        shutil.copytree(path, source / name, ignore=ignored) if path.is_dir() else shutil.copy(path, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    build = subprocess.run([*command, "."], cwd=source, capture_output=True, text=True, timeout=300)
    assert build.returncode == 0, build.stderr
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="session")
def site(wheel: Path) -> Path:
    """A folder as pip would fill it."""
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_every_module_and_data_file_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {path.relative_to(ROOT).as_posix() for top in ("easyr1", "games") for path in (ROOT / top).rglob("*.py")}
    wanted |= {f"easyr1/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "recipes").rglob("*.yaml")}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "easyr1" / "tiny" / "checkpoint").glob("*")}
    wanted |= {"easyr1/evaluation/frozen_levels.json", "easyr1/evaluation/anchors.json"}
    wanted |= {"easyr1/bridge/agent_loops.yaml", "easyr1/py.typed", "games/py.typed"}
    assert wanted - held == set()
    assert not [name for name in held if name.startswith(("tests", "examples", "recipes")) or name.endswith(".sh")]


def test_size(wheel: Path) -> None:
    assert wheel.stat().st_size < 10e6


def test_entry_points(site: Path) -> None:
    parser = configparser.ConfigParser()
    parser.read(next(site.glob("*.dist-info")) / "entry_points.txt")
    groups = {name: dict(parser[name]) for name in parser.sections()}
    assert groups["console_scripts"]["easyr1-train"] == "easyr1.train:main"
    assert groups["console_scripts"]["easyr1-evaluate"] == "easyr1.evaluate:main"
    assert groups["verl.plugins"]["easyr1"] == "easyr1.bridge.plugin"
    for group in groups.values():
        for target in group.values():
            module, _, name = target.partition(":")
            file = site.joinpath(*module.split(".")).with_suffix(".py")
            assert (file.is_file() and f"def {name}(" in file.read_text()) or not name, target


def run_installed(site: Path, code: str) -> str:
    """Run code with the unzipped wheel first on the path, outside of the clone."""
    env = {**os.environ, "PYTHONPATH": str(site)}
    run = subprocess.run([sys.executable, "-c", code], cwd=site, env=env, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_game_plays_out_of_it(site: Path) -> None:
    code = (
        "import games; game = games.make_game('games/ShisenSho-v0'); games.check_game('games/ShisenSho-v0'); "
        "print(games.__file__)"
    )
    assert run_installed(site, code).strip() == f"{site}/games/__init__.py"


def test_an_evaluation_runs_out_of_it(site: Path, tmp_path: Path) -> None:
    code = (
        "from easyr1.evaluate import main; import easyr1; print(easyr1.__file__); "
        f"main(['policy=solver', 'suite=g1', 'episodes=1', 'workers=1', 'runs_dir={tmp_path}'])"
    )
    out = run_installed(site, code)
    assert out.startswith(f"{site}/easyr1/__init__.py") and "| shisensho " in out
    assert "anchors of" not in out, "those of the paper's suite are in the wheel"


@pytest.mark.skipif(find_spec("verl") is None, reason="recipes are composed over verl's configuration")
def test_a_recipe_composes_out_of_it(site: Path) -> None:
    code = (
        "from easyr1.config.paths import recipes_folder; print(recipes_folder()); "
        "from easyr1.config.compose import compose_recipe, resolved; "
        "config = resolved(compose_recipe('g0/shisensho', ['hardware=cpu', 'vlm=tiny'])); "
        "print(config['vlm']['path']); print(config['actor_rollout_ref']['rollout']['agent']['agent_loop_config_path'])"
    )
    recipes, model, loops = run_installed(site, code).splitlines()
    assert recipes == f"{site}/easyr1/recipes"
    assert model == f"{site}/easyr1/tiny/checkpoint" and Path(model).is_dir()
    assert loops == f"{site}/easyr1/bridge/agent_loops.yaml" and Path(loops).is_file()

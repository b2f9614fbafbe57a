"""The import law of the repository, read from the source of every file; imports inside functions count."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GAMES_MAY_IMPORT = set(sys.stdlib_module_names) | {"games", "numpy", "gymnasium", "PIL"}
NO_GAME = {"board", "core", "drawing", "photos"}
"""Folders of `games` that hold no game."""
ENTRY_POINTS = {"benchmark.py", "train.py", "doctor.py", "cold_start/train.py"}
"""Programs of `easyr1` that start what `bridge` holds."""
MAY_IMPORT_TORCH = {"algorithms", "bridge", "tiny"}
PLAIN = (
    *("errors", "metrics", "progress", "rollout", "rewards", "data", "policies", "replay", "evaluation", "evaluate"),
    *("machine", "estimate", "doctor"),
)
HEAVY = {"torch", "verl", "ray", "vllm", "transformers", "matplotlib", "tqdm", "hydra", "omegaconf"}


def imports(root: Path, path: Path) -> Iterator[str]:
    """Every name that a file imports, as an absolute dotted name."""
    package = path.relative_to(root).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def breaches_of_games(parts: tuple[str, ...], name: str, all_games: set[str]) -> Iterator[str]:
    top, *rest = name.split(".")
    if top not in GAMES_MAY_IMPORT:
        yield "games may not import it"
    if top == "games" and rest and rest[0] in all_games and len(parts) > 2 and parts[1] != rest[0]:
        yield "core imports no game, and no game another"


def breaches_of_easyr1(parts: tuple[str, ...], name: str) -> Iterator[str]:
    folder = parts[1]
    top = name.split(".")[0]
    if folder != "bridge":
        if top in ("verl", "ray"):
            yield "only bridge imports the engine"
        if name.startswith("easyr1.bridge") and "/".join(parts[1:]) not in ENTRY_POINTS:
            yield "only bridge and the entry points import bridge"
    if top == "torch" and folder not in MAY_IMPORT_TORCH:
        yield f"torch belongs in {', '.join(sorted(MAY_IMPORT_TORCH))}"


def breaches(root: Path) -> list[str]:
    """All breaches of the law below a folder that is laid out like the repository."""
    all_games = {path.parent.name for path in root.glob("games/*/game.py")} - NO_GAME
    found = [f"{path.relative_to(root)}: recipes hold no Python" for path in root.glob("recipes/**/*.py")]
    for path in [
        *root.glob("*.py"),
        *(file for top in ("games", "easyr1", "examples") for file in root.glob(f"{top}/**/*.py")),
    ]:
        parts = path.relative_to(root).parts
        for name in imports(root, path):
            reasons = ["nothing imports examples or tests"] if name.split(".")[0] in ("examples", "tests") else []
            if parts[0] == "games":
                reasons += breaches_of_games(parts, name, all_games)
            if parts[0] == "easyr1":
                reasons += breaches_of_easyr1(parts, name)
            found += [f"{path.relative_to(root)} imports {name}: {reason}" for reason in reasons]
    return found


def test_the_repository_keeps_the_law() -> None:
    assert (ROOT / "easyr1" / "rollout" / "play.py").is_file() and (ROOT / "games" / "shisensho" / "game.py").is_file()
    assert breaches(ROOT) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("games/core/chat.py", "import torch"),
        ("games/core/chat.py", "from games.swap.rules import swap"),
        ("games/drawing/board.py", "from games import swap"),
        ("games/twenty_forty_eight/game.py", "def f():\n    import games.swap.rules"),
        ("games/twenty_forty_eight/game.py", "from ..swap import rules"),
        ("games/registration.py", "import easyr1.errors"),
        ("easyr1/rollout/play.py", "def f():\n    import ray"),
        ("easyr1/config/validate.py", "from verl.utils import x"),
        ("easyr1/tiny/model.py", "import ray"),
        ("easyr1/rewards/rubric.py", "from easyr1.bridge import outputs"),
        ("easyr1/rewards/rubric.py", "from .. import bridge"),
        ("easyr1/metrics.py", "from easyr1 import bridge"),
        ("easyr1/metrics.py", "import torch.nn"),
        ("easyr1/bridge/plugin.py", "from tests.replay import make"),
        ("setup.py", "import examples"),
        ("recipes/game/shisensho.py", "x = 1"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, path: str, line: str) -> None:
    for game in ("swap", "twenty_forty_eight"):
        (tmp_path / "games" / game).mkdir(parents=True)
        (tmp_path / "games" / game / "game.py").touch()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(line)
    assert len(breaches(tmp_path)) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("games/registration.py", "from games.swap.game import Swap"),
        ("games/swap/game.py", "from games.swap import rules\nfrom games.core.types import Level\nimport PIL.Image"),
        ("easyr1/bridge/plugin.py", "import verl, ray, torch\nfrom easyr1.bridge import outputs"),
        ("easyr1/train.py", "def f():\n    from easyr1.bridge.launch import launch"),
        ("easyr1/algorithms/advantage.py", "import torch"),
    ],
)
def test_what_is_allowed_is_no_breach(tmp_path: Path, path: str, line: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(line)
    assert breaches(tmp_path) == []


def test_importing_the_plain_packages_is_light() -> None:
    modules = []
    for name in PLAIN:
        folder = ROOT / "easyr1" / name
        files = sorted(folder.glob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
        modules += [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]
    code = f"import sys, {', '.join(modules)}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []

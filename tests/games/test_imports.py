from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import games

ROOT = Path(games.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
ALLOWED = set(sys.stdlib_module_names) | {"games", "numpy", "gymnasium", "PIL"}
# Folders of `games` that are no game.
SHARED = {"board", "core", "drawing", "photos"}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_keeps_the_import_law(path: Path) -> None:
    folder = path.relative_to(ROOT).parts[0]
    all_games = {other.name for other in ROOT.iterdir() if (other / "game.py").exists() and other.name not in SHARED}
    for name in imports(path):
        top, _, rest = name.partition(".")
        assert top in ALLOWED, f"{path} imports {name}"
        if top == "games" and (folder in SHARED or folder in all_games):
            other = rest.partition(".")[0]
            assert other not in all_games - {folder}, f"{path} imports the game {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_stays_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 300
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None and node.end_lineno - node.lineno < 50, node.name


def test_importing_is_quick_and_light() -> None:
    code = (
        "import sys, time, gymnasium, numpy; start = time.perf_counter(); import games; "
        "print(time.perf_counter() - start, *{'torch', 'verl', 'ray', 'pandas'} & set(sys.modules))"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    seconds, *heavy = min(outputs, key=lambda line: float(line.split()[0])).split()
    assert not heavy
    assert float(seconds) < 0.5

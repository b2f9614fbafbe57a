"""`python -m easyr1.train` as its user meets it: what it prints, where, and with which status it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(find_spec("verl") is None, reason="recipes are composed over verl's configuration")


def train(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command line that ends before anything starts; `folder` takes what it should not write."""
    command = [sys.executable, "-m", "easyr1.train", *arguments]
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "RAY_ADDRESS": "127.0.0.1:1", **environment}
    return subprocess.run(
        [*command, f"runs_dir={folder}/runs"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sed=2"], "error: sed: no such key; did you mean seed?\n"),
        (["seed=abc"], "error: seed: 'abc' given; it must be a whole number\n"),
        (["game.knobs.rows=3", "game.knobs.columns=3"], "error: game.knobs.rows and game.knobs.columns: rows and "),
        (["vlm.path=/nowhere/model"], "error: vlm.path: there is no folder '/nowhere/model'\n"),
        (["--config-name", "g0/chess"], "error: --config-name g0/chess: no such recipe; known: g0/2048, g0/mixture, "),
        pytest.param(
            ["data.max_response_length=5"],
            "error: data.max_response_length: 5 given; a right reply has ",
            marks=pytest.mark.engine,
        ),
    ],
    ids=["key", "type", "board", "model", "recipe", "reply"],
)
def test_bad_input_ends_in_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    run = train("hardware=cpu", "vlm=tiny", *arguments, folder=tmp_path)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith(message) and run.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_the_configuration_is_printed_and_nothing_else(tmp_path: Path) -> None:
    from omegaconf import OmegaConf

    run = train("hardware=cpu", "vlm=tiny", "seed=7", "--cfg", "job", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    config = OmegaConf.create(run.stdout)
    assert config.seed == 7 and config.runs_dir == f"{tmp_path}/runs"
    assert "${" not in run.stdout
    assert not (tmp_path / "runs").exists()


def test_printing_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from easyr1.train import main; main(['hardware=cpu', 'vlm=tiny', '--cfg', 'job']); "
        "print(*sorted({'torch', 'verl', 'ray', 'vllm', 'transformers'} & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stderr.strip() == ""


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m easyr1.train hardware=cpu vlm=tiny --cfg job | head -n 1"
    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.stderr == "" and run.stdout.count("\n") == 1


def test_help_names_keys_and_groups() -> None:
    run = subprocess.run([sys.executable, "-m", "easyr1.train", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0
    for word in ("--config-name", "--cfg", "seed", "experiment", "hardware", "objective", "game.knobs"):
        assert word in run.stdout

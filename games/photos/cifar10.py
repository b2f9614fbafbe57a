"""CIFAR-10 from the user's files. K: the ten kinds; N: photographs of a kind; S = 32: side of one in px.

The published forms hold the same photographs in different orders. Sorted by their bytes within each kind they are
numbered alike, whichever form they were read from. The sorted arrays are kept as files beside other caches, and mapped
into memory, so that all processes of a machine share one copy and the second start reads nothing twice.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from games.core.types import Image
from games.errors import KnobError
from games.photos.files import LOOKED_FOR, Source, find_sources
from games.photos.photo_set import KINDS
from games.photos.readers import SIDE

FOLDER_VARIABLE = "CIFAR10_FOLDER"
"""Environment variable that names the folder where the knob does not."""


@dataclass(frozen=True, eq=False)
class Cifar10:
    """One split: for each kind its photographs, uint8 (N, S, S, 3)."""

    name: str
    arrays: tuple[NDArray[np.uint8], ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Photographs of each kind."""
        return tuple(map(len, self.arrays))

    def photo(self, kind: int, number: int) -> Image:
        """Photograph `number` of a kind, (S, S, 3)."""
        return np.asarray(self.arrays[kind][number])

    @cached_property
    def digest(self) -> str:
        """A number for the content, the same for every form of the files."""
        found = hashlib.sha256()
        for array in self.arrays:
            found.update(len(array).to_bytes(8, "big"))
            found.update(array.tobytes())
        return found.hexdigest()[:16]


def load_cifar10(folder: str | None, split: str) -> Cifar10:
    """A split of CIFAR-10 from a folder, else from the one that CIFAR10_FOLDER names.

    Raises:
        KnobError: Files are missing or cannot be read, or there is no folder to look in.
    """
    named = folder or os.environ.get(FOLDER_VARIABLE)
    if not named:
        raise KnobError(
            f"photos must name the folder of CIFAR-10's files, or {FOLDER_VARIABLE} in the environment; it may hold "
            f'{LOOKED_FOR}. Without them, faces="drawn10" plays with drawings of the same ten kinds'
        )
    return _load(str(Path(named).expanduser().resolve()), split)


@lru_cache(maxsize=8)
def _load(folder: str, split: str) -> Cifar10:
    sources = find_sources(Path(folder), split)
    others = find_sources(Path(folder), "train") if split == "test" else []
    name = f"cifar10 {split} {folder}"
    kept = _cache_folder() / _stamp([*sources, *others], split)
    arrays = _read_kept(kept)
    if arrays is None:
        arrays = sort_photos(sources, others)
        if _keep(kept, arrays):
            arrays = _read_kept(kept) or arrays
    return Cifar10(name, arrays)


def sort_photos(sources: Sequence[Source], others: Sequence[Source] = ()) -> tuple[NDArray[np.uint8], ...]:
    """The photographs of each kind, sorted by their bytes: K arrays (N, S, S, 3). Raises KnobError.

    Args:
        others: A copy of one of their photographs is left out, so that no photograph is in both splits.
    """
    known = {hashlib.sha256(photo).digest() for photo, _ in _photos(others)}
    found: list[list[bytes]] = [[] for _ in KINDS]
    for photo, kind in _photos(sources):
        if not known or hashlib.sha256(photo).digest() not in known:
            found[kind].append(photo)
    return tuple(
        np.frombuffer(b"".join(sorted(photos)), np.uint8).reshape(len(photos), SIDE, SIDE, 3) for photos in found
    )


def _photos(sources: Sequence[Source]) -> Iterator[tuple[bytes, int]]:
    for source in sources:
        for photos, kinds in source.read():
            for photo, kind in zip(photos, kinds.tolist(), strict=True):
                yield photo.tobytes(), kind


def _stamp(sources: Sequence[Source], split: str) -> str:
    """A name for the files as they are now: a file written anew gives another."""
    stats = [(str(source.path), source.path.stat().st_size, source.path.stat().st_mtime_ns) for source in sources]
    return f"{split}-{hashlib.sha256(repr(stats).encode()).hexdigest()[:24]}"


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "games-cifar10")


def _read_kept(kept: Path) -> tuple[NDArray[np.uint8], ...] | None:
    """Arrays mapped from an earlier call's files, None when they are not there or not whole."""
    try:
        arrays = tuple(np.load(kept / f"{kind}.npy", mmap_mode="r", allow_pickle=False) for kind in KINDS)
    except (OSError, ValueError, EOFError):
        return None
    is_whole = all(array.dtype == np.uint8 and array.shape[1:] == (SIDE, SIDE, 3) for array in arrays)
    return arrays if is_whole else None


def _keep(kept: Path, arrays: Sequence[NDArray[np.uint8]]) -> bool:
    """Write the arrays for later calls, all or nothing; False where that cannot be, and this process keeps its own."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=kept.parent))
        try:
            for kind, array in zip(KINDS, arrays, strict=True):
                np.save(draft / f"{kind}.npy", array, allow_pickle=False)
            if kept.exists() and _read_kept(kept) is None:
                shutil.rmtree(kept, ignore_errors=True)
            draft.rename(kept)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError:
        return kept.exists()  # Another process may have been first.
    return True

"""The sets of photographs by name."""

from __future__ import annotations

from games.core.game import check_choice
from games.errors import KnobError
from games.photos.cifar10 import load_cifar10
from games.photos.drawn import Drawings
from games.photos.photo_set import SPLITS, PhotoSet

DRAWN, CIFAR10 = "drawn10", "cifar10"
"""What needs no files, and what needs them: neither stands in for the other unasked, so that a level stays a value."""


def open_photos(name: str, split: str, folder: str | None = None, digest: str | None = None) -> PhotoSet:
    """A split of `drawn10` or `cifar10`.

    Args:
        folder: Of CIFAR-10's files; None for the one that the environment variable CIFAR10_FOLDER names.
        digest: `Cifar10.digest` of the split, where only photographs known beforehand will do.

    Raises:
        KnobError: There is no such split, files are missing or damaged, or the photographs are others.
    """
    check_choice("split", split, SPLITS)
    if name == DRAWN:
        return Drawings(split)
    if folder is not None and not isinstance(folder, str):
        raise KnobError(f"photos must be the path of a folder or None, got {folder!r}")
    photos = load_cifar10(folder, split)
    if digest is not None and digest != photos.digest:
        raise KnobError(f"photos_digest must be that of the {split} photographs found, {photos.digest}, got {digest!r}")
    return photos

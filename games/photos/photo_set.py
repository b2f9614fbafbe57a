"""What a set of photographs is. K: the ten kinds; S: side of a photograph in px."""

from __future__ import annotations

from typing import Protocol

from games.core.types import Image

KINDS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""The classes of CIFAR-10, in the order of its labels."""
SPLITS = ("train", "test")


class PhotoSet(Protocol):
    """Numbered photographs of each kind; the two splits of a set share none."""

    @property
    def name(self) -> str:
        """What tells this set and split from every other in this process."""
        ...

    @property
    def counts(self) -> tuple[int, ...]:
        """Photographs of each kind, K numbers."""
        ...

    def photo(self, kind: int, number: int) -> Image:
        """Photograph `number`, 0 .. counts[kind] - 1, of a kind: uint8 (S, S, 3)."""
        ...

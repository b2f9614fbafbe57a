"""Named colours, far apart from each other and from the tile they are drawn on; the first n make a palette of n."""

from __future__ import annotations

from typing import TypeAlias

RGB: TypeAlias = tuple[int, int, int]

COLOURS: dict[str, RGB] = {
    "red": (222, 38, 38),
    "blue": (30, 84, 222),
    "green": (28, 158, 62),
    "yellow": (250, 208, 16),
    "purple": (146, 52, 186),
    "orange": (245, 128, 12),
    "cyan": (44, 200, 222),
    "black": (34, 34, 38),
}
BACKGROUND: RGB = (72, 78, 88)
TILE: RGB = (250, 247, 238)
TILE_EDGE: RGB = (176, 172, 160)


def darker(colour: RGB) -> RGB:
    """The same hue at about half the light, for outlines."""
    return colour[0] * 9 // 20, colour[1] * 9 // 20, colour[2] * 9 // 20

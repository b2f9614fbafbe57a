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
    "orange": (240, 112, 8),
    "cyan": (44, 200, 222),
    "black": (34, 34, 38),
}
BACKGROUND: RGB = (72, 78, 88)
# Around a board: darker, so that a board whose outer cells are empty still shows where it ends.
MARGIN: RGB = (38, 42, 50)
TILE: RGB = (250, 247, 238)
TILE_EDGE: RGB = (176, 172, 160)


def darker(colour: RGB) -> RGB:
    """The same hue at about half the light, for outlines."""
    return colour[0] * 9 // 20, colour[1] * 9 // 20, colour[2] * 9 // 20

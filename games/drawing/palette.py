"""Named colours and themes. A theme gives every colour name a tone of its own; the names in texts stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

RGB: TypeAlias = tuple[int, int, int]

# Far apart from each other and from the tile they are drawn on; the first n make a palette of n.
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
# For walls, wood, skin, paper and print; no game asks a player to tell these from the colours above.
EXTRAS: dict[str, RGB] = {
    "white": (252, 252, 250),
    "light": (206, 210, 214),
    "grey": (132, 138, 146),
    "dark": (54, 58, 66),
    "brown": (150, 96, 50),
    "pink": (246, 150, 176),
}


@dataclass(frozen=True, slots=True, eq=False)
class Theme:
    """The tones of a picture.

    Attributes:
        background: Of the board, where a cell holds no tile.
        margin: Around the board: darker, so that a board whose outer cells are empty still shows where it ends.
        tile, tile_edge: A tile and its bevel.
        colours: Tone of each colour name that differs from COLOURS and EXTRAS.
        is_dark: Whether tiles are dark, so that figures on them are outlined in a lighter tone, not a darker one.
    """

    background: RGB = (72, 78, 88)
    margin: RGB = (38, 42, 50)
    tile: RGB = (250, 247, 238)
    tile_edge: RGB = (176, 172, 160)
    colours: Mapping[str, RGB] = field(default_factory=dict)
    is_dark: bool = False

    def tone(self, colour: str | RGB) -> RGB:
        """The RGB of a colour name; an RGB stays as it is."""
        if isinstance(colour, tuple):
            return colour
        return self.colours.get(colour) or {**COLOURS, **EXTRAS}[colour]

    def outline(self, colour: RGB) -> RGB:
        """The tone around a figure of that colour."""
        return lighter(colour) if self.is_dark else darker(colour)


def darker(colour: RGB) -> RGB:
    """The same hue at about half the light, for outlines."""
    return colour[0] * 9 // 20, colour[1] * 9 // 20, colour[2] * 9 // 20


def lighter(colour: RGB) -> RGB:
    """Half way to white."""
    return (colour[0] + 255) // 2, (colour[1] + 255) // 2, (colour[2] + 255) // 2


_NIGHT = {"red": (244, 40, 64), "blue": (84, 132, 255), "green": (64, 204, 96), "purple": (196, 104, 240)}
_SAND = {
    "red": (186, 40, 28),
    "blue": (34, 82, 166),
    "green": (70, 124, 40),
    "yellow": (250, 220, 40),
    "orange": (232, 112, 8),
}
_ICE = {"red": (232, 48, 92), "green": (0, 150, 110), "yellow": (255, 222, 60), "purple": (120, 70, 210)}
_CHALK: dict[str, RGB] = {
    "red": (236, 78, 104),
    "blue": (104, 140, 250),
    "green": (134, 232, 134),
    "yellow": (252, 244, 110),
    "purple": (206, 152, 242),
    "orange": (250, 156, 68),
    "cyan": (140, 240, 240),
    "black": (14, 18, 16),
}
_NEON: dict[str, RGB] = {
    "red": (255, 40, 74),
    "blue": (52, 100, 255),
    "green": (40, 255, 110),
    "yellow": (255, 242, 40),
    "purple": (214, 70, 255),
    "orange": (255, 140, 16),
    "cyan": (40, 240, 255),
    "black": (0, 0, 0),
}
THEMES: dict[str, Theme] = {
    "classic": Theme(),
    "night": Theme((24, 27, 36), (8, 9, 13), (90, 96, 112), (56, 60, 74), _NIGHT, is_dark=True),
    "sand": Theme((152, 130, 98), (96, 78, 56), (246, 230, 196), (194, 164, 120), _SAND),
    "ice": Theme((118, 150, 172), (62, 88, 108), (236, 246, 253), (164, 194, 212), _ICE),
    "chalk": Theme((30, 60, 50), (16, 36, 30), (56, 92, 80), (86, 126, 112), _CHALK, is_dark=True),
    "neon": Theme((14, 8, 28), (4, 2, 10), (44, 32, 72), (98, 58, 160), _NEON, is_dark=True),
}
# Never trained on, so that what was learned can be tested on tones not seen before.
HELD_OUT_THEMES = ("chalk", "neon")
TRAINING_THEMES = tuple(name for name in THEMES if name not in HELD_OUT_THEMES)

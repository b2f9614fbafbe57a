"""The faces of tiles: face number 0 is an empty cell, face e the tile of 2 to the power of e."""

from __future__ import annotations

from functools import lru_cache

from games.drawing.face import Face, Mark
from games.drawing.palette import RGB
from games.drawing.text import word

EMPTY_LABEL = "empty"
# An empty cell is a slot one can count, as on the boards that people know.
SLOT = "dark"
LONGEST_LINE, LONGEST_TWO_LINES = 5, 10

# From 2 on, the hues in turn, cream to black: no two of the 17 tiles that a 4x4 board can hold share a colour. Larger
# tiles, which only larger boards can hold, start again from the cream.
PLATES: tuple[RGB, ...] = (
    (240, 232, 212),
    (250, 218, 120),
    (248, 168, 82),
    (236, 110, 58),
    (204, 44, 52),
    (214, 78, 140),
    (244, 168, 202),
    (152, 66, 176),
    (84, 64, 184),
    (46, 110, 220),
    (112, 196, 240),
    (22, 152, 160),
    (40, 134, 70),
    (158, 200, 60),
    (128, 84, 46),
    (112, 118, 130),
    (34, 36, 44),
)
_DARK_PRINT: RGB = (52, 46, 44)
_LIGHT_PRINT: RGB = (255, 253, 246)


def _print_on(plate: RGB) -> RGB:
    """The print that stands out from a plate, by its brightness in the weights of ITU-R BT.601."""
    red, green, blue = plate
    return _DARK_PRINT if 299 * red + 587 * green + 114 * blue > 150_000 else _LIGHT_PRINT


def number_lines(number: int) -> str:
    """A number as it stands on a tile: up to five digits in one line, up to ten in two, more in three.

    The upper lines are never shorter than the lower ones, and they are read on from one to the next.
    """
    digits = str(number)
    num_lines = 1 + (len(digits) > LONGEST_LINE) + (len(digits) > LONGEST_TWO_LINES)
    width = -(-len(digits) // num_lines)
    return "\n".join(digits[start : start + width] for start in range(0, len(digits), width))


@lru_cache(maxsize=64)
def tile_faces(largest: int) -> tuple[Face, ...]:
    """The empty cell and the tiles up to exponent `largest`."""
    faces = [Face(EMPTY_LABEL, (), SLOT)]
    for exponent in range(1, largest + 1):
        plate = PLATES[(exponent - 1) % len(PLATES)]
        number = word(number_lines(1 << exponent))
        faces.append(Face(str(1 << exponent), (Mark(number, _print_on(plate), outlined=False),), plate, can_turn=False))
    return tuple(faces)

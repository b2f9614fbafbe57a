"""Short words as shapes: digits and capital letters of five by seven dots, or three by five where space is short."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from games.drawing.shapes import Axis, Mask

MAX_LARGE_CHARS = 3
_WIDTH, _HEIGHT = 1680, 1180
# Rows of dots from the top, five bits each, the leftmost dot first.
_LARGE = {
    "0": (14, 17, 19, 21, 25, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 8, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
    "A": (14, 17, 17, 31, 17, 17, 17),
    "B": (30, 17, 17, 30, 17, 17, 30),
    "C": (14, 17, 16, 16, 16, 17, 14),
    "D": (30, 17, 17, 17, 17, 17, 30),
    "E": (31, 16, 16, 30, 16, 16, 31),
    "F": (31, 16, 16, 30, 16, 16, 16),
    "G": (14, 17, 16, 23, 17, 17, 15),
    "H": (17, 17, 17, 31, 17, 17, 17),
    "I": (14, 4, 4, 4, 4, 4, 14),
    "J": (7, 2, 2, 2, 2, 18, 12),
    "K": (17, 18, 20, 24, 20, 18, 17),
    "L": (16, 16, 16, 16, 16, 16, 31),
    "M": (17, 27, 21, 21, 17, 17, 17),
    "N": (17, 17, 25, 21, 19, 17, 17),
    "O": (14, 17, 17, 17, 17, 17, 14),
    "P": (30, 17, 17, 30, 16, 16, 16),
    "Q": (14, 17, 17, 17, 21, 18, 13),
    "R": (30, 17, 17, 30, 20, 18, 17),
    "S": (15, 16, 16, 14, 1, 1, 30),
    "T": (31, 4, 4, 4, 4, 4, 4),
    "U": (17, 17, 17, 17, 17, 17, 14),
    "V": (17, 17, 17, 17, 17, 10, 4),
    "W": (17, 17, 17, 21, 21, 21, 10),
    "X": (17, 17, 10, 4, 10, 17, 17),
    "Y": (17, 17, 17, 10, 4, 4, 4),
    "Z": (31, 1, 2, 4, 8, 16, 31),
}
_SMALL = {
    "0": (7, 5, 5, 5, 7),
    "1": (2, 6, 2, 2, 7),
    "2": (7, 1, 7, 4, 7),
    "3": (7, 1, 7, 1, 7),
    "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7),
    "6": (7, 4, 7, 5, 7),
    "7": (7, 1, 2, 2, 2),
    "8": (7, 5, 7, 5, 7),
    "9": (7, 5, 7, 1, 7),
}


@dataclass(frozen=True, slots=True)
class Word:
    """A shape: the lines of a text, split at line breaks, as large as fits on a tile.

    Raises:
        KeyError: When drawn, for other characters than digits and capital letters.
    """

    text: str

    def __call__(self, x: Axis, y: Axis) -> Mask:
        """The samples on the dots of the text."""
        dots = np.array(self._dots(), np.bool_)
        num_rows, num_columns = dots.shape
        # One dot has the same size both ways, at most a tenth of the tile.
        dot = min(_WIDTH * 16 // num_columns, _HEIGHT * 16 // num_rows, 205 * 16)
        column = (x * 16 + num_columns * dot // 2) // dot
        row = (y * 16 + num_rows * dot // 2) // dot
        inside = (column >= 0) & (column < num_columns) & (row >= 0) & (row < num_rows)
        return np.asarray(inside & dots[row.clip(0, num_rows - 1), column.clip(0, num_columns - 1)])

    def _dots(self) -> list[list[int]]:
        lines = self.text.split("\n")
        longest = max(map(len, lines))
        is_small = longest > MAX_LARGE_CHARS and all(char in _SMALL for line in lines for char in line)
        font, width, height = (_SMALL, 3, 5) if is_small else (_LARGE, 5, 7)
        rows: list[list[int]] = []
        for line in lines:
            if rows:
                rows.append([0] * ((width + 1) * longest - 1))
            pad = (width + 1) * (longest - len(line)) // 2
            for dot_row in range(height):
                # A dot left free after each character, from a bit that is never set.
                bits = [font[char][dot_row] << 1 >> shift & 1 for char in line for shift in range(width, -1, -1)]
                row = [0] * pad + bits
                rows.append([*row, *[0] * ((width + 1) * longest - len(row))][: (width + 1) * longest - 1])
        return rows


def word(text: str) -> Word:
    """The shape of a short text of digits and capital letters; line breaks start a new line."""
    return Word(text)

"""The task in words, and the words of boards and answers."""

from __future__ import annotations

from games.core.grid import read_coordinates
from games.drawing.palette import COLOURS
from games.drawing.shapes import SHAPES

_TASK = """\
The image shows a Shisen-Sho board of {rows} rows and {columns} columns. A cell is empty or holds a tile: \
a {colours} {shapes}. Cells are named (row,column), from (0,0) at the top left to ({last_row},{last_column}) at the bottom right.

Remove two tiles of the same colour and shape that a path can join. A path consists of at most three straight segments, each \
horizontal or vertical, so it makes at most two turns. It runs only through empty cells and, all around, outside the border of \
the board. Neighbouring tiles need no empty cell between them."""

PERCEPTION_FORM = """\
every cell, a line for each row, like
(0,0) {first}; (0,1) empty; ..."""

ANSWER_FORM = "(r1,c1) (r2,c2)"


def write_task(rows: int, columns: int, colours: int, shapes: int) -> str:
    """What to do on a board of this size with tiles of this palette."""
    return _TASK.format(
        rows=rows,
        columns=columns,
        colours=_either(list(COLOURS)[:colours]),
        shapes=_either(list(SHAPES)[:shapes]),
        last_row=rows - 1,
        last_column=columns - 1,
    )


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def read_answer(answer: str, rows: int, columns: int) -> tuple[int, int, int, int] | None:
    """`(r1,c1) (r2,c2)`: two different cells of the board, with free white space and commas between them; None otherwise."""
    cells = read_coordinates(answer, 2, rows, columns)
    if cells is None or cells[0] == cells[1]:
        return None
    return (*cells[0], *cells[1])


def write_answer(r1: int, c1: int, r2: int, c2: int) -> str:
    """Inverse of `read_answer`."""
    return f"({r1},{c1}) ({r2},{c2})"

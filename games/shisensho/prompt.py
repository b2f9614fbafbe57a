"""The task in words, and the words of boards and answers."""

from __future__ import annotations

from games.core.grid import cell_text, read_coordinates
from games.drawing.palette import COLOURS
from games.drawing.shapes import SHAPES
from games.shisensho.faces import EMPTY_LABEL, LABELS

_TASK = """\
The image shows a Shisen-Sho board of {rows} rows and {columns} columns. A cell is empty or holds a tile: \
a {colours} {shapes}. Cells are named (row,column), from (0,0) at the top left to {last} at the bottom right.

Choose two tiles of the same colour and shape that a path can join; they will be removed. A path consists of \
at most three straight segments, each horizontal or vertical, so it makes at most two turns. It runs only through \
empty cells and, all around, outside the border of the board. Neighbouring tiles need no empty cell between them."""

ANSWER_FORM = "(r1,c1) (r2,c2)"


def write_task(rows: int, columns: int, colours: int, shapes: int) -> str:
    """What to do on a board of this size with tiles of this palette."""
    return _TASK.format(
        rows=rows,
        columns=columns,
        colours=_either(list(COLOURS)[:colours]),
        shapes=_either(list(SHAPES)[:shapes]),
        last=cell_text(rows - 1, columns - 1),
    )


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def write_perception_form(rows: int, columns: int) -> str:
    """What a perception block must hold, with the first cells of a board of this size as an example."""
    lines = [[f"{cell_text(row, column)} " for column in range(min(2, columns))] for row in range(min(2, rows))]
    label = iter((LABELS[1], EMPTY_LABEL, EMPTY_LABEL, LABELS[1]))
    end = "; ..." if columns > 2 else ""
    shown = ["; ".join(cell + next(label) for cell in line) + end for line in lines]
    return "\n".join(["every cell, one line per row:", *shown, *(["..."] if rows > 2 else [])])


def read_answer(answer: str, rows: int, columns: int) -> tuple[int, int, int, int] | None:
    """`(r1,c1) (r2,c2)`, two different cells, with free white space and a comma allowed between; None otherwise."""
    cells = read_coordinates(answer, 2, rows, columns)
    if cells is None or cells[0] == cells[1]:
        return None
    return (*cells[0], *cells[1])


def write_answer(r1: int, c1: int, r2: int, c2: int) -> str:
    """Inverse of `read_answer`."""
    return f"{cell_text(r1, c1)} {cell_text(r2, c2)}"

"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text

_TASK = """\
The image shows a snake on a board of {rows} rows and {columns} columns. Each cell is empty, food (an apple){wall} or \
a part of the snake: its head and where it looks, such as "head up"; its tail, or a part of its body, and the side on \
which the next part towards the head lies, such as "tail left" or "body left" (arrows on the body point to it). Cells \
are named (row,column), from (0,0) at the top left to {last} at the bottom right.

Choose the direction in which the head goes to the next cell; the body follows. {edge} The head cannot go \
onto{or_wall} the snake itself, except where the tail is, which moves on at the same time. Going onto food makes the \
snake one part longer, at its tail, and new food appears on an empty cell. Eat as much as you can: the game ends when \
{end}."""
_EDGE = "The board ends at its edges."
_WRAP = "Edges are open: going over one, the head comes in on the other side of the board."
_STUCK = "the head can go nowhere or the snake fills the board"
_TARGET = "the snake has {target} parts, or when the head can go nowhere"


def write_task(rows: int, columns: int, has_walls: bool, wrap: bool, target: int | None) -> str:
    """What to do on a board of this kind."""
    return _TASK.format(
        rows=rows,
        columns=columns,
        wall=", wall (grey stones)" if has_walls else "",
        or_wall=" a wall or" if has_walls else "",
        last=cell_text(rows - 1, columns - 1),
        edge=_WRAP if wrap else _EDGE,
        end=_STUCK if target is None else _TARGET.format(target=target),
    )

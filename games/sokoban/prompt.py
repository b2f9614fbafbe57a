"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text

_TASK = """\
The image shows a Sokoban board of {rows} rows and {columns} columns. Each cell is one of: wall (bricks), floor \
(bare), goal (a yellow ring with a dot), box (a wooden crate), box on goal (a crate with the yellow dot), player (a \
figure), player on goal (a figure within the yellow ring). Cells are named (row,column), from (0,0) at the top left to \
{last} at the bottom right.

Push every box onto a goal. Choose the direction in which the player goes to the next cell. The player can go onto \
floor and goals. Where a box stands in the way, the player pushes it one cell further, which works only when the cell \
behind the box is floor or a goal without a box. Boxes cannot be pulled.{end}"""

_STUCK = (
    " The game is lost as soon as a box that is not on a goal stands in a corner: with a wall above or below it and a "
    "wall to its left or right."
)
_LIMIT = " The game ends after {move_limit} moves."


def write_task(rows: int, columns: int, end_when_stuck: bool, move_limit: int | None) -> str:
    """What to do on a board of this size, and when the game ends before all boxes are on goals."""
    end = _STUCK * end_when_stuck
    if move_limit is not None:
        end += _LIMIT.format(move_limit=move_limit)
    return _TASK.format(rows=rows, columns=columns, last=cell_text(rows - 1, columns - 1), end=end)

"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text
from games.drawing.coloured_shapes import palette_words

_TASK = """\
The image shows a Swap board of {rows} rows and {columns} columns. Every cell holds a tile: a {palette}. Cells are \
named (row,column), from (0,0) at the top left to {last} at the bottom right.

Choose two tiles in cells that share a side; they will change places. The swap must make a match: three or more \
tiles of the same colour and shape next to each other in one row or in one column. Matched tiles are cleared, the \
tiles above them fall, and new ones come in from the top. {cascades} Clear as many tiles as you can."""

_CASCADES = {
    True: "Matches that this brings about are cleared in the same way, and count too.",
    False: "Matches that this brings about stay until the next swap, which clears them as well.",
}


def write_task(rows: int, columns: int, colours: int, shapes: int, cascades: bool) -> str:
    """What to do on a board of this size with tiles of this palette."""
    return _TASK.format(
        rows=rows,
        columns=columns,
        palette=palette_words(colours, shapes),
        last=cell_text(rows - 1, columns - 1),
        cascades=_CASCADES[cascades],
    )

"""The task in words."""

from __future__ import annotations

_TASK = """\
The image shows a board of the game 2048 with {rows} rows and {columns} columns. A cell is empty or holds a tile with \
a number, a power of two{long}. Cells are named (row,column), from (0,0) at the top left to ({last_row},{last_column}) \
at the bottom right.

Choose a direction: {moves}. All tiles slide that way as far as they can. Two tiles with the same number that meet \
merge into one with their sum, those nearest the wall they slide to first; a tile made by merging does not merge again \
in the same move. Then a new tile, {new}, appears in an empty cell. Each merge scores the number it makes. A direction \
in which nothing slides or merges is not a legal move."""
_LONG = "; a long number takes several lines"


def write_task(
    rows: int,
    columns: int,
    moves: str,
    four_probability: float,
    target: int | None,
    move_limit: int | None,
    has_long_numbers: bool,
) -> str:
    """What to do on a board of this size, and when the game ends.

    Args:
        moves: The directions, as the answer block names them.
        has_long_numbers: Whether tiles can have numbers of more than one line.
    """
    new = "a 2 or a 4" if 0 < four_probability < 1 else "a 4" if four_probability else "a 2"
    task = _TASK.format(
        rows=rows,
        columns=columns,
        last_row=rows - 1,
        last_column=columns - 1,
        moves=moves,
        new=new,
        long=_LONG if has_long_numbers else "",
    )
    return " ".join([task, *_aims(target, move_limit)])


def _aims(target: int | None, move_limit: int | None) -> list[str]:
    aims = ["Score as much as you can."]
    if target is not None:
        aims = [f"The game is won as soon as a tile shows {target}."]
    if move_limit is not None:
        aims.append(f"The game ends after {move_limit} legal move{'s' if move_limit > 1 else ''}.")
    return aims

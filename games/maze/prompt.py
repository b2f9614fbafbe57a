"""The task in words."""

from __future__ import annotations

from games.core.grid import cell_text

_TASK = """\
The image shows a maze of {rows} rows and {columns} columns. Each cell is one of: wall (bricks), floor (bare), player \
(a mouse), goal (a piece of cheese){more}. Cells are named (row,column), from (0,0) at the top left to {last} at the \
bottom right.

Lead the player to the goal in as few moves as possible. Choose the direction in which the player goes to the next \
cell; walls cannot be entered.{rules}"""
_KEYS = ", {some} key, {some} door (both with an emblem: round for red, square for blue, a triangle for green)"
_KEY_RULE = """ A door cannot be entered before its key is taken: going onto a key takes it and opens the door of its \
colour at once, wherever that is; both cells then are floor."""
_HIDDEN = ", hidden (fog)"
_VIEW_RULE = " The player sees through walls, but only the cells at most {view} row{s} and {view} column{s} away{rest}."
_MEMORY = "; what was once seen stays in view"
_NO_MEMORY = "; what is farther away is hidden again"


def write_task(rows: int, columns: int, has_doors: bool, view: int | None, memory: bool) -> str:
    """What to do in a maze of this size, with or without doors, seen whole or in part."""
    more, rule = "", ""
    if has_doors:
        more += _KEYS.format(some="a red, blue or green")
        rule += _KEY_RULE
    if view is not None:
        more += _HIDDEN
        rule += _VIEW_RULE.format(view=view, s="s" * (view > 1), rest=_MEMORY if memory else _NO_MEMORY)
    return _TASK.format(rows=rows, columns=columns, more=more, last=cell_text(rows - 1, columns - 1), rules=rule)

"""Minesweeper by trying everything: every way to lay the mines, and regions opened by calling oneself."""

from __future__ import annotations

from itertools import combinations

MINE, HIDDEN = 9, 10


def beside(cell: int, rows: int, columns: int) -> list[int]:
    row, column = divmod(cell, columns)
    return [
        other
        for other in range(rows * columns)
        if other != cell and abs(other // columns - row) <= 1 and abs(other % columns - column) <= 1
    ]


def lay(mines: tuple[int, ...], rows: int, columns: int) -> bytes:
    return bytes(
        MINE if cell in mines else sum(other in mines for other in beside(cell, rows, columns))
        for cell in range(rows * columns)
    )


def open_cell(layout: bytes, shown: list[int], cell: int, rows: int, columns: int) -> None:
    if shown[cell] < HIDDEN:
        return
    shown[cell] = layout[cell]
    if layout[cell] == 0:
        for other in beside(cell, rows, columns):
            open_cell(layout, shown, other, rows, columns)


def mine_counts(shown: bytes, rows: int, columns: int, num_mines: int) -> tuple[int, dict[int, int]]:
    """How many layouts agree with what is seen, and in how many of them each covered cell is a mine."""
    covered = [cell for cell, value in enumerate(shown) if value >= HIDDEN]
    numbers = [cell for cell, value in enumerate(shown) if value < MINE]
    near = {cell: set(beside(cell, rows, columns)) for cell in numbers}
    num_ways, counts = 0, dict.fromkeys(covered, 0)
    for mines in combinations(covered, num_mines):
        if all(len(near[cell].intersection(mines)) == shown[cell] for cell in numbers):
            num_ways += 1
            for mine in mines:
                counts[mine] += 1
    return num_ways, counts

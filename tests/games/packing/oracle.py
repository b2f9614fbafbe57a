"""Dropping and clearing cell by cell: pieces are lists of blocks, wells are lists of rows, and pieces fall by steps."""

from __future__ import annotations

PICTURES = ["##", "###", ".#/##", "####", "##/##", ".#./###", ".##/##.", "##./.##", "#../###", "..#/###"]
Blocks = list[tuple[int, int]]


def blocks(piece: int, turns: int) -> Blocks:
    """The blocks, turned one by one around the origin, then moved so that the least row and column are 0."""
    lines = PICTURES[piece].split("/")
    cells = [(row, column) for row, line in enumerate(lines) for column, dot in enumerate(line) if dot == "#"]
    for _ in range(turns):
        cells = [(column, -row) for row, column in cells]
    top, left = min(row for row, _ in cells), min(column for _, column in cells)
    return sorted((row - top, column - left) for row, column in cells)


def drop(well: list[list[int]], piece: int, turns: int, column: int, value: int) -> tuple[list[list[int]], int] | None:
    """The well after the drop and the rows cleared, None when the piece has no place there."""
    num_rows, num_columns = len(well), len(well[0])
    falling = [(row - 4, place + column) for row, place in blocks(piece, turns)]
    if any(not 0 <= place < num_columns for _, place in falling):
        return None

    def is_free(row: int, place: int) -> bool:
        return row < num_rows and (row < 0 or not well[row][place])

    while all(is_free(row + 1, place) for row, place in falling):
        falling = [(row + 1, place) for row, place in falling]
    if any(row < 0 for row, _ in falling):
        return None
    after = [[*row] for row in well]
    for row, place in falling:
        after[row][place] = value
    kept = [row for row in after if not all(row)]
    num_cleared = num_rows - len(kept)
    return [[0] * num_columns for _ in range(num_cleared)] + kept, num_cleared

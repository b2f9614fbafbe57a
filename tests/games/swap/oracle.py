"""The rules once more, cell by cell and slowly."""

from __future__ import annotations

Swap = tuple[int, int]


def to_rows(cells: bytes, columns: int) -> list[list[int]]:
    return [list(cells[start : start + columns]) for start in range(0, len(cells), columns)]


def to_cells(board: list[list[int]]) -> bytes:
    return bytes(cell for row in board for cell in row)


def run_through(board: list[list[int]], row: int, column: int, down: int, right: int) -> set[tuple[int, int]]:
    """The cells of equal face that lie on one line with a cell, without a gap, the cell itself included."""
    run = {(row, column)}
    for sign in (-1, 1):
        r, c = row + sign * down, column + sign * right
        while 0 <= r < len(board) and 0 <= c < len(board[0]) and board[r][c] == board[row][column]:
            run.add((r, c))
            r, c = r + sign * down, c + sign * right
    return run


def matched(cells: bytes, columns: int) -> set[int]:
    """Indices of the cells in runs of three or more; empty cells make no run."""
    board = to_rows(cells, columns)
    found = set()
    for row in range(len(board)):
        for column in range(columns):
            for down, right in ((0, 1), (1, 0)):
                run = run_through(board, row, column, down, right)
                if board[row][column] and len(run) >= 3:
                    found |= {r * columns + c for r, c in run}
    return found


def is_legal(cells: bytes, columns: int, first: int, second: int) -> bool:
    """Whether two cells share a side, differ, and one of them is in a run after the swap."""
    (r1, c1), (r2, c2) = divmod(first, columns), divmod(second, columns)
    if abs(r1 - r2) + abs(c1 - c2) != 1 or cells[first] == cells[second]:
        return False
    after = list(cells)
    after[first], after[second] = after[second], after[first]
    return bool({first, second} & matched(bytes(after), columns))


def legal_swaps(cells: bytes, columns: int) -> list[Swap]:
    size = len(cells)
    return [(a, b) for a in range(size) for b in range(a + 1, size) if is_legal(cells, columns, a, b)]


def fall(cells: bytes, columns: int) -> bytes:
    """Tiles move down one cell at a time while there is room."""
    board = to_rows(cells, columns)
    is_moving = True
    while is_moving:
        is_moving = False
        for row in range(len(board) - 1):
            for column in range(columns):
                if board[row][column] and not board[row + 1][column]:
                    board[row + 1][column], board[row][column] = board[row][column], 0
                    is_moving = True
    return to_cells(board)

"""The rule of connection as the words of the prompt have it, by walking: slow, and with nothing clever in it."""

from __future__ import annotations

from collections import deque

STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))


def joins(cells: bytes, rows: int, columns: int, first: int, second: int) -> bool:
    """Breadth-first search over (cell, direction, turns so far), on the board with a ring of empty cells around it."""

    def is_free(row: int, column: int) -> bool:
        return not (0 <= row < rows and 0 <= column < columns) or cells[row * columns + column] == 0

    goal = divmod(second, columns)
    queue = deque((divmod(first, columns), step, 0) for step in STEPS)
    seen = set(queue)
    while queue:
        (row, column), step, turns = queue.popleft()
        ahead = row + step[0], column + step[1]
        if ahead == goal:
            return True
        if not (-1 <= ahead[0] <= rows and -1 <= ahead[1] <= columns) or not is_free(*ahead):
            continue
        for turned in STEPS:
            next_turns = turns + (turned != step)
            node = (ahead, turned, next_turns)
            if next_turns <= 2 and node not in seen:
                seen.add(node)
                queue.append(node)
    return False


def legal_pairs(cells: bytes, rows: int, columns: int) -> list[tuple[int, int]]:
    """Every removable pair, by trying all pairs of cells."""
    size = rows * columns
    return [
        (first, second)
        for first in range(size)
        for second in range(first + 1, size)
        if cells[first] and cells[first] == cells[second] and joins(cells, rows, columns, first, second)
    ]


def can_clear(cells: bytes, rows: int, columns: int, known: dict[bytes, bool]) -> bool:
    """Whether some order of removals clears the board, by trying all of them."""
    if not any(cells):
        return True
    if cells not in known:
        after = []
        for first, second in legal_pairs(cells, rows, columns):
            board = bytearray(cells)
            board[first] = board[second] = 0
            after.append(bytes(board))
        known[cells] = any(can_clear(board, rows, columns, known) for board in after)
    return known[cells]

"""The sliding puzzle by walking over all its boards: slow, and with nothing clever in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

STEPS = {"up": (1, 0), "down": (-1, 0), "left": (0, 1), "right": (0, -1)}
"""Seen from the gap, where the piece comes from that slides in a direction."""


def moves(cells: bytes, rows: int, columns: int) -> Iterator[tuple[str, bytes]]:
    """Every direction in which a piece can slide, and the board then."""
    gap = divmod(cells.index(0), columns)
    for word, (down, right) in STEPS.items():
        row, column = gap[0] + down, gap[1] + right
        if 0 <= row < rows and 0 <= column < columns:
            after = list(cells)
            after[gap[0] * columns + gap[1]] = cells[row * columns + column]
            after[row * columns + column] = 0
            yield word, bytes(after)


def distances(rows: int, columns: int, most: int = 1000) -> dict[bytes, int]:
    """Moves from every board that can be solved in at most so many to the solved one."""
    solved = bytes([*range(1, rows * columns), 0])
    found, queue = {solved: 0}, deque([solved])
    while queue:
        cells = queue.popleft()
        if found[cells] == most:
            continue
        for _, after in moves(cells, rows, columns):
            if after not in found:
                found[after] = found[cells] + 1
                queue.append(after)
    return found

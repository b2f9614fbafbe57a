"""Sokoban as the words of the prompt have it, on drawings of text: slow, and with nothing clever in it."""

from __future__ import annotations

from collections import deque

SYMBOLS = "# .$*@+"
STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def board(*lines: str) -> bytes:
    """A board from a drawing in the usual symbols: # wall, . goal, $ box, * box on goal, @ player, + player on goal."""
    return bytes(SYMBOLS.index(symbol) for line in lines for symbol in line)


class Position:
    """Where things are, as sets of cells."""

    def __init__(self, cells: bytes, columns: int) -> None:
        def where(symbols: str) -> frozenset[tuple[int, int]]:
            return frozenset(divmod(i, columns) for i, face in enumerate(cells) if SYMBOLS[face] in symbols)

        self.walls, self.goals, self.boxes = where("#"), where(".*+"), where("$*")
        (self.player,) = where("@+")


def play(walls: frozenset, boxes: frozenset, player: tuple[int, int], word: str) -> tuple[frozenset, tuple] | None:  # type: ignore[type-arg]
    """Boxes and player after a move, None when it cannot be made."""
    down, right = STEPS[word]
    ahead, beyond = (player[0] + down, player[1] + right), (player[0] + 2 * down, player[1] + 2 * right)
    if ahead in walls:
        return None
    if ahead in boxes:
        return None if beyond in walls | boxes else (boxes - {ahead} | {beyond}, ahead)
    return boxes, ahead


def fewest_pushes(cells: bytes, columns: int) -> int | None:
    """Pushes of the best solution, by looking at every position: walking costs nothing, a push 1."""
    start = Position(cells, columns)
    queue = deque([(0, start.boxes, start.player)])
    seen = set()
    while queue:
        num_pushes, boxes, player = queue.popleft()
        if boxes == start.goals:
            return num_pushes
        if (boxes, player) in seen:
            continue
        seen.add((boxes, player))
        for word in STEPS:
            after = play(start.walls, boxes, player, word)
            if after is None:
                continue
            if after[0] == boxes:
                queue.appendleft((num_pushes, *after))
            else:
                queue.append((num_pushes + 1, *after))
    return None

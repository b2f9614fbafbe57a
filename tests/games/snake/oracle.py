"""Snake as the words of the prompt have it, on rows and columns: slow, and with nothing clever in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
Cell = tuple[int, int]


@dataclass(frozen=True)
class Position:
    """The parts from the head to the tail, and what lies on the board."""

    rows: int
    columns: int
    wrap: bool
    parts: tuple[Cell, ...]
    walls: frozenset[Cell]
    food: frozenset[Cell]

    def ahead(self, cell: Cell, word: str) -> Cell | None:
        """The next cell, None off the board."""
        row, column = cell[0] + STEPS[word][0], cell[1] + STEPS[word][1]
        if self.wrap:
            return row % self.rows, column % self.columns
        return (row, column) if 0 <= row < self.rows and 0 <= column < self.columns else None

    def play(self, word: str) -> Position | None:
        """The position after a move, without new food; None when it cannot be made."""
        cell = self.ahead(self.parts[0], word)
        if cell is None or cell in self.walls:
            return None
        left = self.parts if cell in self.food else self.parts[:-1]
        if cell in left:
            return None
        return Position(self.rows, self.columns, self.wrap, (cell, *left), self.walls, self.food - {cell})

    def empty(self) -> set[Cell]:
        """Cells with nothing on them."""
        board = {(row, column) for row in range(self.rows) for column in range(self.columns)}
        return board - self.walls - self.food - set(self.parts)

    def label(self, cell: Cell) -> str:
        """What the truth text calls a cell."""
        if cell in self.walls:
            return "wall"
        if cell in self.food:
            return "food"
        if cell not in self.parts:
            return "empty"
        place = self.parts.index(cell)
        if place == 0:
            return next(f"head {word}" for word in STEPS if self.ahead(self.parts[1], word) == cell)
        name = "tail" if place == len(self.parts) - 1 else "body"
        return next(f"{name} {word}" for word in STEPS if self.ahead(cell, word) == self.parts[place - 1])


def parts_of(labels: dict[Cell, str], position: Position) -> tuple[Cell, ...]:
    """The body in order, read from labels alone: from the tail towards the head."""
    cell = next(cell for cell, label in labels.items() if label.startswith("tail"))
    parts = [cell]
    while not labels[cell].startswith("head"):
        following = position.ahead(cell, labels[cell].split()[1])
        assert following is not None
        cell = following
        parts.append(cell)
    return tuple(reversed(parts))


def fewest_moves_to_food(start: Position) -> int | None:
    """Moves of a shortest way to food, by trying all moves."""
    queue, seen = deque([(start, 0)]), {start.parts}
    while queue:
        position, moves = queue.popleft()
        if position.food != start.food:
            return moves
        for word in STEPS:
            after = position.play(word)
            if after is not None and after.parts not in seen:
                seen.add(after.parts)
                queue.append((after, moves + 1))
    return None

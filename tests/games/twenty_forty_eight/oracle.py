"""The rules by the words of the prompt, tile by tile, on dictionaries from cells to numbers: slow and plain."""

from __future__ import annotations

import itertools

STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def slide(cells: bytes, rows: int, columns: int, move: str) -> tuple[bytes, int]:
    """Push every tile, those nearest the wall first, a cell at a time, until something stops it."""
    down, right = STEPS[move]
    tiles = {divmod(index, columns): 2**tile for index, tile in enumerate(cells) if tile}
    merged: set[tuple[int, int]] = set()
    score = 0
    for cell in sorted(tiles, key=lambda cell: -(cell[0] * down + cell[1] * right)):
        number = tiles.pop(cell)
        while True:
            ahead = cell[0] + down, cell[1] + right
            if not (0 <= ahead[0] < rows and 0 <= ahead[1] < columns):
                break
            if ahead in tiles:
                if tiles[ahead] == number and ahead not in merged:
                    merged.add(ahead)
                    cell, number = ahead, 2 * number
                    score += number
                break
            cell = ahead
        tiles[cell] = number
    after = [tiles.get((row, column), 1).bit_length() - 1 for row in range(rows) for column in range(columns)]
    return bytes(after), score


def legal_moves(cells: bytes, rows: int, columns: int) -> list[str]:
    """The moves after which something lies elsewhere."""
    return [move for move in STEPS if slide(cells, rows, columns, move)[0] != cells]


def worth(cells: bytes, rows: int, columns: int) -> int:
    """What the solver holds a board for: room and equal neighbours, less what is out of order, line by line."""
    grid = [list(cells[row * columns : (row + 1) * columns]) for row in range(rows)]
    total = 0
    for line in [*grid, *map(list, zip(*grid))]:
        steps = [after**3 - before**3 for before, after in itertools.pairwise(line)]
        total += 18 * line.count(0)
        total += 23 * sum(before == after != 0 for before, after in itertools.pairwise(line))
        total -= min(sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0))
    return total


def expect(cells: bytes, rows: int, columns: int, depth: int) -> int:
    """What a board is worth after a slide, with `depth` more moves to come: every tile and every move tried."""
    if depth == 0:
        return worth(cells, rows, columns)
    totals = []
    for index, tile in enumerate(cells):
        if tile == 0:
            board = cells[:index] + b"\1" + cells[index + 1 :]
            slides = [slide(board, rows, columns, move)[0] for move in STEPS]
            totals.append(
                max([expect(after, rows, columns, depth - 1) for after in slides if after != board], default=-(10**9))
            )
    return sum(totals) // len(totals)

"""Mazes as drawings of text, and the shortest way by looking at every position: slow, and with nothing clever in it."""

from __future__ import annotations

from collections import deque

SYMBOLS = "# X@??rbgRBG"
"""By face number: # wall, X goal, small letters keys, capitals doors; @ is the player."""
STEPS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def maze(*lines: str) -> tuple[bytes, int]:
    """Faces and the player's cell of a drawing."""
    drawing = "".join(lines)
    return bytes(SYMBOLS.index(symbol) for symbol in drawing.replace("@", " ")), drawing.index("@")


def drawing(cells: bytes, columns: int) -> dict[tuple[int, int], str]:
    """The symbol of each cell."""
    return {divmod(cell, columns): SYMBOLS[face] for cell, face in enumerate(cells)}


def walk(symbols: dict[tuple[int, int], str], at: tuple[int, int], keys: str, word: str) -> tuple[tuple[int, int], str]:
    """Where a step leads to, and the keys then held, for a player who carries keys; the same place when it fails."""
    ahead = at[0] + STEPS[word][0], at[1] + STEPS[word][1]
    symbol = symbols[ahead]
    if symbol == "#" or (symbol in "RBG" and symbol.lower() not in keys):
        return at, keys
    if symbol in "rbg" and symbol not in keys:
        keys = "".join(sorted(keys + symbol))
    return ahead, keys


def fewest_moves(cells: bytes, columns: int, player: int) -> int | None:
    """Moves of a shortest way to the goal."""
    symbols = drawing(cells, columns)
    queue = deque([(divmod(player, columns), "", 0)])
    seen = set()
    while queue:
        at, keys, moves = queue.popleft()
        if symbols[at] == "X":
            return moves
        if (at, keys) in seen:
            continue
        seen.add((at, keys))
        queue.extend((*walk(symbols, at, keys, word), moves + 1) for word in STEPS)
    return None

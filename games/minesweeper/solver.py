"""A player that sees what is shown and no more: safe cells first, else one that is a mine in the fewest ways."""

from __future__ import annotations

from games.minesweeper.chances import Chances, find_chances
from games.minesweeper.clues import Clue, Known, bits, covered_cells, deduce, read_clues
from games.minesweeper.rules import is_over, open_cell

DEFAULT_BUDGET = 5_000


def find_safe(shown: bytes, rows: int, columns: int, num_mines: int, budget: int = DEFAULT_BUDGET) -> int:
    """Covered cells that surely hold no mine, as a bit mask; 0 only when there is none, or the budget is too small.

    Args:
        budget: See `games.minesweeper.chances.find_chances`.
    """
    known = deduce(read_clues(shown, rows, columns))
    if known.safe:
        return known.safe
    others, left = _others(shown, known), num_mines - known.mines.bit_count()
    chances = find_chances(known.clues, others.bit_count(), left, budget)
    if chances is None:
        return 0
    safe = sum(1 << cell for cell, ways in chances.of_cells.items() if not ways)
    return safe if chances.of_others else safe | others


def choose_cell(shown: bytes, rows: int, columns: int, num_mines: int, budget: int = DEFAULT_BUDGET) -> int:
    """The cell to open, as an index: the first that is safe, else the first of those least likely to be a mine.

    Some covered cell must be none. With too small a budget, chances are guessed from each clue by itself.
    """
    known = deduce(read_clues(shown, rows, columns))
    if known.safe:
        return next(bits(known.safe))
    others, left = _others(shown, known), num_mines - known.mines.bit_count()
    chances = find_chances(known.clues, others.bit_count(), left, budget)
    if chances is None:
        chances = _guess_chances(known.clues, others.bit_count(), left)
    ways = dict(chances.of_cells)
    ways.update(dict.fromkeys(bits(others), chances.of_others))
    return min(sorted(ways), key=ways.__getitem__)


def finish(layout: bytes, shown: bytes, rows: int, columns: int, num_mines: int) -> bytes:
    """What is seen once every cell that is ever known to be safe has been opened.

    The layout is looked at only to open cells. The board can be finished without a guess when only mines are left.
    """
    while not is_over(shown, num_mines):
        safe = find_safe(shown, rows, columns, num_mines)
        if not safe:
            break
        for cell in bits(safe):
            shown = open_cell(layout, shown, cell, rows, columns)
    return shown


def _others(shown: bytes, known: Known) -> int:
    """Covered cells of which nothing is known."""
    others = covered_cells(shown) & ~known.mines
    for clue in known.clues:
        others &= ~clue.cells
    return others


def _guess_chances(clues: list[Clue], num_others: int, num_mines: int) -> Chances:
    """For each cell the worst that a clue says, in parts of a whole number; the other cells share what is left."""
    whole = 840  # A multiple of every number of cells that a clue can have.
    worst: dict[int, int] = {}
    for clue in clues:
        share = whole * clue.num_mines // clue.cells.bit_count()
        for cell in bits(clue.cells):
            worst[cell] = max(worst.get(cell, 0), share)
    of_others = max(whole * num_mines - sum(worst.values()), 0) // num_others if num_others else 0
    return Chances(whole, worst, of_others)

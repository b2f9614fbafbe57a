"""How many ways there are to place the mines, and in how many of them a cell is one: exact, in whole numbers.

Cells that the same clues speak of form a group. Groups are gone through one after the other, along the border of what
is open; all that counts of those behind is how many mines each clue still needs and how many were used. Both stand in
one whole number: four bits a clue, and the mines used above them. So putting a mine into a group is an addition.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

from games.minesweeper.clues import Clue, bits

NEED_BITS, MAX_NEED = 4, 15
Layer = dict[int, int]


class Chances(NamedTuple):
    """In how many of all ways to place the mines a cell holds one.

    Attributes:
        num_ways: All ways, at least 1.
        of_cells: Ways in which a cell is a mine, for cells that clues speak of.
        of_others: The same for any one of the other cells; 0 when there is none.
    """

    num_ways: int
    of_cells: dict[int, int]
    of_others: int


class _Group(NamedTuple):
    """Cells that the same clues speak of.

    Attributes:
        step: What one mine among them adds to a number of needs and mines used.
        shifts: Where the needs of its clues stand.
        done: The bits of clues that speak of no later group.
    """

    cells: int
    step: int
    shifts: tuple[int, ...]
    done: int


def find_chances(clues: Sequence[Clue], num_others: int, num_mines: int, budget: int) -> Chances | None:
    """Count the ways to place mines so that all clues hold.

    Args:
        clues: What is known; some placement must satisfy it.
        num_others: Covered cells that no clue speaks of and that may hold mines.
        num_mines: Mines in these cells and those of the clues together.
        budget: Most intermediate numbers kept.

    Returns:
        None when the budget is too small.
    """
    clues = _in_order(clues)
    groups = _make_groups(clues)
    top = NEED_BITS * len(clues)
    layers: list[Layer] = [{sum(clue.num_mines << NEED_BITS * place for place, clue in enumerate(clues)): 1}]
    for group in groups:
        layers.append(_step_forward(layers[-1], group, num_mines, top))
        budget -= len(layers[-1])
        if budget < 0:
            return None
    last = layers[-1]
    rest = {needs: comb(num_others, num_mines - (needs >> top)) for needs in last}
    num_ways = sum(ways * rest[needs] for needs, ways in last.items())
    others = sum(
        ways * comb(num_others - 1, num_mines - (needs >> top) - 1)
        for needs, ways in last.items()
        if num_others and num_mines > needs >> top
    )
    of_cells: dict[int, int] = {}
    for group, before in zip(reversed(groups), reversed(layers[:-1]), strict=True):
        rest, with_mine = _step_backward(before, rest, group)
        of_cells.update(dict.fromkeys(bits(group.cells), with_mine))
    return Chances(num_ways, of_cells, others)


def _in_order(clues: Sequence[Clue]) -> list[Clue]:
    """The clues so that those that share cells stand close: breadth first, from an end of each connected part."""
    order: list[Clue] = []
    left = list(clues)
    while left:
        order += _walk(_walk(left[0], left)[-1], left)
        left = [clue for clue in left if clue not in order]
    return order


def _walk(start: Clue, clues: Sequence[Clue]) -> list[Clue]:
    queue, left = [start], [clue for clue in clues if clue != start]
    for clue in queue:  # Grows while it is walked.
        near = [other for other in left if other.cells & clue.cells]
        queue += near
        left = [other for other in left if other not in near]
    return queue


def _make_groups(clues: Sequence[Clue]) -> list[_Group]:
    """The groups in the order of their first clue."""
    places_of: dict[int, tuple[int, ...]] = {}
    for place, clue in enumerate(clues):
        for cell in bits(clue.cells):
            places_of[cell] = (*places_of.get(cell, ()), place)
    cells_of: dict[tuple[int, ...], int] = {}
    for cell, places in places_of.items():
        cells_of[places] = cells_of.get(places, 0) | 1 << cell
    groups: list[_Group] = []
    seen = 0
    for places, cells in sorted(cells_of.items(), reverse=True):
        shifts = tuple(NEED_BITS * place for place in places)
        mine_used = 1 << NEED_BITS * len(clues)
        done = sum(MAX_NEED << shift for shift in shifts if not seen & MAX_NEED << shift)
        seen |= done
        groups.append(_Group(cells, mine_used - sum(1 << shift for shift in shifts), shifts, done))
    return groups[::-1]


def _step_forward(layer: Layer, group: _Group, num_mines: int, top: int) -> Layer:
    """Needs after the group, with the number of ways to get there."""
    after: Layer = {}
    size = group.cells.bit_count()
    for needs, ways in layer.items():
        most = min([size, num_mines - (needs >> top), *[needs >> shift & MAX_NEED for shift in group.shifts]])
        for used in range(most + 1):
            reached = needs + used * group.step
            if not reached & group.done:
                after[reached] = after.get(reached, 0) + ways * comb(size, used)
    return after


def _step_backward(before: Layer, rest: Layer, group: _Group) -> tuple[Layer, int]:
    """Ways to go on from the needs before the group, and all ways in which any one of its cells is a mine.

    Args:
        before: Ways to get to the needs before the group.
        rest: Ways to go on from the needs after it.
    """
    ways_on: Layer = {}
    with_mine = 0
    size = group.cells.bit_count()
    for needs, ways in before.items():
        total = 0
        for used in range(size + 1):
            on = rest.get(needs + used * group.step, 0)
            if on:
                total += comb(size, used) * on
                with_mine += ways * (comb(size - 1, used - 1) if used else 0) * on
        ways_on[needs] = total
    return ways_on, with_mine

"""The search of Swap tells the truth, and finds a legal swap wherever there is one."""

from __future__ import annotations

from typing import Any

import pytest
from numpy.random import default_rng

from games import make_game
from games.core.claims import Lacks, NoGap, Reads, Shows
from games.core.search import Searches
from games.swap.search import lines, search_swap

KNOBS: list[dict[str, Any]] = [
    {"rows": 3, "columns": 3, "num_faces": 3, "colours": 2, "shapes": 2},
    {"rows": 4, "columns": 6, "num_faces": 4},
    {"rows": 8, "columns": 8, "num_faces": 12},
    {"rows": 5, "columns": 5, "num_faces": 3, "cascades": False, "spread_moves": 4, "spread_kind": "legal"},
]


@pytest.mark.parametrize("knobs", KNOBS)
def test_every_claim_is_true_and_the_action_legal(knobs: dict[str, Any]) -> None:
    game = make_game("games/Swap-v0", **knobs)
    assert isinstance(game, Searches)
    kinds: set[type] = set()
    for seed in range(40):
        state = game.deal(default_rng(seed))
        labels, found = game.labels(state), game.search(state)
        assert found is not None and found.action in game.legal_actions(state)
        order = list(lines(game.rows, game.columns))
        for line, (looked, *claims) in zip(order, found.steps, strict=False):
            faces = [labels[cell] for cell in line]
            assert looked == Reads(line, tuple(faces))
            kinds |= {type(claim) for claim in claims}
            match claims:
                case [NoGap(cells)]:
                    assert cells == line and sorted(map(faces.count, faces)) != [1, 2, 2]
                case [Lacks(cells, gap, face), *beside]:
                    assert cells == line and faces.count(face) == 2 and labels[gap] != face and gap in line
                    around = [cell for claim in beside if isinstance(claim, Shows) for cell in claim.cells]
                    assert len(around) == len(beside) == len(set(around)) and not set(around) & set(line)
                    assert all(abs(row - gap[0]) + abs(column - gap[1]) == 1 for row, column in around)
                    assert [claim.label for claim in beside] == [labels[cell] for cell in around]
                    # Only the last tile of all that are looked at fits.
                    is_last = line == order[len(found.steps) - 1]
                    assert [claim.label == face for claim in beside].count(True) == is_last
                    if is_last:
                        assert {tuple(found.action[:2]), tuple(found.action[2:])} == {gap, around[-1]}
                case _:
                    raise AssertionError(claims)
    assert kinds == {NoGap, Lacks, Shows}


def test_where_no_swap_is_legal_there_is_no_search() -> None:
    names = "abcdefghi"
    labels = {(row, column): names[3 * row + column] for row in range(3) for column in range(3)}
    assert search_swap(labels, 3, 3) is None


def test_every_line_is_looked_at_once() -> None:
    found = list(lines(3, 4))
    assert len(found) == len(set(found)) == 3 * 2 + 4 * 1
    assert found[0] == ((0, 0), (0, 1), (0, 2)) and found[-1] == ((0, 3), (1, 3), (2, 3))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.sokoban import rules
from tests.games.sokoban import oracle
from tests.games.sokoban.oracle import board


@st.composite
def boards(draw: st.DrawFn) -> tuple[bytes, int]:
    """Any board with walls around it and as many boxes as goals."""
    rows, columns = draw(st.integers(3, 5)), draw(st.integers(3, 6))
    inside = (rows - 2) * (columns - 2)
    things = ["@" if draw(st.booleans()) else "+", *draw(st.lists(st.sampled_from("# .$*"), max_size=inside - 1))]
    spare = things.count("$") - things.count(".") - things.count("+")
    while spare > 0:
        things[things.index("$")] = "*"
        spare -= 1
    things = draw(st.permutations([*things, *" " * (inside - len(things))]))
    lines = ["#" * columns, *("#" + "".join(things[i : i + columns - 2]) + "#" for i in range(0, inside, columns - 2))]
    return board(*lines, "#" * columns), columns


@given(boards())
def test_moves_as_the_words_of_the_prompt_have_them(drawn: tuple[bytes, int]) -> None:
    cells, columns = drawn
    before = oracle.Position(cells, columns)
    player = rules.find_player(cells)
    assert divmod(player, columns) == before.player
    for word, step in zip(rules.DIRECTIONS, rules.steps(columns), strict=True):
        expected = oracle.play(before.walls, before.boxes, before.player, word)
        assert rules.can_move(cells, player, step) == (expected is not None)
        if expected is not None:
            after = oracle.Position(rules.move(cells, player, step), columns)
            assert (after.boxes, after.player) == expected
            assert (after.walls, after.goals) == (before.walls, before.goals)
            on_goals = len(after.boxes & after.goals) - len(before.boxes & before.goals)
            bonus = 10 * (after.boxes <= after.goals)
            assert rules.reward(cells, rules.move(cells, player, step)) == on_goals + bonus


@given(boards())
def test_corners(drawn: tuple[bytes, int]) -> None:
    cells, columns = drawn
    found = oracle.Position(cells, columns)

    def is_cornered(row: int, column: int) -> bool:
        is_wall = [(row + down, column + right) in found.walls for down, right in oracle.STEPS.values()]
        return any(is_wall[:2]) and any(is_wall[2:])

    assert rules.has_cornered_box(cells, columns) == any(is_cornered(*box) for box in found.boxes - found.goals)


@pytest.mark.parametrize(
    ("before", "step", "after", "reward"),
    [
        ("#@$.#", 1, "# @*#", 11.0),
        ("#@*.#", 1, "# +*#", 10.0),
        ("#+* #", 1, "#.+$#", -1.0),
        ("#@ $#", 1, "# @$#", 0.0),
        ("#. @#", -1, "#.@ #", 10.0),
    ],
)
def test_rewards_and_faces(before: str, step: int, after: str, reward: float) -> None:
    cells = board(before)
    assert rules.can_move(cells, rules.find_player(cells), step)
    assert rules.move(cells, rules.find_player(cells), step) == board(after)
    assert rules.reward(cells, board(after)) == reward


@pytest.mark.parametrize("row", ["#@#", "#@$#", "#@$$ #", "#@$* #", "#@*#"])
def test_what_cannot_be_pushed(row: str) -> None:
    cells = board(row)
    assert not rules.can_move(cells, rules.find_player(cells), 1)

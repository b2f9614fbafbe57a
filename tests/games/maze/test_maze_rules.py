from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.maze import rules
from tests.games.maze import oracle
from tests.games.maze.oracle import maze


@st.composite
def mazes(draw: st.DrawFn) -> tuple[bytes, int, int]:
    """Any cells within walls, with one goal and one player: faces, columns and the player's cell."""
    rows, columns = draw(st.integers(3, 6)), draw(st.integers(4, 6))
    inside = (rows - 2) * (columns - 2)
    things = ["@", "X", *draw(st.lists(st.sampled_from("#  rbgRBG"), max_size=inside - 2))]
    things = draw(st.permutations([*things, *" " * (inside - len(things))]))
    lines = ["#" + "".join(things[i : i + columns - 2]) + "#" for i in range(0, inside, columns - 2)]
    cells, player = maze("#" * columns, *lines, "#" * columns)
    return cells, columns, player


@given(mazes(), st.lists(st.sampled_from(rules.DIRECTIONS), max_size=30))
def test_walks_as_a_player_who_carries_keys(drawn: tuple[bytes, int, int], words: list[str]) -> None:
    cells, columns, player = drawn
    symbols, at, keys = oracle.drawing(cells, columns), divmod(player, columns), ""
    directions = dict(zip(rules.DIRECTIONS, rules.steps(columns), strict=True))
    for word in words:
        before = at
        at, keys = oracle.walk(symbols, at, keys, word)
        step = directions[word]
        assert rules.is_open(cells[player + step]) == (at != before)
        if at != before:
            player += step
            cells = rules.take(cells, player)
        assert divmod(player, columns) == at
        left = {cell: " " if symbol.lower() in keys else symbol for cell, symbol in symbols.items()}
        assert oracle.drawing(cells, columns) == left


@given(st.integers(3, 9), st.integers(3, 9), st.data())
def test_what_is_seen_is_what_is_near(rows: int, columns: int, data: st.DataObject) -> None:
    player, radius = data.draw(st.integers(0, rows * columns - 1)), data.draw(st.integers(1, 9))
    before = bytes(data.draw(st.lists(st.integers(0, 1), min_size=rows * columns, max_size=rows * columns)))
    seen = rules.look(before, player, columns, radius)
    row, column = divmod(player, columns)
    for cell in range(rows * columns):
        away = max(abs(cell // columns - row), abs(cell % columns - column))
        assert seen[cell] == (1 if away <= radius else before[cell])


@given(mazes())
def test_what_is_shown(drawn: tuple[bytes, int, int]) -> None:
    cells, columns, player = drawn
    assert rules.show(cells, player, bytes(len(cells))) == bytes([rules.HIDDEN]) * len(cells)
    seen = rules.look(bytes(len(cells)), player, columns, 1)
    whole, part = rules.show(cells, player, None), rules.show(cells, player, seen)
    assert whole == rules.show(cells, player, b"\1" * len(cells))
    assert whole[player] == rules.PLAYER and whole.replace(b"\3", b"\1") == cells
    assert all(part[cell] == (whole[cell] if seen[cell] else rules.HIDDEN) for cell in range(len(cells)))


@pytest.mark.parametrize("colour", range(rules.NUM_COLOURS))
def test_a_key_opens_all_doors_of_its_colour_and_no_other(colour: int) -> None:
    lines = ["#####", "#@rR#", "#bBR#", "#gGX#", "#####"]
    cells, _ = maze(*lines)
    key = cells.index(rules.FIRST_KEY + colour)
    gone = str.maketrans({"rbg"[colour]: " ", "RBG"[colour]: " "})
    after, _ = maze(*(line.translate(gone) for line in lines))
    assert rules.take(cells, key) == after
    assert rules.take(cells, cells.index(rules.GOAL)) == cells


def test_the_goal_under_the_player_is_shown() -> None:
    cells, _ = maze("###", "#@#", "#X#", "###")
    assert rules.show(cells, 7, None)[7] == rules.PLAYER_ON_GOAL

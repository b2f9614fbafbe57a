from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.board.actions import CellActions, CellWord, CellWordActions, Pair, PairActions, WordActions

SETS: list[Any] = [
    WordActions(("up", "down", "left", "right")),
    WordActions(tuple(f"column {column} turn {turn}" for column in range(12) for turn in range(4)), "column 3 turn 1"),
    CellActions(1, 1),
    CellActions(3, 12),
    PairActions(1, 2),
    PairActions(11, 4),
    CellWordActions(("open", "flag"), 12, 3),
]
FORMS = [
    "up, down, left or right",
    "column 3 turn 1",
    "(row,column)",
    "(row,column)",
    "(r1,c1) (r2,c2)",
    "(r1,c1) (r2,c2)",
    "open (row,column) or flag (row,column)",
]


@pytest.mark.parametrize(("actions", "form"), list(zip(SETS, FORMS, strict=True)))
def test_every_action_has_a_number_and_a_text_of_its_own(actions: Any, form: str) -> None:
    assert actions.form == form
    texts = set()
    for index in range(len(actions)):
        action = actions.at(index)
        text = actions.format(action)
        assert actions.index_of(action) == index
        assert actions.parse(text) == actions.parse(f"\n {text.upper()}\t") == action
        assert len(text) <= actions.max_chars
        texts.add(text)
    assert len(texts) == len(actions) and max(map(len, texts)) == actions.max_chars
    for index in (-1, len(actions)):
        with pytest.raises(IndexError, match=f"action {index} is outside 0 .. {len(actions) - 1}"):
            actions.at(index)


@pytest.mark.parametrize("actions", SETS)
@given(text=st.text(alphabet="upopenflagcturndw ()0123,;-.\u0661\uff11\n", max_size=30))
@settings(max_examples=60, deadline=None)
def test_what_is_read_can_be_written_and_read_again(actions: Any, text: str) -> None:
    action = actions.parse(text)
    if action is not None:
        assert actions.parse(actions.format(action)) == action
        assert "".join(text.split()).replace(")(", "),(").lower().replace("),(", ")(") == "".join(
            actions.format(action).split()
        ).replace("),(", ")("), "no text stands for another action"


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        (SETS[0], "up up"),
        (SETS[0], "upp"),
        (SETS[0], "-1"),
        (SETS[0], "\u1d58p"),
        (SETS[1], "column 3"),
        (SETS[1], "column 03 turn 1"),
        (SETS[3], "(3,0)"),
        (SETS[3], "(0,0) (0,1)"),
        (SETS[5], "(1,1) (1,1)"),
        (SETS[6], "(0,0)"),
        (SETS[6], "open"),
        (SETS[6], "open (0,0) flag (0,0)"),
        (SETS[6], "shut (0,0)"),
        (SETS[6], "op\u0435n (0,0)"),
    ],
)
def test_what_is_no_action(actions: Any, text: str) -> None:
    assert actions.parse(text) is None


def test_what_is_not_in_a_set_has_no_number() -> None:
    with pytest.raises(ValueError, match="'jump' is none of the actions up, down, left or right"):
        SETS[0].index_of("jump")
    with pytest.raises(ValueError, match="no cell of a 3 x 12 board"):
        SETS[3].index_of((3, 0))
    for pair in (Pair(0, 0, 0, 0), Pair(0, 0, -1, 0), Pair(11, 0, 0, 0)):
        with pytest.raises(ValueError, match="two different cells of a 11 x 4 board"):
            SETS[5].index_of(pair)
    for action in (CellWord("shut", 0, 0), CellWord("open", 12, 0)):
        with pytest.raises(ValueError, match="no action on a 12 x 3 board"):
            SETS[6].index_of(action)


def test_a_pair_of_cell_indices() -> None:
    assert Pair.of(5, 1, 4) == (1, 1, 0, 1)
    assert Pair.of(5, 1, 4).indices(2, 4) == (5, 1)
    assert Pair(2, 0, 0, 4).indices(2, 4) == (-1, -1)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from easyr1.replay.marks import WrongCell, cell_box, wrong_cells
from easyr1.replay.segments import Segment, split_reply
from games import make_game
from games.core.chat import deal_rng
from tests.replay.make import make_record

LEVEL = {"game": "games/ShisenSho-v0", "knobs": {"rows": 2, "columns": 2, "num_faces": 2, "copies": 2}, "seed": 5}
TRUTH = "(0,0) blue circle; (0,1) red star\n(1,0) red star; (1,1) blue circle"
PIECES = st.sampled_from(
    ["<perception>", "</perception>", "<think>", "</think>", "<answer>", "</answer>", "0", "1 ", "\n", "<", "</think"]
)


def seen(reply: str, **changes: Any) -> list[WrongCell] | None:
    return wrong_cells(make_record(**{"level": LEVEL, "truth": TRUTH, "reply": reply, **changes}))


def test_wrong_and_missing_cells_are_found() -> None:
    reply = "<perception>(0,0) blue circle; (0,1) Red Circle\n(1,1) blue circle; (1,1) blue circle</perception>"
    assert seen(reply) == [
        WrongCell("(0,1)", "red circle", "red star", (0.5, 0.0, 0.5, 0.5)),
        WrongCell("(1,0)", None, "red star", (0.0, 0.5, 0.5, 0.5)),
        WrongCell("(1,1)", None, "blue circle", (0.5, 0.5, 0.5, 0.5)),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"reply": "a board"},
        {"level": {**LEVEL, "game": "games/Unheard-v0"}},
        {"level": {**LEVEL, "knobs": {"rows": -1}}},
        {"level": {}},
        {"truth": "something else"},
    ],
)
def test_what_cannot_be_compared_is_none(changes: dict[str, Any]) -> None:
    assert seen(**{"reply": f"<perception>{TRUTH}</perception>", **changes}) is None


@pytest.mark.parametrize("knobs", [{"axes": True}, {"image_px": (588, 644)}, {"axes": True, "image_px": (700, 700)}])
@pytest.mark.parametrize(
    ("game_id", "own"),
    [
        ("games/ShisenSho-v0", {"rows": 4, "columns": 4, "num_faces": 4, "copies": 4}),
        ("games/SlidingPuzzle-v0", {"rows": 2, "columns": 2, "tile_px": 56}),
        ("games/Sokoban-v0", {"tile_px": 28}),
        ("games/TwentyFortyEight-v0", {"tile_px": 84}),
    ],
)
def test_a_box_is_where_the_cell_is_drawn(game_id: str, own: dict[str, Any], knobs: dict[str, Any]) -> None:
    plain, framed = make_game(game_id, **own), make_game(game_id, **own, **knobs)
    state = plain.deal(deal_rng(3))
    pictures = [game.image(state) for game in (plain, framed)]
    for cell in plain.labels(state):
        crops = []
        for game, picture in zip((plain, framed), pictures, strict=True):
            box = cell_box(game, cell)
            assert box is not None
            left, top, width, height = (round(share * picture.shape[1 - side % 2]) for side, share in enumerate(box))
            crops.append(picture[top : top + height, left : left + width])
        assert crops[0].shape == crops[1].shape and np.array_equal(*crops)


def test_a_game_that_is_no_board_has_no_boxes() -> None:
    game = make_game("games/Gymnasium-v0")
    assert cell_box(game, (0, 0)) is None


@pytest.mark.parametrize(
    ("reply", "parts"),
    [
        ("<think>a</think><answer>b</answer>", [("think", "a"), ("answer", "b")]),
        ("so: <answer>b</answer> !", [("outside", "so: "), ("answer", "b"), ("outside", " !")]),
        ("<answer>a</answer><answer>b</answer>", [("outside", "<answer>a</answer>"), ("answer", "b")]),
        ("<think>a<answer>b</answer></think>", [("think", "a<answer>b</answer>"), ("answer", "b")]),
        ("<think>never closed", [("outside", "<think>never closed")]),
        (" \n", []),
    ],
)
def test_a_reply_in_parts(reply: str, parts: list[tuple[str, str]]) -> None:
    assert split_reply(reply) == [Segment(*part) for part in parts]


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_letter_of_a_reply_is_lost(reply: str) -> None:
    shown = "".join(part.text for part in split_reply(reply))
    for letter in "01":
        assert shown.count(letter) >= reply.count(letter)

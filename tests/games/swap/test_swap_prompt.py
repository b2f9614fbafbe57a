from __future__ import annotations

import pytest

from games import ChatEnv, make_game


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (3, 3), (16, 16), (3, 16), (16, 3)])
def test_the_prompt_states_size_rule_and_forms(rows: int, columns: int) -> None:
    game = make_game("games/Swap-v0", rows=rows, columns=columns)
    prompt = ChatEnv(game).prompt
    assert len(prompt.split()) < 250
    for words in (
        f"{rows} rows and {columns} columns",
        f"({rows - 1},{columns - 1})",
        "three or more tiles of the same colour and shape",
        "(r1,c1) (r2,c2)",
    ):
        assert words in prompt
    shown = [line for line in game.perception_form.splitlines() if line.startswith("(")]
    cells = game.read("\n".join(shown).replace("; ...", ""))
    assert cells is not None and len(cells) == 4, "the example is in the form it shows"


def test_the_prompt_names_the_palette_and_nothing_else() -> None:
    prompt = ChatEnv(make_game("games/Swap-v0", num_faces=4, colours=2, shapes=2)).prompt
    assert "a red or blue circle or square" in prompt
    for word in ("green", "star", "empty"):
        assert word not in prompt


def test_the_prompt_says_whether_matches_that_fall_into_place_count() -> None:
    with_cascades, without = (
        ChatEnv(make_game("games/Swap-v0", cascades=cascades)).prompt for cascades in (True, False)
    )
    assert "count too" in with_cascades and "count too" not in without
    assert "until the next swap" in without and "until the next swap" not in with_cascades

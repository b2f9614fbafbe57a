from __future__ import annotations

import pytest

from games import ChatEnv, make_game


@pytest.mark.parametrize(("rows", "columns"), [(6, 6), (16, 16), (1, 2), (2, 1), (2, 2), (3, 2), (1, 16), (16, 1)])
def test_the_prompt_states_size_rule_and_forms(rows: int, columns: int) -> None:
    game = make_game("games/ShisenSho-v0", rows=rows, columns=columns, num_faces=1)
    prompt = ChatEnv(game).prompt
    assert len(prompt.split()) < 200
    for words in (
        f"{rows} rows and {columns} columns",
        f"({rows - 1},{columns - 1})",
        "at most two turns",
        "(r1,c1) (r2,c2)",
    ):
        assert words in prompt
    order = [
        prompt.index(tag) for tag in ("<perception>", "</perception>", "<think>", "</think>", "<answer>", "</answer>")
    ]
    assert order == sorted(order)
    shown = [line for line in game.perception_form.splitlines() if line.startswith("(")]
    cells = game.read("\n".join(shown).replace("; ...", ""))
    assert cells is not None and len(cells) == min(2, rows) * min(2, columns), "the example is in the form it shows"


def test_the_prompt_names_the_palette() -> None:
    prompt = ChatEnv(make_game("games/ShisenSho-v0", num_faces=4, colours=2, shapes=2)).prompt
    assert "a red or blue circle or square" in prompt and "green" not in prompt and "star" not in prompt

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from games import ChatEnv, game_ids, make_game
from games.gallery import HEADINGS, knob_list, ladder_table, main, read_scores, sections, slug
from games.ladder import rungs
from games.registration import game_class

GALLERY = Path(__file__).parents[2] / "examples" / "gallery"


@pytest.mark.parametrize("game_id", game_ids())
def test_a_game_says_what_its_page_shows(game_id: str) -> None:
    said = sections(game_class(game_id).__doc__ or "")
    assert said[""], "the first line says what one does"
    for heading in HEADINGS:
        assert said.get(heading), f"{game_id} has no {heading}"
    assert [name for name in said if name in HEADINGS] == list(HEADINGS), "in this order"


def test_a_docstring_by_its_headings() -> None:
    text = (
        "Do.\n\n    Rules:\n        One.\n        Two.\n    Knobs:\n        rows: A\n            b.\n        c, d: E.\n"
    )
    assert sections(text) == {"": "Do.", "Rules": "One.\nTwo.", "Knobs": "rows: A\n    b.\nc, d: E."}
    assert knob_list(sections(text)["Knobs"]) == "- `rows`: A b.\n- `c, d`: E."


def test_a_page_with_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("games.gallery.LOOKS", ({"theme": "night"}, {"axes": True}))
    arguments = ["games/ShisenSho-v0", "--out", str(tmp_path)]
    assert main([*arguments, "--scores", "--episodes", "1", "--turns", "3"]) == 0
    name = slug("games/ShisenSho-v0")
    text = (tmp_path / f"{name}.md").read_text()
    assert "## Rules" in text and "## Ladder" in text and "- `rows, columns`: 1 .. 16" in text
    assert "| easy | rows=4, columns=4" in text and "3.00 \u00b1 0.00 | 3, 0% ended |" in text
    for link in (f"{name}.png", f"{name}.gif", f"{name}_easy.png", f"{name}_looks.png"):
        assert link in text
        with Image.open(tmp_path / link) as picture:
            assert min(picture.size) >= 100
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert len(scores) == 12
    index = (tmp_path / "README.md").read_text()
    assert f"[games/ShisenSho-v0]({name}.md)" in index and "- `theme`: " in index and "1 levels, at most 3" in index


def test_bad_scores_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scores.json").write_text('[{"game": 1}]')
    assert main(["--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "does not hold scores" in error and "--scores" in error and error.count("\n") == 1


@pytest.mark.parametrize("game_id", game_ids())
def test_the_committed_pages_are_those_of_the_code(game_id: str) -> None:
    """`python -m games.gallery --out examples/gallery` writes them anew; `--scores ID` plays a ladder that changed."""
    text = (GALLERY / f"{slug(game_id)}.md").read_text(encoding="utf-8")
    said = sections(game_class(game_id).__doc__ or "")
    assert all((knob_list(part) if heading == "Knobs" else part) in text for heading, part in said.items())
    assert ChatEnv(make_game(game_id)).prompt in text
    assert ladder_table(game_id, read_scores(GALLERY / "scores.json")) in text
    assert f"({slug(game_id)}.md)" in (GALLERY / "README.md").read_text(encoding="utf-8")
    assert {score.rung for score in read_scores(GALLERY / "scores.json") if score.game == game_id} == set(
        rungs(game_id)
    )

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from games import KnobError, Level
from games.play import Table, main, parse_knobs, preview

LEVEL = Level("games/ShisenSho-v0", {"rows": 2, "columns": 2, "num_faces": 1, "tile_px": 28}, 0)


def test_a_game_by_hand(tmp_path: Path) -> None:
    said: list[str] = []
    table = Table(LEVEL, tmp_path / "boards", said.append, in_words=True)
    table.show()
    for line in ("hint", "legal", "text", "?", "", "nonsense", "(0,0) (5,5)"):
        assert table.answer(line)
    assert (table.turn, table.score) == (0, 0.0)
    assert said[2] == "(0,0) (0,1)" and said[3].startswith("(0,0) (0,1)   (0,0) (1,0)")
    assert "not an answer; the form is: (r1,c1) (r2,c2)" in said
    table.answer("(0,0) (0,1)")
    table.answer("(0,0) (1,1)")
    assert said[-1] == "illegal: (0,0) (1,1)" and (table.turn, table.score) == (2, 1.0)
    table.answer("(1,0) (1,1)")
    assert table.is_over and table.score == 2.0
    assert sorted(path.name for path in (tmp_path / "boards").iterdir()) == [f"turn_00{turn}.png" for turn in (0, 1, 3)]
    assert not table.answer("quit")
    with Image.open(tmp_path / "boards" / "turn_000.png") as picture:
        assert np.array_equal(np.asarray(picture), table.env.game.image(table.env.open(0)))


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hint\n(0,0) (0,1)\n"))
    knobs = ["rows=2", "columns=2", "num_faces=1", "tile_px=28"]
    assert main(["ShisenSho-v0", *knobs, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "Choose two tiles" in out and out.endswith("left after 1 turns, score 1\n")
    assert main(["list"]) == 0 and "games/ShisenSho-v0\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ShisenShow-v0"], "unknown game 'games/ShisenShow-v0': did you mean 'games/ShisenSho-v0'?"),
        (["ShisenSho-v0", "row=4"], "games/ShisenSho-v0 has no knob 'row': did you mean 'rows'?"),
        (["ShisenSho-v0", "rows"], "a knob is written name=value, got 'rows'"),
        (["ShisenSho-v0", "--rung", "top"], "rung must be one of easy, medium, hard, expert, got 'top'"),
        (["ShisenSho-v0", "--seed", "-1"], "seed must be a whole number, 0 or more, got -1"),
    ],
)
def test_bad_arguments_are_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == message + "\n"


def test_knobs_are_json_or_words() -> None:
    assert parse_knobs(["rows=4", "theme=night", "axes=true", "image_px=[640,840]", "copies=null"]) == {
        "rows": 4,
        "theme": "night",
        "axes": True,
        "image_px": [640, 840],
        "copies": None,
    }
    with pytest.raises(KnobError):
        parse_knobs(["rows"])


def test_a_preview_shows_two_pixels_a_character() -> None:
    pixels = np.zeros((4, 2, 3), np.uint8)
    pixels[0], pixels[1] = (255, 0, 0), (0, 0, 255)
    lines = preview(pixels, num_columns=2).splitlines()
    assert len(lines) == 2
    assert lines[0] == "\033[38;2;255;0;0m\033[48;2;0;0;255m\u2580" * 2 + "\033[0m"
    assert "255" not in lines[1]

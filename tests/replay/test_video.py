from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from easyr1.replay.__main__ import main
from easyr1.replay.episodes import Recording
from easyr1.replay.frames import FRAME_SIZE, HEADINGS, SHORTENED, board_place, draw_frame, lay_out, wrap
from easyr1.replay.video import write_films
from tests.replay.make import make_record
from tests.replay.make_runs import HOSTILE, write_evaluation, write_training

LARGEST_DIFFERENCE = 8.0
"""Mean difference of a channel between a board and its place in a compressed frame, of 255."""


def ten(text: str) -> float:
    """A font whose letters are 10 px wide."""
    return 10.0 * len(text)


@given(st.text(st.characters(exclude_categories=[])), st.integers(1, 40))
def test_lines_fit_and_are_as_many_as_asked_for(text: str, num_lines: int) -> None:
    lines = wrap(text, ten, 300, num_lines)
    assert len(lines) <= num_lines + 1
    assert all(ten(line) <= 300 for line in lines)


def test_words_are_kept_whole_and_long_ones_are_broken() -> None:
    assert wrap("one two\n\nthree", ten, 60, 9) == ["one", "two", "", "three"]
    assert wrap("a " + "x" * 14, ten, 60, 9) == ["a", "xxxxxx", "xxxxxx", "xx"]
    assert wrap("a\u202eb\x00c\td", ten, 600, 9) == ["a?b?c d"]


def test_a_reply_that_is_too_long_loses_the_end_of_its_longest_part_and_says_so() -> None:
    thought = " ".join(f"thought{number}" for number in range(400))
    reply = f"<perception>\nline\nline\n</perception><think>{thought}</think><answer>up</answer>"
    parts = dict(lay_out(reply, ten, 300, 20))
    assert list(parts) == [HEADINGS[name] for name in ("perception", "think", "answer")]
    assert sum(map(len, parts.values())) + len(parts) == 20
    assert parts["Perception"] == ["line", "line"] and parts["Answer"] == ["up"]
    assert parts["Thinking"][-1] == SHORTENED and parts["Thinking"][0].startswith("thought0 ")


@pytest.mark.parametrize("reply", ["", HOSTILE, "x" * 300_000, "\ud800<think>\n" + "a\n" * 9000])
def test_any_reply_can_be_drawn(reply: str) -> None:
    frame = draw_frame(None, make_record(reply=reply, action=None, status="unreadable"), 1)
    assert frame.size == FRAME_SIZE and len(frame.getcolors(1 << 20)) > 2


def test_a_wrong_cell_is_marked_on_the_board(tmp_path: Path) -> None:
    recording = Recording.open(write_evaluation(tmp_path / "run"))
    turn = recording.read([recording.groups()[0][0]])[0].first
    path = recording.picture(turn.observation)
    assert path is not None
    with Image.open(path) as board:
        left, top, width, height = board_place(board.size)
        marked = np.asarray(draw_frame(board, turn, 3)).astype(int)
    cell = marked[top + height // 4 : top + height // 2, left + width // 2 : left + 3 * width // 4]
    is_red = (cell[..., 0] > 190) & (cell[..., 1:].max(axis=2) < 60)
    edge = np.concatenate([is_red[:4].any(axis=0), is_red[:, :4].any(axis=1)])
    assert edge.mean() > 0.95


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # The package's reader leaves its pipes open.
def test_a_film_has_a_frame_a_turn_and_shows_the_board(tmp_path: Path) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="films need the extra `dev` or `eval`")
    run = write_evaluation(tmp_path / "run")
    recording = Recording.open(run)
    films = write_films(recording, tmp_path / "films", 2)
    assert [film.name for film in films] == ["shisensho_0_0.mp4", "shisensho_1_0.mp4"]
    reader = ffmpeg.read_frames(str(films[1]), pix_fmt="rgb24")
    facts = next(reader)
    frames = [np.frombuffer(frame, np.uint8).reshape(FRAME_SIZE[1], FRAME_SIZE[0], 3) for frame in reader]
    assert (facts["size"], facts["codec"], facts["pix_fmt"].split("(")[0]) == (FRAME_SIZE, "h264", "yuv420p")
    turns = recording.read([recording.groups()[1][0]])[0].turns
    assert len(frames) == len(turns) + 1 == 4
    for frame, turn in zip(frames, turns, strict=False):
        path = recording.picture(turn.observation)
        assert path is not None
        with Image.open(path) as board:
            left, top, width, height = board_place(board.size)
            wanted = np.asarray(board.convert("RGB").resize((width, height), Image.Resampling.NEAREST)).astype(int)
        assert np.abs(frame[top : top + height, left : left + width] - wanted).mean() < LARGEST_DIFFERENCE
    assert np.abs(frames[0].astype(int) - frames[1]).mean() > 1
    assert not list(tmp_path.rglob("*.tmp*"))


def test_without_the_package_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    run = write_training(tmp_path / "run")
    assert main([str(run), "--video", str(tmp_path / "films")]) == 1
    assert capsys.readouterr().err == "error: films need the package imageio-ffmpeg: pip install 'easyr1[eval]'\n"
    assert (run / "replay.html").is_file()

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from easyr1.replay.__main__ import main
from easyr1.replay.episodes import EpisodeKey, Recording, RunError, choose_evenly
from easyr1.replay.html import embed_json, fill_template, shrink_png, write_page
from tests.replay.make import make_record
from tests.replay.make_runs import HOSTILE, write_evaluation, write_training


class Scripts(HTMLParser):
    """What a browser's parser takes for scripts, and every element that there is."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.scripts:
            self.scripts[-1] += data


def read_page(page: str) -> tuple[Scripts, dict[str, object]]:
    parser = Scripts()
    parser.feed(page)
    return parser, json.loads(parser.scripts[0])


def keys(count: int, group: str) -> list[EpisodeKey]:
    return [EpisodeKey(Path("step_000001.jsonl"), group, sample) for sample in range(count)]


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_stays_data(text: str) -> None:
    embedded = embed_json({"reply": text + HOSTILE})
    assert not set("<>&") & set(embedded) and embedded.isascii()
    assert json.loads(embedded) == {"reply": text + HOSTILE}


def test_a_hostile_reply_adds_no_element(tmp_path: Path) -> None:
    run = write_evaluation(tmp_path / HOSTILE.replace("/", "\\"))
    write_page(Recording.open(run), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    parser, data = read_page(page)
    plain, _ = read_page(fill_template("plain", {}))
    assert parser.tags == plain.tags
    assert HOSTILE in json.dumps(data, ensure_ascii=False).replace('\\"', '"')
    assert "default-src 'none'" in page and "unsafe" not in page


def test_the_page_holds_every_picture_once_and_needs_nothing_else(tmp_path: Path) -> None:
    run = write_evaluation(tmp_path / "run")
    write_page(Recording.open(run), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    _, data = read_page(page)
    assert isinstance(data["images"], dict) and isinstance(data["episodes"], list)
    shown = {turn["image"] for episode in data["episodes"] for turn in episode["turns"]}
    assert set(data["images"]) == shown == {path.stem for path in run.glob("images/*/*.png")}
    assert page.count("data:image/png;base64,") == len(shown)
    assert not re.search(r"https?://", page)


def test_siblings_of_a_step_are_a_group_and_those_of_another_are_not(tmp_path: Path) -> None:
    recording = Recording.open(write_training(tmp_path / "run"))
    assert recording.is_training
    groups = recording.groups()
    assert [len(group) for group in groups] == [3, 3, 3]
    episodes = recording.read([key for group in groups for key in group])
    assert len({episode.siblings for episode in episodes}) == 3
    assert [episode.first.split for episode in episodes[::3]] == ["validation", "train", "train"]
    assert [turn.turn for turn in episodes[0].turns] == [0, 1]


def test_a_step_can_be_asked_for(tmp_path: Path) -> None:
    run = write_training(tmp_path / "run")
    assert len(Recording.open(run, step=2).groups()) == 1
    assert Recording.open(run / "history").groups() == Recording.open(run).groups()
    with pytest.raises(RunError, match="step 7 is not recorded; there are steps 0 to 2"):
        Recording.open(run, step=7)


def test_levels_of_an_evaluation_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    run = write_evaluation(tmp_path / "run", num_levels=11)
    names = [group[0].path.stem for group in Recording.open(run).groups()]
    assert names == [f"{level}_0" for level in range(11)]


@pytest.mark.parametrize("most", [1, 5, 8, 59, 60])
def test_whole_groups_are_taken_evenly(most: int) -> None:
    groups = [keys(4, str(group)) for group in range(15)]
    chosen = choose_evenly(groups, most)
    assert len(chosen) == (most if most < 4 or most == 60 else most // 4 * 4)
    taken = sorted({int(key.group) for key in chosen})
    steps = np.diff(taken)
    assert not len(steps) or steps.max() - steps.min() <= 1


def test_a_page_says_what_it_left_out(tmp_path: Path) -> None:
    recording = Recording.open(write_training(tmp_path / "run"))
    page = write_page(recording, tmp_path / "page.html", most=6)
    assert (page.shown, page.recorded) == (6, 9)
    assert page.note == "6 of 9 episodes, taken evenly over the run"
    assert page.note in (tmp_path / "page.html").read_text()
    assert write_page(recording, tmp_path / "page.html").note == "9 episodes"


def test_too_many_pictures_leave_episodes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("easyr1.replay.html.MOST_PICTURE_BYTES", 3000)
    page = write_page(Recording.open(write_evaluation(tmp_path / "run", num_levels=8)), tmp_path / "page.html")
    assert 1 <= page.shown < 8 and "more turns would be too much" in page.note


def test_a_page_opens_with_numbers_that_json_does_not_have(tmp_path: Path) -> None:
    record = make_record(advantage=float("nan"), perception={"exact": False, "cells": float("inf")})
    run = write_training(tmp_path / "run", [record])
    write_page(Recording.open(run), tmp_path / "page.html")
    _, data = read_page((tmp_path / "page.html").read_text())
    assert "NaN" not in json.dumps(data) and "Infinity" not in json.dumps(data)


@pytest.mark.parametrize("num_colours", [1, 200, 5000])
def test_smaller_pictures_have_the_same_pixels(num_colours: int) -> None:
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (num_colours, 3), np.uint8)
    pixels = palette[rng.integers(num_colours, size=(60, 80))]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    small = shrink_png(buffer.getvalue())
    assert len(small) <= len(buffer.getvalue())
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(small)).convert("RGB")), pixels)


def test_the_command_writes_the_page_into_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_evaluation(tmp_path / "run")
    assert main([str(run)]) == 0
    assert "replay.html: 2 episodes, 0." in capsys.readouterr().out
    assert (run / "replay.html").is_file() and not list(run.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: None, "no such folder"),
        (lambda folder: folder.mkdir(), "neither history/ of a training nor episodes/ of an evaluation"),
        (lambda folder: write_training(folder, []), "no episode"),
        (lambda folder: (write_training(folder) / "history" / "step_000001.jsonl").write_text("{"), "line 1: not a"),
        (lambda folder: write_evaluation(folder, break_at=0), "not a record of a turn"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, make: object, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path / "run")  # type: ignore[operator]
    assert main([str(tmp_path / "run")]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ") and words in message and message.count("\n") == 1
    assert not (tmp_path / "run" / "replay.html").exists()


def test_importing_the_page_needs_no_engine_and_no_plots() -> None:
    heavy = {"torch", "verl", "matplotlib", "imageio_ffmpeg"}
    code = f"import sys, easyr1.replay.__main__; print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_pictures_that_were_not_kept_are_made_again(tmp_path: Path) -> None:
    run = write_evaluation(tmp_path / "run")
    write_page(Recording.open(run), tmp_path / "kept.html")
    for path in run.rglob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        changes = [{"prompt": ""}, *({"observation": "", "truth": ""} for _ in lines[1:])]
        path.write_text("".join(f"{json.dumps({**line, **change})}\n" for line, change in zip(lines, changes)))
    shutil.rmtree(run / "images")
    write_page(Recording.open(run), tmp_path / "again.html")
    (_, kept), (_, again) = (read_page((tmp_path / f"{name}.html").read_text()) for name in ("kept", "again"))
    assert again["images"] == kept["images"]
    assert again["episodes"][0]["turns"][1]["truth"] == kept["episodes"][0]["turns"][1]["truth"]  # type: ignore[index]


def test_a_game_that_is_another_by_now_gives_no_wrong_pictures(tmp_path: Path) -> None:
    run = write_evaluation(tmp_path / "run", num_levels=1)
    (path,) = run.rglob("*.jsonl")
    first, second, third = (json.loads(line) for line in path.read_text().splitlines())
    second["truth"] = first["truth"]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (first, second, third)))
    shutil.rmtree(run / "images")
    write_page(Recording.open(run), tmp_path / "page.html")
    _, data = read_page((tmp_path / "page.html").read_text())
    assert list(data["images"]) == [first["observation"]]  # type: ignore[call-overload]

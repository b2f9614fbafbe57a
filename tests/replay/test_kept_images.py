"""Of a step's pictures those are kept that the recipe asks for, and the viewer shows the others all the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from easyr1.replay.episodes import Recording
from easyr1.replay.html import write_page
from easyr1.replay.kept_images import kept_images
from easyr1.replay.record import History, image_path
from tests.replay.make import make_record
from tests.replay.make_runs import write_training
from tests.replay.test_html import read_page

TURNS = [make_record(turn=turn, observation=digest) for turn, digest in enumerate(("aa", "bb"))]


@pytest.mark.parametrize(
    ("keep", "every", "step", "kept"),
    [
        ("all", 1, 7, {"aa", "bb"}),
        ("first", 1, 7, {"aa"}),
        ("none", 1, 1, set()),
        ("all", 3, 1, {"aa", "bb"}),
        ("all", 3, 2, set()),
        ("first", 3, 4, {"aa"}),
        ("all", 3, 0, {"aa", "bb"}),  # validation before training
    ],
)
def test_what_is_kept(keep: str, every: int, step: int, kept: set[str]) -> None:
    assert set(kept_images({"aa": b"1", "bb": b"2"}, TURNS, keep, every, step)) == kept


@pytest.mark.parametrize("keep", ["first", "none"])
def test_a_page_shows_the_pictures_that_were_not_kept(keep: str, tmp_path: Path) -> None:
    run = write_training(tmp_path / "run")
    history = History(run / "history")
    write_page(Recording.open(run), tmp_path / "whole.html")
    records = history.read(1)
    images = {record.observation: history.image(record.observation) for record in records}
    shutil.rmtree(history.folder / "images")
    history.write(1, records, kept_images(images, records, keep, every=1, step=1))
    assert [image_path(history.folder, digest).exists() for digest in images] == [keep == "first", False]

    write_page(Recording.open(run), tmp_path / "thin.html")
    whole, thin = (read_page((tmp_path / name).read_text())[1]["images"] for name in ("whole.html", "thin.html"))
    assert whole == thin and set(images) == set(thin)  # type: ignore[call-overload]

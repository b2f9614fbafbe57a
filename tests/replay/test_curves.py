from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from easyr1.replay.record import MetricsLog

pytest.importorskip("matplotlib", reason="curves need the extra `dev` or an engine's")

from easyr1.replay.curves import PANELS, draw_curves

GREYS_ONLY = 12
"""Largest difference between the channels of a grey pixel, anti-aliasing included."""


def make_run(folder: Path, num_steps: int, start: float = 0.1) -> Path:
    metrics, validation = MetricsLog(folder / "metrics.jsonl"), MetricsLog(folder / "validation.jsonl")
    for step in range(1, num_steps + 1):
        row = {key: start + 0.01 * step for panel in PANELS for key in panel.keys}
        metrics.append({"step": step, **row, "perception/right_then_good": float("nan") if step == 2 else 0.5})
    for step in (0, num_steps):
        row = {f"validation/reward/game{end}": value for end, value in (("", 0.2), ("/low", 0.1), ("/high", 0.3))}
        validation.append({"step": step, **row, "validation/reward/format": 0.9})
    return folder


def read_picture(path: Path) -> NDArray[np.int64]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(np.int64)


def coloured_pixels(path: Path) -> int:
    pixels = read_picture(path)
    return int((pixels.max(axis=2) - pixels.min(axis=2) > GREYS_ONLY).sum())


def test_runs_are_drawn_over_each_other(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / "one", 5), make_run(tmp_path / "two", 5, start=0.5)]
    draw_curves(runs[:1], tmp_path / "out" / "one.png")
    draw_curves(runs, tmp_path / "out" / "two.png")
    assert read_picture(tmp_path / "out" / "one.png").shape == (960, 1920, 3)
    assert coloured_pixels(tmp_path / "out" / "two.png") > coloured_pixels(tmp_path / "out" / "one.png") > 1000
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("num_steps", [0, 1])
def test_a_young_run_can_be_drawn(tmp_path: Path, num_steps: int) -> None:
    folder = tmp_path / "run"
    if num_steps:
        make_run(folder, num_steps)
    draw_curves([folder], tmp_path / "curves.png")
    assert read_picture(tmp_path / "curves.png").shape == (960, 1920, 3)


def test_importing_curves_does_not_import_matplotlib() -> None:
    code = "import sys, easyr1.replay.curves; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"

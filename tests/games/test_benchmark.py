from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from games.benchmark import Case, cases, main, measure, regressions, table

SMALL = Case("small", "games/ShisenSho-v0", {"rows": 2, "columns": 4, "num_faces": 2, "tile_px": 56}, 5, 9.3)


def test_a_case_is_measured_and_shown() -> None:
    figures = measure(SMALL, repeats=1)
    assert figures.image_bytes == 112 * 224 * 3
    assert figures.moves_per_s > 1000 and figures.observations_per_s > 1000
    assert figures.times_original == pytest.approx(9.3 / figures.step_ms)
    assert 0 < figures.bytes_per_state < 1000
    title, line = table([figures]).splitlines()
    assert title.split()[0] == "moves/s" and line.startswith("small ") and len(title) == len(line)


def test_a_ratio_that_grows_by_more_than_a_quarter_is_found() -> None:
    figures = measure(SMALL, repeats=1)
    row = {"name": "small", "move_ratio": figures.move_ratio, "observation_ratio": figures.observation_ratio}
    assert regressions([figures], [row]) == []
    assert regressions([replace(figures, move_ratio=figures.move_ratio * 1.2)], [row]) == []
    (found,) = regressions([replace(figures, observation_ratio=figures.observation_ratio * 1.3)], [row])
    assert found.startswith("small: observation_ratio ") and found.endswith("+30%")
    assert regressions([replace(figures, name="another", move_ratio=1e9)], [row]) == []


def test_the_paper_is_there_for_its_games() -> None:
    named = cases(["games/ShisenSho-v0"])
    assert [case.name for case in named] == ["ShisenSho-v0", "Shisen-Sho 6x6, paper", "Shisen-Sho 12x12, paper"]
    assert all(case.spread_moves == 250 for case in named)


def test_the_command_fails_on_a_regression(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("games.benchmark.cases", lambda ids: [SMALL])
    assert main(["--json", "--repeats", "1"]) == 0
    rows = json.loads(capsys.readouterr().out)
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps([{**rows[0], "observation_ratio": rows[0]["observation_ratio"] / 10}]))
    assert main(["--baseline", str(baseline), "--repeats", "1"]) == 1
    assert "small: observation_ratio" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), ("{", "cannot be read"), ("{}", "is not the output of --json")]
)
def test_a_bad_baseline_is_one_line(
    tmp_path: Path, content: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content)
    assert main(["--baseline", str(path)]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1

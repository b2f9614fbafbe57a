"""The two ends of the scale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from easyr1.evaluation import anchors
from easyr1.evaluation.anchors import AnchorBook, Anchors, compute_anchors, read_anchors, write_anchors
from easyr1.evaluation.levels import evaluation_level, first_state_hash, frozen_hashes
from easyr1.evaluation.suites import load_suite
from easyr1.evaluation.tasks import why_not
from games.ladder import RUNGS
from tests.evaluation.make import SMALL

G1 = {task.name: task for task in load_suite("g1") if not task.optional}
KNOWN = Anchors(("aa", "bb", "cc"), (0.0, 1.0, 2.0), (3.0, 4.0, 5.0))


@pytest.mark.parametrize("rung", ["", "easy", *(pytest.param(rung, marks=pytest.mark.slow) for rung in RUNGS[1:])])
def test_the_committed_ones_are_what_the_players_make(rung: str) -> None:
    """A change of a solver, a game or a level shows here, on the first level of each task."""
    committed = read_anchors(anchors.COMMITTED)
    known = [task for task in load_suite("all") if task.key in committed and task.rung == rung]
    tasks = [task for task in known if why_not(task) is None]
    assert len(tasks) >= 3
    for task, found in compute_anchors([replace(task, episodes=1) for task in tasks], workers=1):
        kept = committed[task.key]
        assert found == Anchors(kept.hashes[:1], kept.random[:1], kept.solver[:1]), task.name


def test_the_committed_ones_are_on_frozen_levels() -> None:
    committed = read_anchors(anchors.COMMITTED)
    for task in load_suite("all"):
        if task.key in committed:
            hashes = committed[task.key].hashes
            assert len(hashes) >= task.episodes and hashes == frozen_hashes()[task.levels_key][: len(hashes)]


def test_chance_makes_the_random_row_of_the_paper() -> None:
    """Within its own error: of ten games with a standard deviation of 129, and of one success in a hundred tries."""
    random = {name: fmean(read_anchors(anchors.COMMITTED)[task.key].random) for name, task in G1.items()}
    assert abs(random["twenty_forty_eight"] - 701) < 2 * 129 / 10**0.5
    assert abs(random["shisensho"] - 0.4) < 2 * 0.63 / 10**0.5
    # One of a hundred is 0.03% to 5.4% (exact binomial interval).
    assert 0.0003 < random["swap"] < 0.054


def test_the_solver_makes_the_anchors_of_the_simulators() -> None:
    solver = {name: fmean(read_anchors(anchors.COMMITTED)[task.key].solver) for name, task in G1.items()}
    assert abs(solver["twenty_forty_eight"] - 1058) < 35, "a search two plies deep"
    assert solver["shisensho"] == 18.0 and solver["swap"] == 1.0


def test_anchors_on_levels_of_an_own_task() -> None:
    ((task, found),) = compute_anchors([replace(SMALL, episodes=3)], workers=1)
    assert task.name == "small" and found.solver == (4.0, 4.0, 4.0)
    assert all(0 <= score < 4 for score in found.random) and fmean(found.random) > 0
    assert found.hashes == tuple(first_state_hash(evaluation_level(SMALL, index)) for index in range(3))


def test_a_book_keeps_what_others_keep(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "anchors.json"
    one, two = (AnchorBook(path, tmp_path / "none.json") for _ in range(2))
    other = replace(SMALL, max_turns=9)
    one.keep(SMALL, KNOWN)
    two.keep(other, KNOWN)
    assert read_anchors(path) == {SMALL.key: KNOWN, other.key: KNOWN}
    assert AnchorBook(path).find(SMALL, ["aa", "bb"]) == KNOWN
    assert AnchorBook(path).find(replace(SMALL, max_turns=10), ["aa"]) is None


@pytest.mark.parametrize(
    ("hashes", "fits"),
    [(["aa", "bb"], True), (["aa", "", "cc"], True), (["aa", "xx"], False), (["aa", "bb", "cc", "dd"], False)],
)
def test_anchors_of_other_levels_are_not_used(tmp_path: Path, hashes: list[str], fits: bool) -> None:
    write_anchors(tmp_path / "anchors.json", {SMALL.key: KNOWN})
    found = AnchorBook(tmp_path / "anchors.json").find(SMALL, hashes)
    assert found == (KNOWN if fits else None)


def test_the_check_finds_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "own.yaml"
    knobs = "{rows: 2, columns: 4, num_faces: 2, solvable: true}"
    suite.write_text(f"tasks: {{own: {{game: games/ShisenSho-v0, knobs: {knobs}, episodes: 2, max_turns: 5}}}}")
    monkeypatch.setattr(anchors, "COMMITTED", tmp_path / "anchors.json")
    assert anchors.main(["--write", str(suite)]) == 0
    assert anchors.main(["--check", str(suite)]) == 0
    ((key, found),) = read_anchors(anchors.COMMITTED).items()
    write_anchors(anchors.COMMITTED, {key: replace(found, solver=(4.0, 3.0))})
    capsys.readouterr()
    assert anchors.main(["--check", str(suite)]) == 1
    assert "0 of 1 tasks as they were or new" in capsys.readouterr().out
    assert anchors.main(["--write", str(suite)]) == 0 and read_anchors(anchors.COMMITTED)[key] != found
    assert anchors.main(["--anew", str(suite)]) == 0 and read_anchors(anchors.COMMITTED)[key] == found

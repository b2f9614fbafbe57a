"""The proof's stages, each in a process of its own: whatever becomes of one, what was found before is kept."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from easyr1.bridge.proof.figures import Figure
from easyr1.bridge.proof.main import prove, run_stages
from easyr1.bridge.proof.plan import FULL, SMALL, Plan, choose_size
from easyr1.bridge.proof.results import ResultsFile
from easyr1.bridge.proof.runner import environment, run_stage
from easyr1.bridge.proof.stages import STAGES, Stage, choose_stages
from easyr1.bridge.proof.table import WIDTH, table_lines
from easyr1.errors import ConfigError

FIRST = "    record.figure('found before', 1.5, 's', high=2)\n"
BODIES = {
    "fine": FIRST,
    "out_of_bounds": FIRST + "    record.figure('too large', 3, high=2)\n",
    "raises": FIRST + "    raise RuntimeError('first line\\nthe last line')\n",
    "hangs": FIRST + "    import time\n    time.sleep(600)\n",
    "dies": FIRST + "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    "leaves": FIRST + "    import os\n    os._exit(3)\n",
    "has_a_child": FIRST
    + "    import subprocess, sys, time\n"
    + "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
    + "    record.figure('child', child.pid)\n    time.sleep(600)\n",
    "looks_around": "    import os\n    record.figure('address', os.environ.get('RAY_ADDRESS', 'none'))\n"
    + "    record.figure('plan', f'{plan.size} {plan.device} {plan.folder.name}')\n",
}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    modules = tmp_path / "modules"
    modules.mkdir()
    for name, body in BODIES.items():
        (modules / f"stage_{name}.py").write_text(f"def run(plan, record):\n{body}")
    monkeypatch.setenv("PYTHONPATH", str(modules))
    folder = tmp_path / "work"
    folder.mkdir()
    return Plan(size=SMALL, device="cpu", folder=folder)


def stage(name: str, limit_s: float = 60) -> Stage:
    return Stage(name, f"stage that {name}", f"stage_{name}", 1, 1, limit_s)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("fine", None),
        ("out_of_bounds", None),
        ("raises", "RuntimeError: the last line"),
        ("hangs", "not done within 3 s"),
        ("dies", "ended by signal 9 (SIGKILL)"),
        ("leaves", "ended with status 3 and no word of why"),
    ],
)
def test_what_was_found_before_the_end_is_kept(plan: Plan, name: str, error: str | None) -> None:
    result = run_stage(stage(name, 3 if name == "hangs" else 60), plan)
    assert result.error == error
    assert result.figures[0] == Figure(name="found before", value=1.5, unit="s", high=2)
    assert result.passed == (name == "fine")
    assert result.seconds < 30


def test_patience_stretches_the_limit(plan: Plan) -> None:
    result = run_stage(stage("hangs", 1), plan, patience=4)
    assert result.error == "not done within 4 s" and result.limit_s == 4 <= result.seconds


def test_no_process_outlives_its_stage(plan: Plan) -> None:
    result = run_stage(stage("has_a_child", 3), plan)
    (child,) = (int(figure.value) for figure in result.figures if figure.name == "child")
    end = time.monotonic() + 10
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "the child is still there"
        time.sleep(0.1)


def test_stages_go_on_and_every_result_is_written(plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "proof.json"
    for names in (["raises", "dies", "fine"], ["fine"]):
        file = ResultsFile(out, plan, {"gpus": []})
        status = run_stages([stage(name) for name in names], plan, file, out)
        assert status == (0 if names == ["fine"] else 1)
    first, second = json.loads(out.read_text())["runs"]
    assert [(one["stage"], one["passed"], len(one["figures"])) for one in first["stages"]] == [
        ("raises", False, 1),
        ("dies", False, 1),
        ("fine", True, 1),
    ]
    assert not first["passed"] and second["passed"]
    assert first["size"] == "small" and first["device"] == "cpu" and first["seconds"] > 0
    printed = capsys.readouterr().out
    assert "1 of 3 stages passed" in printed and "RuntimeError: the last line" in printed


def test_a_later_stage_that_never_ends_leaves_the_earlier_result(plan: Plan, tmp_path: Path) -> None:
    out = tmp_path / "proof.json"
    file = ResultsFile(out, plan, {})
    file.write([run_stage(stage("fine"), plan)], passed=False)
    (run,) = json.loads(out.read_text())["runs"]
    assert [one["stage"] for one in run["stages"]] == ["fine"] and not run["passed"]


def test_a_stage_is_told_the_plan_and_sees_no_cluster(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "elsewhere:6379")
    address, told = run_stage(stage("looks_around"), plan).figures
    assert address.value == "none" and told.value == "small cpu work"


def test_nothing_is_fetched() -> None:
    given = environment("cuda", {"HF_HUB_OFFLINE": "0", "A": "b"})
    assert given["HF_HUB_OFFLINE"] == "1" and given["A"] == "b" and "VERL_PLATFORM" not in given


@pytest.mark.parametrize(
    ("figure", "passed", "bound"),
    [
        (Figure(name="x", value=1.0), None, ""),
        (Figure(name="x", value="2.11.0"), None, ""),
        (Figure(name="x", value=0.02, high=0.02), True, "<= 0.02"),
        (Figure(name="x", value=0.021, high=0.02), False, "<= 0.02"),
        (Figure(name="x", value=3, low=3, high=3), True, "= 3"),
        (Figure(name="x", value=2, low=3, high=3), False, "= 3"),
        (Figure(name="x", value=0.5, low=1, high=2), False, ">= 1, <= 2"),
        (Figure(name="x", value=math.nan), False, ""),
        (Figure(name="x", value=math.inf, low=0), False, ">= 0"),
    ],
)
def test_bounds(figure: Figure, passed: bool | None, bound: str) -> None:
    assert figure.passed is passed and figure.bound == bound
    again = Figure.from_json(json.loads(json.dumps(figure.to_json())))
    assert again == figure or math.isnan(figure.value)  # type: ignore[arg-type]


def test_the_table_fits(plan: Plan) -> None:
    one, other = (run_stage(stage(name), plan) for name in ("out_of_bounds", "raises"))
    long = Figure(name="a name that goes on " * 5, value=123456.789, unit="GB of something", low=1, high=1e6)
    lines = table_lines([replace(one, figures=(*one.figures, long)), replace(other, error="an error " * 30)])
    assert all(len(line) <= WIDTH for line in lines if not line.strip().startswith("log:"))
    assert [line.split()[-1] for line in lines if line.strip().startswith(("found", "too"))] == ["pass", "FAIL", "pass"]


def test_stages_are_chosen_by_letter() -> None:
    assert [one.letter for one in choose_stages("c,a")] == ["a", "c"]
    assert choose_stages(None) == STAGES
    with pytest.raises(ConfigError, match=r"--stages: 'f' given; it must be some of a,b,c,d,e"):
        choose_stages("a,f")


def test_all_stages_end_within_ten_minutes_on_a_gpu() -> None:
    assert sum(one.limit_s for one in STAGES) <= 600
    assert all(one.planned_s < one.limit_s for one in STAGES)


def test_the_size_follows_the_machine() -> None:
    assert choose_size(None, 0) == SMALL and choose_size(None, 1) == FULL and choose_size(SMALL, 1) == SMALL
    with pytest.raises(ConfigError, match=r"--size: full given, and this machine has no GPU"):
        choose_size(FULL, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stages", "x"], "--stages: 'x' given"),
        (["--out", "taken.txt"], "which holds something else"),
        (["--out", "nowhere/proof.json"], "cannot be written"),
        (["--folder", "."], "which holds something else"),
        (["--patience", "0"], "--patience: 0.0 given"),
    ],
)
def test_arguments_that_cannot_run(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "taken.txt").write_text("mine")
    assert prove(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: --") and words in error and len(error.splitlines()) == 1
    assert (tmp_path / "taken.txt").read_text() == "mine"

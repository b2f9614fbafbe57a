from __future__ import annotations

import io

from easyr1.evaluation.progress import EvaluationProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    with EvaluationProgress(12, done=2, stream=out, every_s=0.0) as progress:
        for number in range(9):
            progress.add("task", float(number % 2))
        progress.add("task", 0.0, has_failed=True)
    lines = out.getvalue().splitlines()
    assert lines[:3] == ["2 of 12 episodes are there already", "3/12 episodes | task 0", "4/12 episodes | task 0.5"]
    assert lines[-2].endswith("s left") and lines[-1] == "12/12 episodes | task 0.444 | 1 failed"


def test_few_lines_and_always_the_last() -> None:
    out = io.StringIO()
    with EvaluationProgress(50, stream=out, every_s=100.0) as progress:
        for _ in range(50):
            progress.add("task", 1.0)
    assert out.getvalue() == "50/50 episodes | task 1\n"


def test_a_bar_on_a_terminal() -> None:
    out = Terminal()
    with EvaluationProgress(3, done=1, stream=out) as progress:
        progress.add("task", 0.0)
        progress.add("task", 1.0)
    assert "3/3" in out.getvalue() and "task 0.5" in out.getvalue()

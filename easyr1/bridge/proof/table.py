"""The figures of the proof as a table of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from easyr1.bridge.proof.figures import Figure, shown
from easyr1.bridge.proof.runner import StageResult

WIDTH = 100
NAME, VALUE, BOUND = 48, 22, 20
VERDICTS = {True: "pass", False: "FAIL", None: ""}


def table_lines(results: Sequence[StageResult]) -> list[str]:
    """A heading and the figures of each stage, then a line for all."""
    lines = [line for result in results for line in _stage(result)]
    num_passed = sum(result.passed for result in results)
    seconds = sum(result.seconds for result in results)
    lines.append(f"{num_passed} of {len(results)} stages passed in {seconds:.0f} s")
    return lines


def stage_line(result: StageResult) -> str:
    """A stage in one line."""
    verdict = "pass" if result.passed else "FAIL"
    line = f"{result.stage.letter}  {result.stage.title}: {verdict} in {result.seconds:.0f} s"
    return f"{line} (limit {result.limit_s:g} s)"


def _stage(result: StageResult) -> Iterator[str]:
    yield _cut(stage_line(result), WIDTH)
    for figure in result.figures:
        yield _figure(figure)
    if result.error is not None:
        yield _cut(f"   error: {result.error}", WIDTH)
        yield f"   log: {result.log}"
    yield ""


def _figure(figure: Figure) -> str:
    value = f"{shown(figure.value)} {figure.unit}".strip()
    columns = [
        f"{_cut(figure.name, NAME):<{NAME}}",
        f"{_cut(value, VALUE):>{VALUE}}",
        f"{_cut(figure.bound, BOUND):<{BOUND}}",
    ]
    return f"   {' '.join(columns)} {VERDICTS[figure.passed]}".rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."

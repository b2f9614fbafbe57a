"""A report on a machine and a run, as text of at most 100 columns and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from easyr1.machine.facts import Fact, Problem, Report

WIDTH = 100
INDENT, TITLE = 2, 19


@dataclass(frozen=True)
class Page:
    """All that is told.

    Attributes:
        machine: Of this machine.
        recipe: Name of the recipe.
        run: Of a run of it.
        command: What to run next.
        is_instead: Whether that is another recipe, for this machine cannot run the one that was asked for.
        is_for_cpu: Whether that is what a machine without a GPU runs.
    """

    machine: Report
    recipe: str
    run: Report
    command: str
    is_instead: bool
    is_for_cpu: bool

    @property
    def problems(self) -> list[Problem]:
        """What is missing, on the machine and for the run."""
        return [*self.machine.problems, *self.run.problems]

    @property
    def can_run(self) -> bool:
        """Whether this machine can run the recipe."""
        return not (self.machine.is_fatal or self.run.is_fatal)

    def as_json(self) -> str:
        """One object: machine, recipe, run, missing, can_run, command."""
        missing = [
            {"what": problem.what, "mend": problem.mend, "is_fatal": problem.is_fatal} for problem in self.problems
        ]
        facts = {
            "machine": {fact.key: fact.value for fact in self.machine.facts},
            "recipe": self.recipe,
            "run": {fact.key: fact.value for fact in self.run.facts},
        }
        return json.dumps({**facts, "missing": missing, "can_run": self.can_run, "command": self.command}, indent=2)

    def as_text(self) -> str:
        """The page."""
        lines: list[str] = []
        for title, report in (("This machine", self.machine), (f"Recipe {self.recipe}", self.run)):
            lines += [title, *(line for fact in report.facts for line in _fact(fact)), ""]
        return "\n".join([*lines, "Summary", *self._summary()])

    def _summary(self) -> Iterator[str]:
        yield from _group("missing", [problem for problem in self.problems if problem.is_fatal])
        yield from _group("worth knowing", [problem for problem in self.problems if not problem.is_fatal])
        # A long command is not broken: it is to be copied.
        lead = "run" if self.can_run else "this machine can run" if self.is_instead else "then run"
        yield f"{' ' * INDENT}{lead}: {self.command}"
        if self.is_for_cpu:
            small = "without a GPU: small boards and a model of a million weights, on the CPU"
            yield f"{' ' * INDENT}({small})"


def _group(title: str, problems: Sequence[Problem]) -> Iterator[str]:
    if problems:
        yield f"{' ' * INDENT}{title}:"
    for problem in problems:
        yield from _wrapped(f"{' ' * 2 * INDENT}- ", problem.what)
        yield from _wrapped(f"{' ' * 2 * INDENT}  mend: ", problem.mend)


def _fact(fact: Fact) -> Iterator[str]:
    head = f"{' ' * INDENT}{fact.title:<{TITLE}}"
    for line in fact.text.splitlines() or [""]:
        yield from _wrapped(head, line)
        head = " " * len(head)


def _wrapped(head: str, line: str) -> list[str]:
    """A line behind a head; what does not fit goes on below, two columns further in."""
    depth = len(line) - len(line.lstrip())
    wrapped = textwrap.wrap(
        line,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * (len(head) + depth + 2),
        break_on_hyphens=False,
        break_long_words=False,
        replace_whitespace=False,
    )
    return wrapped or [head.rstrip()]

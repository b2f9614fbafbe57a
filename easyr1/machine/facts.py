"""What is said of a machine and of a run: facts, and what is missing with the command that mends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fact:
    """One line of a report.

    Attributes:
        key: Its name in JSON.
        title: Its name on the page.
        value: For JSON: numbers, words, lists and dictionaries of them.
        text: For the page; lines after the first stand under it.
    """

    key: str
    title: str
    value: Any
    text: str


@dataclass(frozen=True)
class Problem:
    """What stands in the way of a run, or may.

    Attributes:
        what: In one line.
        mend: A command, or what to do.
        is_fatal: Whether the run cannot start.
    """

    what: str
    mend: str
    is_fatal: bool = True


@dataclass
class Report:
    """Facts and problems of one subject, in the order in which they are told."""

    facts: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def tell(self, key: str, title: str, value: Any, text: str) -> None:
        """Add a fact."""
        self.facts.append(Fact(key, title, value, text))

    def lack(self, what: str, mend: str, is_fatal: bool = True) -> None:
        """Add a problem."""
        self.problems.append(Problem(what, mend, is_fatal))

    @property
    def is_fatal(self) -> bool:
        """Whether a run cannot start."""
        return any(problem.is_fatal for problem in self.problems)

"""How an evaluation is doing: a bar on a terminal, now and then a line anywhere else."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from typing import Any, TextIO

from easyr1.progress import write_duration

LINE_EVERY_S = 5.0
ENOUGH = 8
"""Episodes after which their mean time says something."""


class EvaluationProgress:
    """Counts episodes while its `with` block is open.

    Args:
        total: Episodes of the whole run.
        done: Those that were there before.
        stream: Where to write; None for standard output.
        every_s: Least seconds between two lines where there is no terminal.
    """

    def __init__(self, total: int, done: int = 0, stream: TextIO | None = None, every_s: float = LINE_EVERY_S) -> None:
        self._total, self._done, self._new = total, done, 0
        self._stream = sys.stdout if stream is None else stream
        self._every_s = every_s
        self._start = self._said = time.monotonic()
        self._scores: dict[str, list[float]] = defaultdict(list)
        self._num_failed = 0
        self._bar: Any = None

    def __enter__(self) -> EvaluationProgress:
        if self._stream.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, initial=self._done, file=self._stream, unit="episode")
        elif self._done:
            print(f"{self._done} of {self._total} episodes are there already", file=self._stream, flush=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def add(self, task: str, score: float, has_failed: bool = False) -> None:
        """Count an episode."""
        self._done += 1
        self._new += 1
        if has_failed:
            self._num_failed += 1
        else:
            self._scores[task].append(score)
        if self._bar is not None:
            self._bar.set_postfix_str(self._words(task), refresh=False)
            self._bar.update()
        elif time.monotonic() - self._said >= self._every_s or self._done == self._total:
            self._said = time.monotonic()
            print(
                f"{self._done}/{self._total} episodes | {self._words(task)}{self._left()}",
                file=self._stream,
                flush=True,
            )

    def _left(self) -> str:
        """Time left, once some episodes have been timed."""
        if self._new < ENOUGH or self._done == self._total:
            return ""
        left_s = (time.monotonic() - self._start) / self._new * (self._total - self._done)
        return f" | {write_duration(left_s)} left"

    def _words(self, task: str) -> str:
        """The task being played, and how many episodes failed."""
        scores = self._scores[task]
        mean = f"{task} {sum(scores) / len(scores):.3g}" if scores else task
        return f"{mean} | {self._num_failed} failed" if self._num_failed else mean

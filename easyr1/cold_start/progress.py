"""How a data set is doing: a bar on a terminal, now and then a line anywhere else."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TextIO

from easyr1.progress import write_duration

LINE_EVERY_S = 5.0


class DataProgress:
    """Counts kept examples and those left out while its `with` block is open.

    Args:
        total: Examples of the whole data set.
        done: Those that were there before.
        stream: Where to write; None for standard output.
        every_s: Least seconds between two lines where there is no terminal.

    Attributes:
        kept: Examples so far, without those that were there before.
        rejected: Turns left out so far, by reason.
    """

    def __init__(self, total: int, done: int = 0, stream: TextIO | None = None, every_s: float = LINE_EVERY_S) -> None:
        self._total, self._done, self.kept = total, done, 0
        self._stream = sys.stdout if stream is None else stream
        self._every_s = every_s
        self._start = self._said = time.monotonic()
        self.rejected: Counter[str] = Counter()
        self._bar: Any = None

    def __enter__(self) -> DataProgress:
        if self._stream.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, initial=self._done, file=self._stream, unit="example")
        elif self._done:
            self.say(f"{self._done} of {self._total} examples are there already")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def say(self, line: str) -> None:
        """Write a line for the reader."""
        if self._bar is None:
            print(line, file=self._stream, flush=True)
        else:
            self._bar.write(line, file=self._stream)

    def aside(self, say: Callable[[str], None], line: str) -> None:
        """Let `say` write a line, with the bar out of its way."""
        with nullcontext() if self._bar is None else self._bar.external_write_mode(file=self._stream):
            say(line)

    def add(self, game: str, kept: int, rejected: Counter[str]) -> None:
        """Count what became of some levels of a game."""
        self._done += kept
        self.kept += kept
        self.rejected += rejected
        left_out = ", ".join(f"{count} {reason}" for reason, count in self.rejected.most_common(3))
        words = f"{game} | left out: {left_out}" if left_out else game
        if self._bar is not None:
            self._bar.set_postfix_str(words, refresh=False)
            self._bar.update(kept)
        elif time.monotonic() - self._said >= self._every_s or self._done == self._total:
            self._said = time.monotonic()
            self.say(f"{self._done}/{self._total} examples | {words}{self._left()}")

    def _left(self) -> str:
        if not self.kept or self._done >= self._total:
            return ""
        left_s = (time.monotonic() - self._start) / self.kept * (self._total - self._done)
        return f" | {write_duration(left_s)} left"

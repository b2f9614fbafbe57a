"""How a run is doing, in one line a step; follows metrics.jsonl from a thread of its own."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from easyr1.replay.curves import PANELS, Panel
from easyr1.replay.record import MetricsLog

FIGURES = (("loss", "loss"), ("game", "reward/game"), ("format", "reward/format"), ("P_acc", "perception/exact"))
POLL_S = 0.5
CURVES_EVERY_S = 20.0
RECENT_STEPS = 10
"""Steps whose mean time stands for those to come."""


def progress_line(metrics_row: Mapping[str, Any], total_steps: int, seconds_per_step: float | None) -> str:
    """A step in words, such as `step 12/60 | game -0.12 | format 0.98 | P_acc 0.91 | 3.1 s/step | 2 min 29 s left`.

    Args:
        metrics_row: A line of metrics.jsonl; what it lacks is left out.
        total_steps: Steps of the whole run.
        seconds_per_step: Time a step takes; None when it is not known yet.
    """
    step = int(metrics_row["step"])
    parts = [f"step {step}/{total_steps}"]
    parts += [
        f"{word} {metrics_row[key]:.2f}" for word, key in FIGURES if math.isfinite(metrics_row.get(key, math.nan))
    ]
    if seconds_per_step is not None:
        parts.append(f"{seconds_per_step:.1f} s/step")
        if step < total_steps:
            parts.append(f"{write_duration((total_steps - step) * seconds_per_step)} left")
    return " | ".join(parts)


def write_duration(seconds: float) -> str:
    """A duration in its two largest units: `45 s`, `2 min 40 s`, `3 h 5 min`, `2 d 4 h`."""
    whole = round(seconds)
    for unit, size, small, small_size in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // small_size} {small}"
    return f"{whole} s"


class ProgressView:
    """Shows the steps of a run while its `with` block is open, and keeps curves.png up to date.

    On a terminal one bar is redrawn; anywhere else each step is a line. Steps recorded before it was opened are not
    shown again.

    Args:
        folder: The run's folder, with metrics.jsonl in it once there is a step.
        total_steps: Steps of the whole run.
        stream: Where to write; None for standard output.
        poll_s, curves_every_s: Seconds between looks at the file, and least seconds between two drawings.
        panels: What curves.png shows.
    """

    def __init__(
        self,
        folder: Path | str,
        total_steps: int,
        stream: TextIO | None = None,
        poll_s: float = POLL_S,
        curves_every_s: float = CURVES_EVERY_S,
        panels: Sequence[Panel] = PANELS,
    ) -> None:
        self._folder = Path(folder)
        self._total_steps = total_steps
        self._stream = sys.stdout if stream is None else stream
        self._poll_s, self._curves_every_s = poll_s, curves_every_s
        self._panels = panels
        self._log = MetricsLog(self._folder / "metrics.jsonl")
        self._seen: tuple[int, int] | None = None
        self._shown = 0
        self._moments: deque[tuple[int, float]] = deque(maxlen=RECENT_STEPS + 1)
        self._drawn_at = -math.inf
        self._stale, self._can_draw = False, True
        self._bar: Any = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="progress", daemon=True)

    def __enter__(self) -> ProgressView:
        self._seen = self._stamp()
        self._shown = max((int(row["step"]) for row in self._log.read()), default=0)
        if self._stream.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=self._total_steps,
                initial=min(self._shown, self._total_steps),
                file=self._stream,
                bar_format="{desc} |{bar:24}|",
                desc="starting",
            )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._thread.join()
        if self._bar is not None:
            self._bar.close()

    def _follow(self) -> None:
        while not self._closing.wait(self._poll_s):
            self._look()
            self._draw(self._curves_every_s)
        self._look()
        self._draw(0.0)

    def _stamp(self) -> tuple[int, int] | None:
        """Changes whenever the file does."""
        try:
            status = self._log.path.stat()
        except FileNotFoundError:
            return None
        return status.st_size, status.st_mtime_ns

    def _look(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen, self._stale = stamp, True
        rows = self._log.read()
        # A resumed run drops the steps after its checkpoint and plays them again.
        last = max((int(row["step"]) for row in rows), default=0)
        if last < self._shown:
            self._shown = last
            self._moments.clear()
        if stamp is not None and last > self._shown:
            # The file's own time: drawing may have kept this thread from looking earlier.
            self._moments.append((last, stamp[1] / 1e9))
        for row in rows:
            if row["step"] > self._shown:
                self._show(row)

    def _show(self, row: Mapping[str, Any]) -> None:
        self._shown = int(row["step"])
        line = progress_line(row, self._total_steps, self._seconds_per_step(row))
        if self._bar is None:
            self._say(line)
            return
        self._bar.n = min(self._shown, self._total_steps)
        self._bar.set_description_str(line)

    def _say(self, line: str) -> None:
        if self._bar is None:
            print(line, file=self._stream, flush=True)
        else:
            self._bar.write(line, file=self._stream)

    def _seconds_per_step(self, row: Mapping[str, Any]) -> float | None:
        """Wall time between recent steps, what lies between them included; at first the time the step took itself."""
        if len(self._moments) > 1:
            (first, start), (last, end) = self._moments[0], self._moments[-1]
            return (end - start) / (last - first)
        own = row.get("time/step_s", math.nan)
        return float(own) if math.isfinite(own) else None

    def _draw(self, at_least_s: float) -> None:
        now = time.monotonic()
        if not self._can_draw or not self._stale or now - self._drawn_at < at_least_s:
            return
        self._stale, self._drawn_at = False, now
        try:
            from easyr1.replay.curves import draw_curves

            draw_curves([self._folder], self._folder / "curves.png", self._panels)
        except Exception as error:  # A picture is not worth the rest of the view, whatever keeps it from being drawn.
            self._can_draw = False
            self._say(f"curves.png is not drawn any more: {error}")

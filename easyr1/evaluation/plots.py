"""Normalised scores with their intervals as a picture, task by task, several runs side by side."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from easyr1.evaluation.compare import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#1f6fb4", "#d1642c", "#3a8f5c", "#8a5ab5", "#b5485d", "#6b6b6b")
INK, FAINT = "#333333", "#dddddd"
ROW_INCHES = 0.42
FARTHEST = (-0.6, 1.6)
"""Normalised scores that are shown; those beyond are cut off."""


def draw_scores(runs: Sequence[Run], out: Path) -> None:
    """Write a PNG, 1200 px wide: a row a task, a dot a run with its 95% interval over levels.

    Args:
        runs: One or more; tasks are those of any of them, in the order of the first that has them.
        out: The picture; whoever looks sees the old one or the new one.
    """
    # No pyplot: figures of its own are safe in a thread and need no display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tasks = list(dict.fromkeys(task for run in runs for task in run.tasks))
    height = 1.3 + ROW_INCHES * len(tasks) * max(1.0, len(runs) / 3) + 0.25 * len(runs)
    figure = Figure(figsize=(10, height), layout="constrained")
    FigureCanvasAgg(figure)
    plot = figure.subplots()
    _style(plot, tasks)
    for number, run in enumerate(runs):
        offset = ((number + 1) / (len(runs) + 1) - 0.5) * 0.9
        _draw_run(plot, run, tasks, offset, COLOURS[number % len(COLOURS)])
    # A task whose solver is hardly better than chance may lie anywhere.
    low, high = plot.get_xlim()
    plot.set_xlim(max(low, FARTHEST[0]), min(high, FARTHEST[1]))
    _add_legend(figure, [run.name for run in runs])
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.name}.tmp")
    figure.savefig(draft, format="png", dpi=120)
    os.replace(draft, out)


def _draw_run(plot: Axes, run: Run, tasks: Sequence[str], offset: float, colour: str) -> None:
    for row, task in enumerate(tasks):
        found = run.normalised.get(task)
        if found is None or math.isnan(found.mean):
            continue
        plot.plot([found.low, found.high], [row + offset] * 2, color=colour, linewidth=2.0, solid_capstyle="round")
        plot.plot([found.mean], [row + offset], "o", color=colour, markersize=7, markeredgecolor="white")


def _style(plot: Axes, tasks: Sequence[str]) -> None:
    plot.set_title("normalised score: random policy 0, solver 1", loc="left", fontsize=11, color=INK)
    plot.set_yticks(range(len(tasks)), tasks)
    plot.set_ylim(len(tasks) - 0.5, -0.5)
    for place in (0.0, 1.0):
        plot.axvline(place, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    for row in range(1, len(tasks)):
        plot.axhline(row - 0.5, color=FAINT, linewidth=0.8, zorder=0)
    plot.set_xlim(-0.1, 1.1)
    plot.autoscale(axis="x")
    plot.tick_params(colors=INK, labelsize=9, length=0)
    for side in ("top", "right", "left"):
        plot.spines[side].set_visible(False)
    plot.spines["bottom"].set_color(FAINT)


def _add_legend(figure: Any, names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=COLOURS[number % len(COLOURS)], marker="o", linewidth=2.0, label=name)
        for number, name in enumerate(names)
    ]
    figure.legend(
        handles=marks,
        loc="outside lower center",
        ncols=min(len(marks), 3),
        frameon=False,
        fontsize=9,
        title="bars: 95% intervals over levels",
        title_fontsize=8,
    )

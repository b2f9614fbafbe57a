"""How the score of each episode grew, all in parallel: a panel a task, a thin line an episode, the mean over it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from easyr1.evaluation.plots import COLOURS, FAINT, INK
from easyr1.replay.record import TurnRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3
MAX_LINES = 100
"""Episodes of a task that are drawn; the mean is of all."""


def running_scores(episode: Sequence[TurnRecord]) -> list[float]:
    """Sum of game rewards after 0, 1, 2 ... turns."""
    return list(accumulate((record.reward["game"] for record in episode), initial=0.0))


def mean_scores(curves: Sequence[Sequence[float]]) -> list[float]:
    """Mean over episodes turn by turn; one that has ended keeps its score."""
    length = max(map(len, curves))
    held = [[*curve, *[curve[-1]] * (length - len(curve))] for curve in curves]
    return [sum(values) / len(values) for values in zip(*held, strict=True)]


def draw_score_curves(episodes: Mapping[str, Sequence[Sequence[TurnRecord]]], out: Path) -> None:
    """Write a PNG, up to 1560 px wide; whoever looks sees the old picture or the new one.

    Args:
        episodes: By task, the turns of each episode, in order; tasks whose episodes have one turn are left out, and
            without any other task nothing is written.
    """
    # No pyplot: figures of its own are safe in a thread and need no display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    curves = {task: [running_scores(episode) for episode in played if episode] for task, played in episodes.items()}
    shown = {task: found for task, found in curves.items() if found and max(map(len, found)) > 2}
    if not shown:
        return
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(4.3 * columns + 0.1, 2.8 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    plots = list(figure.subplots(rows, columns, squeeze=False).flat)
    for plot, (task, found) in zip(plots, shown.items(), strict=False):
        _draw(plot, task, found)
    for plot in plots[len(shown) :]:
        plot.set_axis_off()
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.name}.tmp")
    figure.savefig(draft, format="png", dpi=120)
    os.replace(draft, out)


def _draw(plot: Axes, task: str, curves: Sequence[Sequence[float]]) -> None:
    from matplotlib.ticker import MaxNLocator

    for curve in curves[:MAX_LINES]:
        plot.plot(range(len(curve)), curve, color=COLOURS[0], linewidth=0.8, alpha=0.35)
        if len(curve) < max(map(len, curves)):
            plot.plot([len(curve) - 1], [curve[-1]], "o", color=COLOURS[0], markersize=2.5, alpha=0.6)
    mean = mean_scores(curves)
    plot.plot(range(len(mean)), mean, color=COLOURS[1], linewidth=2.2)
    plot.set_title(f"{task}: mean {mean[-1]:.4g} of {len(curves)}", loc="left", fontsize=10, color=INK)
    plot.set_xlabel("turn", fontsize=9, color=INK)
    plot.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    plot.grid(axis="y", color=FAINT, linewidth=0.8)
    plot.set_axisbelow(True)
    plot.tick_params(colors=INK, labelsize=8, length=0)
    for side in ("top", "right", "left"):
        plot.spines[side].set_visible(False)
    plot.spines["bottom"].set_color(FAINT)

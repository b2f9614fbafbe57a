"""The curves of one or more runs as a picture."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from easyr1.replay.record import MetricsLog

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#1f6fb4", "#d1642c", "#3a8f5c", "#8a5ab5", "#b5485d", "#6b6b6b")
STROKES: tuple[Literal["-", "--", ":"], ...] = ("-", "--", ":")
"""Of the lines of the first six runs, the next six and so on."""
INK, FAINT = "#333333", "#dddddd"
Look: TypeAlias = tuple[str, Literal["-", "--", ":"]]
"""Colour and stroke of a run's lines."""
COLUMNS, ROW_INCHES = 4, 4
SMOOTHING = 0.2
"""Weight of the newest step in the moving average that is drawn over the raw steps."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One small plot: a key of metrics.jsonl; with `validated`, `validation/<key>` of validation.jsonl too.

    `low` and `high` bound the axis where the quantity has bounds of its own.
    """

    title: str
    keys: tuple[str, ...]
    validated: bool = False
    low: float | None = None
    high: float | None = None


PANELS = (
    Panel("game reward", ("reward/game",), validated=True),
    Panel("format", ("reward/format",), validated=True, low=0.0, high=1.0),
    Panel("P_acc: perception exact", ("perception/exact",), validated=True, low=0.0, high=1.0),
    Panel("R_acc: right, then good", ("perception/right_then_good",), validated=True, low=0.0, high=1.0),
    Panel("reply length, tokens", ("reply/tokens",), low=0.0),
    Panel("KL to the reference", ("actor/kl_loss",), low=0.0),
    Panel("entropy, nats a token", ("actor/entropy", "actor/entropy_loss"), low=0.0),
    Panel("|log p| roll-out against actor", ("logprob/abs_diff",), low=0.0),
)


LONGER_PANELS = (
    Panel("reward, weighted sum", ("reward/total",), validated=True),
    *PANELS[:2],
    Panel("perception reward", ("reward/perception",), validated=True, low=0.0, high=1.0),
    *PANELS[2:5],
    Panel("turns an episode", ("episode/turns",), validated=True, low=0.0),
    *PANELS[5:],
    Panel("illegal, share of replies", ("reply/illegal",), validated=True, low=0.0, high=1.0),
)
"""What `python -m easyr1.report` draws of all levels."""


SUPERVISED_PANELS = (
    Panel("loss, nats a token of the reply", ("loss",), validated=True),
    Panel("gradient norm", ("grad_norm",), low=0.0),
    Panel("learning rate", ("lr",), low=0.0),
    *PANELS[2:4],
    *PANELS[:2],
    LONGER_PANELS[-1],
)
"""What a supervised training draws; validation is by playing."""


def game_panels(name: str) -> tuple[Panel, ...]:
    """A row of panels for one game of a mixture."""
    panels = (*PANELS[:1], *PANELS[2:4], LONGER_PANELS[7])
    return tuple(
        replace(panel, title=f"{name}: {panel.title.split(':')[0]}", keys=(f"game/{name}/{panel.keys[0]}",))
        for panel in panels
    )


def draw_curves(
    runs: Sequence[Path], out: Path, panels: Sequence[Panel] = PANELS, names: Sequence[str] | None = None
) -> None:
    """Draw runs over each other and write a PNG; whoever looks sees the old picture or the new one.

    Thin lines are steps, thick ones their moving average; dots are validations, with intervals where
    validation.jsonl has `<key>/low` and `<key>/high`.

    Args:
        runs: Folders with metrics.jsonl and validation.jsonl, of which either may be missing.
        out: The picture, PNG, 1920 px wide, 480 px a row of four panels.
        panels: What is drawn, row by row.
        names: What the runs are called; their folders' names by default.
    """
    # No pyplot: figures of its own are safe in a thread and need no display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    num_rows = -(-len(panels) // COLUMNS)
    size = (16, ROW_INCHES * num_rows)
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(hspace=0.16 / num_rows, wspace=0.03))
    FigureCanvasAgg(figure)
    axes = figure.subplots(num_rows, COLUMNS, squeeze=False)
    for plot in axes.flat[len(panels) :]:
        plot.set_visible(False)
    plots = list(zip(panels, axes.flat, strict=False))
    for panel, plot in plots:
        _style(plot, panel)
    for _, plot in plots[-COLUMNS:]:
        plot.set_xlabel("step", fontsize=10, color=INK)
    for number, run in enumerate(runs):
        _draw_run(plots, run, _look(number), number - (len(runs) - 1) / 2)
    for panel, plot in plots:
        _finish(plot, panel)
    _add_legend(figure, names or [run.name for run in runs])
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.name}.tmp")
    figure.savefig(draft, format="png", dpi=120)
    os.replace(draft, out)


def _look(number: int) -> Look:
    return COLOURS[number % len(COLOURS)], STROKES[number // len(COLOURS) % len(STROKES)]


def _draw_run(plots: Sequence[tuple[Panel, Axes]], run: Path, look: Look, place: float) -> None:
    rows, validations = (MetricsLog(run / f"{name}.jsonl").read() for name in ("metrics", "validation"))
    # Runs stand side by side, so that their intervals do not hide each other.
    shift = place * 0.012 * max((row["step"] for row in rows), default=0)
    for panel, plot in plots:
        _draw_steps(plot, panel, rows, look)
        if panel.validated:
            _draw_validations(plot, f"validation/{panel.keys[0]}", validations, look[0], shift)


def _series(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[list[float], list[float]]:
    """Steps and values of a key, without the steps that have no finite value."""
    found = [(row["step"], float(row[key])) for row in rows if math.isfinite(row.get(key, math.nan))]
    return [step for step, _ in found], [value for _, value in found]


def _smooth(values: Sequence[float]) -> list[float]:
    """Exponential moving average, corrected for its start."""
    total, weight, smoothed = 0.0, 0.0, []
    for value in values:
        total = (1 - SMOOTHING) * total + SMOOTHING * value
        weight = (1 - SMOOTHING) * weight + SMOOTHING
        smoothed.append(total / weight)
    return smoothed


def _draw_steps(plot: Axes, panel: Panel, rows: Sequence[Mapping[str, Any]], look: Look) -> None:
    colour, stroke = look
    for key in panel.keys:
        steps, values = _series(rows, key)
        if steps:
            plot.plot(steps, values, color=colour, linewidth=0.8, alpha=0.35)
            plot.plot(steps, _smooth(values), color=colour, linestyle=stroke, linewidth=2.0)
            return


def _draw_validations(plot: Axes, key: str, rows: Sequence[Mapping[str, Any]], colour: str, shift: float) -> None:
    steps, values = _series(rows, key)
    if not steps:
        return
    plot.plot(
        [step + shift for step in steps], values, "o", color=colour, markersize=6, markeredgecolor="white", zorder=4
    )
    for row in rows:
        low, high = row.get(f"{key}/low", math.nan), row.get(f"{key}/high", math.nan)
        if math.isfinite(low) and math.isfinite(high):
            plot.plot([row["step"] + shift] * 2, [low, high], color=colour, linewidth=1.6, zorder=3)


def _style(plot: Axes, panel: Panel) -> None:
    plot.set_title(panel.title, loc="left", fontsize=11, color=INK)
    plot.grid(axis="y", color=FAINT, linewidth=0.8)
    plot.set_axisbelow(True)
    plot.tick_params(colors=INK, labelsize=9, length=0)
    for side in ("top", "right", "left"):
        plot.spines[side].set_visible(False)
    plot.spines["bottom"].set_color(FAINT)


def _finish(plot: Axes, panel: Panel) -> None:
    """Whole steps on the axis, the quantity's own bounds, and a word where nothing was recorded."""
    from matplotlib.ticker import MaxNLocator

    plot.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    if not plot.lines:
        plot.text(0.5, 0.5, "not recorded", transform=plot.transAxes, ha="center", va="center", color="#999999")
        plot.set_xticks([])
        plot.set_yticks([])
        return
    if panel.low is not None and panel.high is not None:
        room = 0.04 * (panel.high - panel.low)
        plot.set_ylim(panel.low - room, panel.high + room)
    elif panel.low is not None:
        plot.set_ylim(bottom=panel.low)


def _add_legend(figure: Any, names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    looks = map(_look, range(len(names)))
    marks = [
        Line2D([], [], color=colour, linestyle=stroke, linewidth=2.5, label=name)
        for (colour, stroke), name in zip(looks, names, strict=True)
    ]
    marks.append(
        Line2D([], [], color=INK, marker="o", linewidth=1.6, label="validation (bar: 95% interval over levels)")
    )
    figure.legend(handles=marks, loc="outside lower center", ncols=min(len(marks), 4), frameon=False, fontsize=10)

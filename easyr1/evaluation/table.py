"""A run as a table in Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from easyr1.evaluation.intervals import Interval
from easyr1.evaluation.summary import Summary, TaskSummary

HEAD = (
    "task",
    "levels",
    "score",
    "random",
    "solver",
    "normalised",
    "success",
    "turns",
    "illegal",
    "unreadable",
    "P_acc",
    "cells",
    "R_acc",
    "tokens/turn",
)
EMPTY = "-"


def write_table(summary: Summary) -> str:
    """A row a task with 95% intervals over levels in brackets, then lines on what was left out, failed or is new."""
    rows = [_row(task) for task in summary.tasks]
    if len(summary.tasks) > 1:
        overall = {"task": "mean", "normalised": _normalised(summary.normalised)}
        rows.append([overall.get(column, "") for column in HEAD])
    # What a reason goes on to explain stands in summary.json.
    notes = [f"{name}: left out: {reason.partition('; ')[0]}" for name, reason in summary.skipped.items()]
    for task in summary.tasks:
        notes += [f"{task.task.name}: failed {count} x: {reason}" for reason, count in task.failures.items()]
        if not task.is_frozen:
            known = f"{task.frozen_levels} of its {len(task.levels)} levels"
            notes.append(f"{task.task.name}: {known} are in the table of frozen levels")
        if math.isnan(task.normalised.mean) and not math.isnan(task.figures["score"].mean):
            notes.append(f"{task.task.name}: on these levels the solver is not clearly better than chance: no scale")
    return "\n".join([*markdown(HEAD, rows), "", *notes]).rstrip() + "\n"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table whose columns are aligned in plain text too: the first to the left, the others to the right."""
    widths = [max(len(row[number]) for row in [head, *rows]) for number in range(len(head))]
    rule = [f"{'-' * width}" if not number else f"{'-' * (width - 1)}:" for number, width in enumerate(widths)]
    return [_line(head, widths), f"| {' | '.join(rule)} |", *(_line(row, widths) for row in rows)]


def number(value: float) -> str:
    """A figure with three digits that mean something: `0.42`, `17.6`, `1070`."""
    if math.isnan(value):
        return EMPTY
    if value == 0:
        return "0"
    digits = max(0, 2 - max(0, math.floor(math.log10(abs(value)))))
    return f"{value:.{digits}f}" if abs(value) >= 0.01 else f"{value:.2g}"


def with_interval(interval: Interval) -> str:
    """A mean and its interval: `0.42 (0.31 to 0.55)`."""
    if math.isnan(interval.mean):
        return EMPTY
    return f"{number(interval.mean)} ({number(interval.low)} to {number(interval.high)})"


def share_with_interval(interval: Interval) -> str:
    """A share in percent and its interval, as in `97.9% (97.0 to 98.6)`; near 1, two digits hide what is missing."""
    if math.isnan(interval.mean):
        return EMPTY
    mean, low, high = (100 * value for value in interval)
    return f"{mean:.1f}% ({low:.1f} to {high:.1f})"


def _row(task: TaskSummary) -> list[str]:
    values, figures = task.to_dict(), task.figures
    anchors = values["anchors"] or {}
    ends = [anchors.get(name) for name in ("random", "solver")]
    tokens = figures["reply_tokens"].mean
    return [
        task.task.name,
        f"{values['levels']}" + (f" x {task.task.repeats}" if task.task.repeats > 1 else ""),
        with_interval(figures["score"]),
        *(EMPTY if end is None else number(end) for end in ends),
        _normalised(task.normalised.interval),
        number(figures["success"].mean),
        number(figures["turns"].mean),
        number(figures["illegal"].mean),
        number(figures["unreadable"].mean),
        share_with_interval(figures["P_acc"]),
        number(figures["cells"].mean),
        share_with_interval(figures["R_acc"]),
        EMPTY if not tokens or math.isnan(tokens) else number(tokens),
    ]


def _normalised(interval: Interval) -> str:
    # Added to zero, a zero below zero loses its sign.
    return (
        EMPTY
        if math.isnan(interval.mean)
        else "{:.2f} ({:.2f} to {:.2f})".format(*(round(x, 2) + 0.0 for x in interval))
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return f"| {' | '.join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)])} |"

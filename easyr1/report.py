"""`python -m easyr1.report RUN...`: training curves of one or more runs in one picture, and validations as a table.

The picture shows reward parts, P_acc, R_acc, reply lengths, turns, entropy and KL, and of a mixture a row a game. The
table, in Markdown, goes to standard output: the first validation against the last, with 95% bootstrap intervals over
levels, paired where both played the same levels.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from easyr1.metrics import Comparison, compare_validation
from easyr1.replay.curves import LONGER_PANELS, Panel, draw_curves, game_panels
from easyr1.replay.episodes import RunError
from easyr1.replay.record import History, MetricsLog

QUANTITIES = {
    "reward/game": "game reward",
    "reward/format": "format",
    "perception/exact": "P_acc",
    "perception/right_then_good": "R_acc",
    "reply/tokens": "reply tokens",
}
HEADER = """\
| run | levels | quantity | first (step) | last (step) | difference |
|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Run:
    """A training: its name in the report, its folder, its steps and its validations, in order."""

    name: str
    folder: Path
    steps: Sequence[Mapping[str, Any]]
    validations: Sequence[Mapping[str, Any]]

    @property
    def games(self) -> list[str]:
        """The games of a mixture in the order of their names; none in a run of one game."""
        keys = {key for row in (*self.steps, *self.validations) for key in row}
        starts = {key.removeprefix("validation/") for key in keys}
        return sorted({key.split("/")[1] for key in starts if key.startswith("game/")})


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """The runs of these folders; those with the same name are called by their paths.

    Raises:
        RunError: A folder does not exist, or holds no metrics of a training.
    """
    names = [folder.resolve().name for folder in folders]
    runs = []
    for folder, name in zip(folders, names, strict=True):
        if not folder.is_dir():
            raise RunError(f"{folder}: no such run")
        rows = [_read(folder / f"{kind}.jsonl") for kind in ("metrics", "validation")]
        if not any(rows):
            other = "; its figures are in summary.json" if (folder / "episodes").is_dir() else ""
            raise RunError(f"{folder}: no metrics of a training in it (metrics.jsonl){other}")
        runs.append(Run(name if names.count(name) == 1 else str(folder), folder, *rows))
    return runs


def panels_of(runs: Sequence[Run]) -> list[Panel]:
    """What is drawn of these runs: the panels of all levels, then a row for each game of their mixtures."""
    games = sorted({game for run in runs for game in run.games})
    return [*LONGER_PANELS, *(panel for game in games for panel in game_panels(game))]


def write_table(runs: Sequence[Run]) -> str:
    """First and last validation of every run, in Markdown."""
    lines = [HEADER]
    for run in runs:
        if not run.validations:
            lines.append(f"| {_cell(run.name)} | | no validation | | | |")
            continue
        for game in (None, *run.games):
            differences = _differences(run, game)
            for key, name in QUANTITIES.items():
                lines.append(_line(run, game, name, key, differences.get(key)))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the picture and print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m easyr1.report", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="runs/<experiment> of a training")
    parser.add_argument("--out", type=Path, default=Path("curves.png"), help="the picture (default curves.png)")
    options = parser.parse_args(arguments)
    try:
        runs = read_runs(options.runs)
        draw_curves([run.folder for run in runs], options.out, panels_of(runs), [run.name for run in runs])
    except (RunError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ImportError:
        print("error: curves need the package matplotlib: pip install 'easyr1[eval]'", file=sys.stderr)
        return 1
    print(write_table(runs))
    print(f"\ncurves: {options.out}")
    return 0


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return MetricsLog(path).read()
    except ValueError as error:
        raise RunError(f"{path}: not a file of metrics: {error}") from error


def _line(run: Run, game: str | None, name: str, key: str, difference: Comparison | None) -> str:
    whole = f"validation/{key}" if game is None else f"validation/game/{game}/{key}"
    first, last = (f"{_estimate(row, whole)} ({row['step']})" for row in (run.validations[0], run.validations[-1]))
    change = ""
    if difference is not None:
        change = f"{difference.difference:+.2f} ({difference.low:+.2f} to {difference.high:+.2f})"
    return f"| {_cell(run.name)} | {_cell(game or 'all')} | {name} | {first} | {last} | {change} |"


def _estimate(row: Mapping[str, Any], key: str) -> str:
    """A mean with its interval, such as `0.42 [0.34, 0.50]`."""
    value, low, high = (row.get(f"{key}{end}", math.nan) for end in ("", "/low", "/high"))
    if not math.isfinite(value):
        return "none"
    return f"{value:.2f} [{low:.2f}, {high:.2f}]" if math.isfinite(low) and math.isfinite(high) else f"{value:.2f}"


def _differences(run: Run, game: str | None) -> Mapping[str, Comparison]:
    """What changed level by level; nothing where only one validation, or no history, is there."""
    first, last = int(run.validations[0]["step"]), int(run.validations[-1]["step"])
    if first == last:
        return {}
    try:
        return compare_validation(History(run.folder / "history"), first, last, game)
    except (FileNotFoundError, ValueError):
        return {}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())

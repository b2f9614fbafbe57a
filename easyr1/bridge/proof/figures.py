"""What a stage measures: figures with the bounds that they must keep, written one by one as they are found.

Legend: a stage's file holds lines of JSON, one a figure; its last line says that the stage came to its end.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

END = {"end": True}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing that was measured.

    Attributes:
        name: What it is, in words.
        value: A number, or a text such as a version.
        unit: Of the number, such as `s` or `GB` (1e9 bytes); empty for none.
        low: Least value that passes; None for no bound.
        high: Largest value that passes; None for no bound.
    """

    name: str
    value: float | str
    unit: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def passed(self) -> bool | None:
        """Whether the value keeps its bounds; None where there are none. A number that is not finite fails."""
        if isinstance(self.value, str):
            return None
        if not math.isfinite(self.value):
            return False
        if self.low is None and self.high is None:
            return None
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)

    @property
    def bound(self) -> str:
        """The bounds in words; empty for none."""
        if self.low is not None and self.low == self.high:
            return f"= {shown(self.low)}"
        parts = [f">= {shown(self.low)}"] if self.low is not None else []
        parts += [f"<= {shown(self.high)}"] if self.high is not None else []
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """The figure and its verdict; a number that is not finite is written as a text."""
        value = self.value if isinstance(self.value, str) or math.isfinite(self.value) else str(self.value)
        return {**asdict(self), "value": value, "passed": self.passed}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Figure:
        """Inverse of `to_json`."""
        given = {key: value for key, value in values.items() if key != "passed"}
        if values.get("passed") is False and isinstance(given["value"], str):
            given["value"] = float(given["value"])
        return cls(**given)


def shown(value: float | str) -> str:
    """A value with four digits that count, without an exponent where it reads well."""
    if isinstance(value, str) or not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


class Record:
    """Takes the figures of a stage as they are found.

    Args:
        path: The stage's file. What is written stays, whatever becomes of the stage.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def figure(
        self, name: str, value: float | str, unit: str = "", low: float | None = None, high: float | None = None
    ) -> None:
        """Write a figure; the arguments are those of `Figure`."""
        self._write(Figure(name=name, value=value, unit=unit, low=low, high=high).to_json())

    def end(self) -> None:
        """Say that the stage came to its end."""
        self._write(END)

    def fail(self, error: BaseException) -> None:
        """Write why the stage ends early."""
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        self._write({"error": f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__})

    def _write(self, values: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")


def read_record(path: Path) -> tuple[list[Figure], str | None, bool]:
    """What a stage wrote: its figures, why it ended early if it said so, and whether it came to its end."""
    figures, error, ended = [], None, False
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            values = json.loads(line)
        except ValueError:  # killed in the middle of a line
            continue
        if values == END:
            ended = True
        elif "error" in values:
            error = str(values["error"])
        else:
            figures.append(Figure.from_json(values))
    return figures, error, ended

"""How much memory the device had in use each time that new weights went to vLLM; memory_marks.py writes it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "EASYR1_MEMORY_MARKS"
"""Environment variable that names the file to write to."""
ASLEEP, AWAKE = "Before resume weights", "After resume kv_cache"
"""The places, by verl's words: vLLM still sleeps, and it is awake again with the new weights."""


@dataclass(frozen=True)
class Marks:
    """What a run noted.

    Attributes:
        lines: Of each place that was reached `place`, `time` (s since 1970) and `used_gb` (1e9 bytes).
    """

    lines: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, path: Path) -> Marks:
        """The marks in a file; none where there is no file."""
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return cls(tuple(json.loads(line) for line in lines))

    @property
    def first_awake(self) -> float:
        """When vLLM had its weights for the first time, s since 1970; nan when it never had."""
        return next((mark["time"] for mark in self.lines if mark["place"] == AWAKE), math.nan)

    @property
    def syncs_s(self) -> list[float]:
        """Seconds that each passing of weights took."""
        found, start = [], math.nan
        for mark in self.lines:
            if mark["place"] == ASLEEP:
                start = mark["time"]
            else:
                found.append(mark["time"] - start)
        return found

    def used_gb(self, place: str) -> float:
        """Largest memory in use at a place, 1e9 bytes; nan where it was never reached."""
        return max((mark["used_gb"] for mark in self.lines if mark["place"] == place), default=math.nan)

"""How large the proof is, and on what it runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from easyr1.errors import ConfigError

SMALL, FULL = "small", "full"
MODEL = "model"


@dataclass(frozen=True)
class Plan:
    """What every stage is told.

    Attributes:
        size: `small` or `full`.
        device: `cpu` or `cuda`.
        folder: Where the model, the runs and the logs lie.
    """

    size: str
    device: str
    folder: Path

    @property
    def is_small(self) -> bool:
        """Whether everything runs in small."""
        return self.size == SMALL

    @property
    def model(self) -> Path:
        """The folder of the model with random weights."""
        return self.folder / MODEL

    def to_json(self) -> str:
        """The plan as a text for a process's command line."""
        return json.dumps({**asdict(self), "folder": str(self.folder)})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Inverse of `to_json`."""
        values = json.loads(text)
        return cls(**{**values, "folder": Path(values["folder"])})


def choose_size(size: str | None, num_gpus: int) -> str:
    """The size that was asked for, or the one for this machine.

    Raises:
        ConfigError: The full size was asked for, and there is no GPU.
    """
    if size == FULL and not num_gpus:
        raise ConfigError("--size: full given, and this machine has no GPU; it must be small")
    return size or (FULL if num_gpus else SMALL)

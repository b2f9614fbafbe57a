"""What a run leaves behind: every turn of every step, every picture once, and a line of numbers a step.

A file of history appears whole or not at all, so that a run that is killed can be taken up again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

STEP_PREFIX, VALIDATION_PREFIX = "step", "validation"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One turn, as a line of JSON.

    Attributes:
        step: Step of training, from 1; validation before training is step 0.
        split: `train`, `validation` or `evaluation`.
        level: The keys game, knobs and seed.
        group: Name shared by the siblings of a group within a step.
        sample: Number of the sibling within its group, 0-based.
        turn: Number of the turn within its episode, 0-based.
        observation: Digest of the picture; where it was kept it lies at `image_path`.
        prompt: Task and form of the reply.
        reply: What the policy said.
        action: The action in the game's own spelling, None when none could be read.
        status: `legal`, `illegal` or `unreadable`; in an evaluation also `failed`, for the turn to which no reply came.
        truth: The truth text of the picture.
        reward: The parts game, format and perception, not weighted, and their weighted sum, total.
        perception: `exact` (true or false) and `cells`, in [0, 1].
        advantage: What the update used, None in validation.
        stop_reason: Why the turn's episode ended.
        prompt_tokens, reply_tokens: Lengths in tokens, the pictures' tokens included.
        game_name: Name of the level's game in the run's mixture, or of the task of an evaluation; empty in a run of one
            game.
        failure: What kept the turn's episode from being played to its end, in words; empty where nothing did.
        seconds: Time the reply took, repeated requests included; 0 where nobody measured it.
        cost: Price of the reply in the currency of the prices given; 0 without prices.
    """

    step: int
    split: str
    level: Mapping[str, Any]
    group: str
    sample: int
    turn: int
    observation: str
    prompt: str
    reply: str
    action: str | None
    status: str
    truth: str
    reward: Mapping[str, float]
    perception: Mapping[str, float]
    advantage: float | None
    stop_reason: str
    prompt_tokens: int
    reply_tokens: int
    game_name: str = ""
    failure: str = ""
    seconds: float = 0.0
    cost: float = 0.0

    def to_json(self) -> str:
        """The record as one line, without its line break; what has a default is there where it says something else."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps({name: value for name, value in values.items() if value or name not in _OPTIONAL})

    @classmethod
    def from_json(cls, line: str) -> TurnRecord:
        """Inverse of `to_json`. Raises ValueError when the line is not a record."""
        try:
            return cls(**json.loads(line))
        except TypeError as error:
            raise ValueError(f"not a record of a turn: {error}") from error


_OPTIONAL = ("game_name", "failure", "seconds", "cost")


def image_path(folder: Path, digest: str) -> Path:
    """Where a picture of a run lies: `images/ab/abcdef.png`, in one of 256 folders, since millions are slow in one.

    Args:
        folder: That of the records, `history` of a training or the folder of an evaluation.
        digest: Of the picture, hexadecimal.
    """
    return folder / "images" / digest[:2] / f"{digest}.png"


class History:
    """The turns of a run, a file a step, and their pictures.

    Args:
        folder: Usually `runs/<experiment>/history`; made when something is written.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def write(self, step: int, records: Iterable[TurnRecord], images: Mapping[str, bytes]) -> Path:
        """Write a step of training, in place of what was there for it; returns the file.

        Args:
            images: PNG bytes by digest; pictures that are already there are not written again.
        """
        return self._write(STEP_PREFIX, step, records, images)

    def write_validation(self, step: int, records: Iterable[TurnRecord], images: Mapping[str, bytes]) -> Path:
        """Write the validation made after `step` steps of training, in place of what was there; returns the file."""
        return self._write(VALIDATION_PREFIX, step, records, images)

    def read(self, step: int) -> list[TurnRecord]:
        """The turns of a step of training. Raises FileNotFoundError."""
        return self._read(STEP_PREFIX, step)

    def read_validation(self, step: int) -> list[TurnRecord]:
        """The turns of the validation after `step` steps. Raises FileNotFoundError."""
        return self._read(VALIDATION_PREFIX, step)

    def steps(self) -> list[int]:
        """The steps of training that are recorded, sorted."""
        return sorted(self._files(STEP_PREFIX))

    def validation_steps(self) -> list[int]:
        """The steps after which a validation is recorded, sorted."""
        return sorted(self._files(VALIDATION_PREFIX))

    def image(self, digest: str) -> bytes:
        """A picture, as PNG bytes. Raises FileNotFoundError."""
        return image_path(self.folder, digest).read_bytes()

    def truncate_after(self, step: int) -> None:
        """Remove what was recorded after `step`, which a resumed run plays again, and half-written files.

        Pictures stay: they are named by what they show.
        """
        for prefix in (STEP_PREFIX, VALIDATION_PREFIX):
            for number, path in self._files(prefix).items():
                if number > step:
                    path.unlink()
        for leftover in (*self.folder.glob("*.tmp"), *self.folder.glob("images/*/*.tmp")):
            leftover.unlink()

    def _write(self, prefix: str, step: int, records: Iterable[TurnRecord], images: Mapping[str, bytes]) -> Path:
        # Pictures first: a run that is killed has those of every turn on record.
        for digest, png in images.items():
            path = image_path(self.folder, digest)
            if not path.exists():
                _write_whole(path, png)
        path = self.folder / f"{prefix}_{step:06d}.jsonl"
        _write_whole(path, "".join(f"{record.to_json()}\n" for record in records).encode())
        return path

    def _read(self, prefix: str, step: int) -> list[TurnRecord]:
        lines = (self.folder / f"{prefix}_{step:06d}.jsonl").read_text(encoding="utf-8").splitlines()
        return [TurnRecord.from_json(line) for line in lines]

    def _files(self, prefix: str) -> dict[int, Path]:
        matches = ((re.fullmatch(rf"{prefix}_(\d+)\.jsonl", path.name), path) for path in self.folder.glob("*.jsonl"))
        return {int(match.group(1)): path for match, path in matches if match}


class MetricsLog:
    """A file with a JSON object a line, each with the key `step`; numbers that are not finite are written as null.

    Args:
        path: Usually `runs/<experiment>/metrics.jsonl`; one process writes, any may read.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a step; a step that is there already is replaced."""
        rows = self.read()
        if any(known["step"] >= row["step"] for known in rows) or not self._ends_whole():
            self._rewrite([*(known for known in rows if known["step"] != row["step"]), row])
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_metrics_line(row))

    def read(self) -> list[dict[str, Any]]:
        """All steps in order, null as nan; a last line that was cut off is left out. Empty when there is no file."""
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")
        rows = [json.loads(line) for line in lines[:-1] if line]
        return [{key: float("nan") if value is None else value for key, value in row.items()} for row in rows]

    def truncate_after(self, step: int) -> None:
        """Remove the lines after `step`, and one that was cut off."""
        if self.path.exists():
            self._rewrite([row for row in self.read() if row["step"] <= step])

    def _ends_whole(self) -> bool:
        return not self.path.exists() or self.path.read_bytes()[-1:] in (b"", b"\n")

    def _rewrite(self, rows: Sequence[Mapping[str, Any]]) -> None:
        rows = sorted(rows, key=lambda row: row["step"])
        _write_whole(self.path, "".join(map(_metrics_line, rows)).encode())


def _metrics_line(row: Mapping[str, Any]) -> str:
    finite = {
        key: None if isinstance(value, float) and not -float("inf") < value < float("inf") else value
        for key, value in row.items()
    }
    return f"{json.dumps(finite)}\n"


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside the path, then rename: whoever looks sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.tmp")
    draft.write_bytes(content)
    os.replace(draft, path)

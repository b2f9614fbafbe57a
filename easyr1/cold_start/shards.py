"""The data set on disk: Parquet files, each one whole or not there, so that a killed run goes on where it stopped.

data/<split>-<game>-<number>.parquet    rows, and in its metadata which levels they come from and what was left out
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from easyr1.cold_start.examples import Example
from easyr1.errors import ResumeError
from easyr1.evaluation.store import write_whole

METADATA = b"easyr1.cold_start"
NOTES = ("split", "game", "number", "first", "stop", "rejected")
ROWS = 250
"""Most rows of a file; what a killed run has to make again is less."""

SCHEMA = pa.schema(
    [
        ("messages", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
        ("images", pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))),
        ("level", pa.string()),
        ("game", pa.string()),
        ("turn", pa.int32()),
        ("truth", pa.string()),
        ("action", pa.string()),
        ("state", pa.string()),
        ("prompt_tokens", pa.int32()),
        ("reply_tokens", pa.int32()),
    ]
)
"""`messages` and `images` are what verl's MultiTurnSFTDataset reads; `images` is also how `datasets` keeps pictures."""


@dataclass(slots=True)
class Shard:
    """A file of the data set, while it is being filled.

    Attributes:
        split, game: Of its rows; `game` is the name in the mixture.
        number: Of the file among those of split and game, from 0.
        first, stop: The levels it was made of: numbers first .. stop - 1.
        rejected: Turns left out, by reason.
        examples: Its rows; a shard that was read has none, see `rows`.
        rows, num_bytes: Number of its rows, and what they take in memory.
    """

    split: str
    game: str
    number: int
    first: int
    stop: int
    rejected: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    rows: int = 0
    num_bytes: int = 0

    @property
    def name(self) -> str:
        """Its file below the data set's folder."""
        return f"data/{self.split}-{self.game}-{self.number:05d}.parquet"


class ShardStore:
    """Reads and writes the files of a data set.

    Args:
        folder: Of the data set; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def clear_drafts(self) -> None:
        """Remove what a killed run left half-written; no other may be running."""
        for pattern in ("*.tmp", "data/*.tmp"):
            for draft in self.folder.glob(pattern):
                draft.unlink(missing_ok=True)

    def write(self, shard: Shard) -> None:
        """Keep a shard, and forget its rows."""
        shard.rows = len(shard.examples)
        notes = {name: getattr(shard, name) for name in NOTES}
        schema = SCHEMA.with_metadata({METADATA: json.dumps(notes).encode()})
        table = pa.Table.from_pylist([_row(shard.game, example) for example in shard.examples], schema=schema)
        buffer = io.BytesIO()
        # PNG files do not get smaller, but texts do; a row of a game is much like the next.
        pq.write_table(table, buffer, compression="zstd")
        write_whole(self.folder / shard.name, buffer.getvalue())
        shard.examples = []

    def shards(self, split: str, game: str) -> list[Shard]:
        """What is there of a split and game, in order; without the rows. Raises ResumeError."""
        found: list[Shard] = []
        while True:
            path = self.folder / Shard(split, game, len(found), 0, 0).name
            if not path.is_file():
                return found
            found.append(self._read(path))

    def states(self, shard: Shard) -> list[str]:
        """Names of the states of a shard's rows."""
        states: list[str] = pq.read_table(self.folder / shard.name, columns=["state"])["state"].to_pylist()
        return states

    def rows(self, shard: Shard, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of a shard as mappings, a few in memory at a time."""
        with pq.ParquetFile(self.folder / shard.name) as file:
            for batch in file.iter_batches(batch_size=16, columns=None if columns is None else list(columns)):
                yield from batch.to_pylist()

    def _read(self, path: Path) -> Shard:
        try:
            metadata = pq.read_metadata(path)
            notes = json.loads(metadata.metadata[METADATA])
            num_bytes = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
            notes["rejected"] = Counter(notes["rejected"])
            return Shard(**notes, rows=metadata.num_rows, num_bytes=num_bytes)
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            raise ResumeError(f"experiment: {path} cannot be read; remove it to have it made anew") from error


def _row(game: str, example: Example) -> Mapping[str, Any]:
    return {
        "messages": list(example.messages),
        "images": [{"bytes": png, "path": None} for png in example.images],
        "level": json.dumps(example.level.to_dict()),
        "game": game,
        "turn": example.turn,
        "truth": example.truth,
        "action": example.action,
        "state": example.state,
        "prompt_tokens": example.prompt_tokens,
        "reply_tokens": example.reply_tokens,
    }

"""The episodes of a run on disk: each one whole or not there, so that a killed run goes on where it stopped.

config.json                                what was asked for
episodes/<task>/<level>_<repeat>.jsonl     a line a turn (`easyr1.replay.record.TurnRecord`)
images/<2 digits>/<digest>.png             each picture once
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from easyr1.evaluation.episodes import Job, Played
from easyr1.replay.record import TurnRecord, image_path


class EpisodeStore:
    """Reads and writes episodes; any number of processes may write at the same time.

    Args:
        folder: The run's; made when something is written.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def has(self, job: Job) -> bool:
        """Whether the episode has been played."""
        return self._path(job).is_file()

    def write(self, played: Played, keep_texts: bool = True, keep_images: bool = True) -> Sequence[TurnRecord]:
        """Keep an episode; returns its lines.

        Args:
            keep_texts: False leaves out prompts and replies, and the truths of all turns but the first: level and
                actions give them again, and a thousand episodes of a player who sees everything fill a disk.
            keep_images: False leaves out the pictures.
        """
        records = played.records()
        if not keep_texts:
            records = [
                replace(record, prompt="", reply="", truth="" if number else record.truth)
                for number, record in enumerate(records)
            ]
        # Pictures first: a recorded turn never names a picture that is not there.
        for digest, png in played.images().items() if keep_images else ():
            path = image_path(self.folder, digest)
            if not path.exists():
                write_whole(path, png)
        write_whole(self._path(played.job), "".join(f"{record.to_json()}\n" for record in records).encode())
        return records

    def read(self, job: Job) -> list[TurnRecord]:
        """The lines of an episode, by turn. Raises FileNotFoundError."""
        lines = self._path(job).read_text(encoding="utf-8").splitlines()
        return [TurnRecord.from_json(line) for line in lines]

    def read_first(self, job: Job) -> TurnRecord:
        """The first line of an episode. Raises FileNotFoundError."""
        with self._path(job).open(encoding="utf-8") as file:
            return TurnRecord.from_json(file.readline())

    def remove(self, job: Job) -> None:
        """Forget an episode, so that it is played again."""
        self._path(job).unlink(missing_ok=True)

    def clear_drafts(self) -> None:
        """Remove what a killed run left half-written; no other may be running."""
        for draft in self.folder.glob("**/*.tmp"):
            draft.unlink(missing_ok=True)

    def _path(self, job: Job) -> Path:
        return self.folder / "episodes" / job.task.name / f"{job.level:04d}_{job.repeat:02d}.jsonl"


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the path, then rename: whoever looks sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two episodes on one level may write the same picture at once, in two processes or in two threads of one.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    draft.write_bytes(content)
    os.replace(draft, path)

"""Where the files of CIFAR-10 are."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from games.errors import KnobError
from games.photos.readers import Labelled, read_binary, read_parquet, read_python

LOOKED_FOR = (
    "cifar-10-batches-py (data_batch_1 .. 5, test_batch), cifar-10-batches-bin (the same as .bin files), "
    "cifar-10-python.tar.gz, cifar-10-binary.tar.gz, or Hugging Face's train-*.parquet and test-*.parquet"
)
_BATCHES = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
_FOLDERS = (".", "cifar-10-batches-py", "cifar-10-batches-bin", "plain_text", "data")
_FORMS: tuple[tuple[str, str, Callable[[bytes], Labelled]], ...] = (
    ("", "cifar-10-python.tar.gz", read_python),
    (".bin", "cifar-10-binary.tar.gz", read_binary),
)


@dataclass(frozen=True)
class Source:
    """Where some of a split's photographs are: a file, or an archive and its members, and the reader of each."""

    path: Path
    reader: Callable[[bytes], Labelled]
    members: tuple[str, ...] = ()

    def read(self) -> Iterator[Labelled]:
        """The photographs, batch by batch. Raises KnobError for a file that is not what its name says."""
        try:
            if not self.members:
                yield self.reader(self.path.read_bytes())
                return
            with tarfile.open(self.path) as archive:
                batches = {Path(member.name).name: member for member in archive if member.isfile()}
                for name in self.members:
                    if name not in batches:
                        raise ValueError(f"it has no {name}")
                    stream = archive.extractfile(batches[name])
                    assert stream is not None
                    yield self.reader(stream.read())
        except (OSError, EOFError, ValueError, tarfile.TarError) as error:
            reason = " ".join(str(error).split())
            raise KnobError(
                f"photos must name a folder with CIFAR-10, but {self.path} cannot be read: {reason}"
            ) from error


def find_sources(folder: Path, split: str) -> list[Source]:
    """The files of a split, of the first form found in the folder. Raises KnobError where there is none."""
    if not folder.is_dir():
        raise KnobError(f"photos must name a folder with CIFAR-10, and {folder} is no folder")
    for place in _FOLDERS:
        for end, _, reader in _FORMS:
            paths = [folder / place / f"{name}{end}" for name in _BATCHES[split]]
            missing = [path for path in paths if not path.is_file()]
            if len(missing) < len(paths):
                if missing:
                    raise KnobError(f"photos must name a folder with all of CIFAR-10, and {missing[0]} is missing")
                return [Source(path, reader) for path in paths]
        for pattern in (f"{split}-*.parquet", f"{split}/*.parquet"):
            paths = sorted((folder / place).glob(pattern))
            if paths:
                return [Source(path, read_parquet) for path in paths]
    for end, archive, reader in _FORMS:
        if (folder / archive).is_file():
            return [Source(folder / archive, reader, tuple(f"{name}{end}" for name in _BATCHES[split]))]
    raise KnobError(f"photos must name a folder with CIFAR-10's {split} files, and {folder} has none of: {LOOKED_FOR}")

"""Tiny files in the published forms of CIFAR-10, with pixels drawn at random."""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SPLITS = {"train": 6, "test": 4}
"""Photographs of each kind."""


class OldPickler(pickle._Pickler):
    """Writes text and bytes alike as the strings of Python 2, as the published batches have them."""

    dispatch = pickle._Pickler.dispatch.copy()  # type: ignore[attr-defined]

    def save_string(self, value: Any) -> None:
        data = value if isinstance(value, bytes) else value.encode("latin-1")
        self.write(b"T" + len(data).to_bytes(4, "little") + data)  # type: ignore[attr-defined]
        self.memoize(value)  # type: ignore[attr-defined]

    dispatch[bytes] = save_string
    dispatch[str] = save_string


def old_pickle(value: Any) -> bytes:
    stream = io.BytesIO()
    OldPickler(stream, protocol=2).dump(value)
    return stream.getvalue()


def photos(split: str, seed: int = 0) -> tuple[Any, Any]:
    """Photographs (N, 32, 32, 3) and labels (N,) of a split, in the order of the Python version."""
    rng = np.random.default_rng((seed, split == "test"))
    labels = rng.permutation(np.repeat(np.arange(10), SPLITS[split]))
    return rng.integers(256, size=(len(labels), 32, 32, 3), dtype=np.uint8), labels


def python_batch(pixels: Any, labels: Any) -> bytes:
    planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).reshape(len(labels), -1)
    return old_pickle({"batch_label": "a batch", "labels": [int(label) for label in labels], "data": planes})


def binary_batch(pixels: Any, labels: Any) -> bytes:
    planes = pixels.transpose(0, 3, 1, 2).reshape(len(labels), -1)
    return np.concatenate([labels.astype(np.uint8)[:, None], planes], axis=1).tobytes()


def parquet_file(pixels: Any, labels: Any, image: str = "img") -> bytes:
    import pyarrow
    import pyarrow.parquet

    cells = []
    for photo in pixels:
        stream = io.BytesIO()
        Image.fromarray(photo).save(stream, "PNG")
        cells.append({"bytes": stream.getvalue(), "path": None})
    stream = io.BytesIO()
    table = pyarrow.table({image: cells, "label": pyarrow.array([int(label) for label in labels], pyarrow.int64())})
    pyarrow.parquet.write_table(table, stream)
    return stream.getvalue()


def batches(batch: Callable[[Any, Any], bytes], end: str) -> dict[str, bytes]:
    """Five training batches and one for tests, by file name."""
    (train, labels), test = photos("train"), photos("test")
    parts = zip(np.array_split(train, 5), np.array_split(labels, 5), strict=True)
    files = {f"data_batch_{number}{end}": batch(*part) for number, part in enumerate(parts, 1)}
    return {**files, f"test_batch{end}": batch(*test)}


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def write_python(folder: Path) -> None:
    write_files(folder / "cifar-10-batches-py", batches(python_batch, ""))


def write_binary(folder: Path) -> None:
    write_files(folder, batches(binary_batch, ".bin"))


def write_parquet(folder: Path) -> None:
    """Two files of the training split, and the photographs in another order, as Hugging Face has them."""
    files = {}
    for split in SPLITS:
        pixels, labels = photos(split)
        order = np.random.default_rng(1).permutation(len(labels))
        for part, chosen in enumerate(np.array_split(order, 2)):
            files[f"{split}-0000{part}-of-00002.parquet"] = parquet_file(pixels[chosen], labels[chosen])
    write_files(folder / "plain_text", files)


def write_archive(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "cifar-10-python.tar.gz", "w:gz") as archive:
        for name, data in sorted(batches(python_batch, "").items(), reverse=True):
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


FORMS = {"python": write_python, "binary": write_binary, "parquet": write_parquet, "archive": write_archive}

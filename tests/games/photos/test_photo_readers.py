from __future__ import annotations

import io
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from games.photos.readers import read_binary, read_parquet, read_python
from tests.games.photos.cifar_files import binary_batch, old_pickle, parquet_file, photos, python_batch

BINARY_RECORD = bytes([9]) + bytes(3072)


@pytest.mark.parametrize(
    ("reader", "writer"),
    [
        (read_python, python_batch),
        (read_python, lambda pixels, labels: modern_batch(pixels, labels, protocol=2)),
        (read_python, lambda pixels, labels: modern_batch(pixels, labels, protocol=5)),
        (read_binary, binary_batch),
        (read_parquet, parquet_file),
        (read_parquet, lambda pixels, labels: parquet_file(pixels, labels, image="image")),
    ],
)
def test_a_file_is_read_back(reader: Any, writer: Any) -> None:
    pixels, labels = photos("test")
    found, kinds = reader(writer(pixels, labels))
    assert found.dtype == kinds.dtype == np.uint8
    assert np.array_equal(found, pixels) and np.array_equal(kinds, labels)


def modern_batch(pixels: Any, labels: Any, protocol: int) -> bytes:
    planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).reshape(len(labels), -1)
    return pickle.dumps({b"labels": labels.tolist(), b"data": planes}, protocol=protocol)


class Mischief:
    def __init__(self, call: Any, *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call, self.arguments


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("name", ["mkdir", "numpy"])
def test_a_pickle_calls_nothing(tmp_path: Path, name: str, protocol: int) -> None:
    made = tmp_path / "made"
    calls = {"mkdir": (Path.mkdir, made), "numpy": (np.save, str(made), 0)}
    data = pickle.dumps({"data": Mischief(*calls[name]), "labels": []}, protocol=protocol)
    with pytest.raises(ValueError, match="no pickled batch: it asks for"):
        read_python(data)
    assert not list(tmp_path.iterdir())


def png(size: tuple[int, int], form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size).save(stream, form)
    return stream.getvalue()


def parquet_with(data: bytes) -> bytes:
    import pyarrow
    import pyarrow.parquet

    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"img": [{"bytes": data}], "label": [0]}), stream)
    return stream.getvalue()


ROW = np.zeros((1, 3072), np.uint8)
DAMAGED = [
    (read_python, b"", "no pickled batch"),
    (read_python, b"no pickle at all", "no pickled batch"),
    (read_python, old_pickle([1]), "it holds a list"),
    (read_python, old_pickle({"labels": [0]}), "it has no data"),
    (read_python, old_pickle({"data": ROW[:, 1:], "labels": [0]}), "it has no data"),
    (read_python, old_pickle({"data": ROW.astype(np.int32), "labels": [0]}), "it has no data"),
    (read_python, old_pickle({"data": ROW}), "a label from 0 to 9"),
    (read_python, old_pickle({"data": ROW, "labels": [0, 1]}), "a label from 0 to 9"),
    (read_python, old_pickle({"data": ROW, "labels": [10]}), "a label from 0 to 9"),
    (read_python, old_pickle({"data": ROW, "labels": [-1]}), "a label from 0 to 9"),
    (read_python, old_pickle({"data": ROW, "labels": ["cat"]}), "a label from 0 to 9"),
    (read_binary, b"", "its size must be a multiple of 3073 bytes, got 0"),
    (read_binary, BINARY_RECORD + b"0", "its size must be a multiple of 3073 bytes, got 3074"),
    (read_binary, b"\n" + bytes(3072), "a label from 0 to 9"),
    (read_parquet, b"no parquet at all", "no Parquet file"),
    (read_parquet, parquet_with(b"no picture"), "no PNG file"),
    (read_parquet, parquet_with(png((32, 32), "BMP")), "no PNG file"),
    (read_parquet, parquet_with(png((28, 32))), "32 x 32 px, got 32 x 28"),
    (read_parquet, parquet_file(*photos("test"), image="picture"), "the columns img and label, got picture, label"),
]


@pytest.mark.parametrize(("reader", "data", "message"), DAMAGED)
def test_a_damaged_file_is_refused(reader: Any, data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reader(data)


def test_without_pyarrow_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ValueError, match=r"needs pyarrow: pip install pyarrow, or easyr1\[photos\]"):
        read_parquet(b"")

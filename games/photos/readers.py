"""Readers of the three published forms of CIFAR-10. N: photographs in a file; S = 32: side of a photograph in px."""

from __future__ import annotations

import io
import pickle
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from games.photos.photo_set import KINDS

SIDE = 32
PLANE_BYTES = SIDE * SIDE
PHOTO_BYTES = 3 * PLANE_BYTES
Labelled: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Photographs, (N, S, S, 3), and the kind of each, (N,)."""

_NUMPY_CALLS = {"_reconstruct", "_frombuffer"}
_NUMPY_MODULES = {
    "numpy.core.multiarray",
    "numpy.core.numeric",
    "numpy._core.multiarray",
    "numpy._core.numeric",
}


def _dtype(name: str, align: int = 0, copy: int = 0) -> Any:
    return np.dtype(name, bool(align), bool(copy))  # Old files have 0 and 1 here, which newer numpys warn of.


class _ArrayUnpickler(pickle.Unpickler):
    """Builds numbers, strings, bytes, lists, mappings and arrays, and calls nothing else that a file may name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numpy", "dtype"):
            return _dtype
        if (module, name) == ("numpy", "ndarray") or (module in _NUMPY_MODULES and name in _NUMPY_CALLS):
            return super().find_class(module, name)
        if (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def read_python(data: bytes) -> Labelled:
    """A batch of the Python version: a pickled mapping with `data` and `labels`. Raises ValueError for others."""
    try:
        batch = _ArrayUnpickler(io.BytesIO(data), encoding="bytes").load()
    except Exception as error:
        raise ValueError(f"it is no pickled batch: {error}") from error
    if not isinstance(batch, dict):
        raise ValueError(f"it is no pickled batch: it holds a {type(batch).__name__}")
    named = {key.decode("latin-1") if isinstance(key, bytes) else key: value for key, value in batch.items()}
    planes, labels = named.get("data"), named.get("labels")
    if not isinstance(planes, np.ndarray) or planes.dtype != np.uint8 or planes.shape[1:] != (PHOTO_BYTES,):
        raise ValueError(f"it has no data, an array of bytes of {PHOTO_BYTES} columns")
    return _from_planes(planes), _check_labels(labels, len(planes))


def read_binary(data: bytes) -> Labelled:
    """A batch of the binary version: a label byte and 3072 bytes a photograph. Raises ValueError for others."""
    if not data or len(data) % (1 + PHOTO_BYTES):
        raise ValueError(f"its size must be a multiple of {1 + PHOTO_BYTES} bytes, got {len(data)}")
    records = np.frombuffer(data, np.uint8).reshape(-1, 1 + PHOTO_BYTES)
    return _from_planes(records[:, 1:]), _check_labels(records[:, 0], len(records))


def read_parquet(data: bytes) -> Labelled:
    """A Parquet file of Hugging Face: PNG files in `img` or `image`, `label`. Raises ValueError for others."""
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise ValueError("reading it needs pyarrow: pip install pyarrow, or easyr1[photos]") from error
    try:
        table = parquet.read_table(io.BytesIO(data))
    except Exception as error:
        raise ValueError(f"it is no Parquet file: {error}") from error
    images = next((name for name in ("img", "image") if name in table.column_names), None)
    if images is None or "label" not in table.column_names:
        raise ValueError(f"it must have the columns img and label, got {', '.join(table.column_names)}")
    photos = [_from_png(cell) for cell in table.column(images).to_pylist()]
    return np.stack(photos) if photos else np.empty((0, SIDE, SIDE, 3), np.uint8), _check_labels(
        table.column("label").to_pylist(), len(photos)
    )


def _from_planes(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(planes.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1))


def _from_png(cell: Any) -> NDArray[np.uint8]:
    try:
        picture = Image.open(io.BytesIO(cell["bytes"] if isinstance(cell, dict) else cell), formats=("PNG",))
        photo = np.asarray(picture.convert("RGB"), np.uint8)
    except Exception as error:
        raise ValueError(f"an image in it is no PNG file: {error}") from error
    if photo.shape != (SIDE, SIDE, 3):
        raise ValueError(f"its images must be {SIDE} x {SIDE} px, got {photo.shape[0]} x {photo.shape[1]}")
    return photo


def _check_labels(labels: Any, count: int) -> NDArray[np.uint8]:
    try:
        found = np.asarray(labels)
    except ValueError:
        found = np.empty(0)
    is_good = found.shape == (count,) and count > 0 and found.dtype.kind in "iu"
    if not is_good or found.min() < 0 or found.max() >= len(KINDS):
        raise ValueError(f"it must give every photograph a label from 0 to {len(KINDS) - 1}")
    return found.astype(np.uint8)

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from games.errors import KnobError
from games.photos import cifar10
from games.photos.cifar10 import Cifar10, load_cifar10
from games.photos.files import Source
from games.photos.library import open_photos
from tests.games.photos.cifar_files import (
    FORMS,
    SPLITS,
    photos,
    python_batch,
    write_binary,
    write_files,
    write_parquet,
    write_python,
)


def contents(found: Cifar10) -> list[bytes]:
    return [array.tobytes() for array in found.arrays]


@pytest.mark.parametrize("split", SPLITS)
def test_every_form_gives_the_same_photographs_under_the_same_numbers(tmp_path: Path, split: str) -> None:
    pixels, labels = photos(split)
    digests = set()
    for name, write in FORMS.items():
        write(tmp_path / name)
        found = load_cifar10(str(tmp_path / name), split)
        assert found.counts == (SPLITS[split],) * 10
        for kind in range(10):
            numbered = [found.photo(kind, number).tobytes() for number in range(SPLITS[split])]
            assert numbered == sorted(photo.tobytes() for photo in pixels[labels == kind])
        assert found.photo(9, 0).shape == (32, 32, 3)
        digests.add(found.digest)
    assert len(digests) == 1


def test_no_photograph_is_in_both_splits(tmp_path: Path) -> None:
    write_python(tmp_path)
    (pixels, labels), (train, train_labels) = photos("test"), photos("train")
    pixels[3], labels[3] = train[0], train_labels[0]
    write_files(tmp_path / "cifar-10-batches-py", {"test_batch": python_batch(pixels, labels)})
    in_train, in_test = (
        {bytes(photo) for array in load_cifar10(str(tmp_path), split).arrays for photo in array} for split in SPLITS
    )
    assert len(in_train) == 60 and len(in_test) == 39 and not in_train & in_test


def test_the_folder_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_binary(tmp_path)
    monkeypatch.setenv("CIFAR10_FOLDER", str(tmp_path))
    assert contents(load_cifar10(None, "test")) == contents(load_cifar10(str(tmp_path), "test"))


def truncate(folder: Path) -> None:
    write_binary(folder)
    (folder / "data_batch_3.bin").write_bytes(b"12345")


def without(name: str, write: Callable[[Path], None]) -> Callable[[Path], None]:
    def write_some(folder: Path) -> None:
        write(folder)
        (folder / name).unlink()

    return write_some


def broken_archive(folder: Path) -> None:
    write_files(folder, {"cifar-10-binary.tar.gz": b"no archive"})


def lone_archive(folder: Path) -> None:
    FORMS["archive"](folder)
    (folder / "cifar-10-python.tar.gz").rename(folder / "cifar-10-binary.tar.gz")


BAD_FOLDERS = [
    (lambda folder: None, "is no folder"),
    (lambda folder: folder.mkdir(), "has none of: cifar-10-batches-py .* train-\\*.parquet"),
    (without("cifar-10-batches-py/data_batch_4", write_python), "cifar-10-batches-py/data_batch_4 is missing"),
    (without("data_batch_5.bin", write_binary), "data_batch_5.bin is missing"),
    (truncate, "data_batch_3.bin cannot be read: its size must be a multiple of 3073"),
    (broken_archive, "cifar-10-binary.tar.gz cannot be read"),
    (lone_archive, "cifar-10-binary.tar.gz cannot be read: it has no data_batch_1.bin"),
]


@pytest.mark.parametrize(("write", "message"), BAD_FOLDERS)
def test_what_cannot_be_used_is_one_line_that_names_the_file(tmp_path: Path, write: Any, message: str) -> None:
    write(tmp_path / "given")
    with pytest.raises(KnobError, match=f"^photos must name a folder .*{message}") as error:
        load_cifar10(str(tmp_path / "given"), "train")
    assert "\n" not in str(error.value) and str(tmp_path / "given") in str(error.value)


def test_without_a_folder_both_ways_out_are_named() -> None:
    with pytest.raises(KnobError, match=r'^photos must .*CIFAR10_FOLDER.*data_batch_1.*faces="drawn10"') as error:
        load_cifar10(None, "train")
    assert "\n" not in str(error.value)


def fail(source: Source) -> Iterator[Any]:
    raise AssertionError("read again")


def test_sorted_photographs_are_kept_and_shared(tmp_path: Path, own_cache: Path, monkeypatch: Any) -> None:
    write_parquet(tmp_path / "given")
    first = load_cifar10(str(tmp_path / "given"), "train")
    assert all(isinstance(array, np.memmap) for array in first.arrays)
    assert [path.name for path in own_cache.iterdir()] == ["games-cifar10"]
    cifar10._load.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(Source, "read", fail)
        again = load_cifar10(str(tmp_path / "given"), "train")
    assert contents(again) == contents(first) and again is not first


def test_files_written_anew_are_read_anew(tmp_path: Path) -> None:
    write_binary(tmp_path)
    first = load_cifar10(str(tmp_path), "test")
    changed = bytearray((tmp_path / "test_batch.bin").read_bytes())
    changed[5] ^= 1
    (tmp_path / "test_batch.bin").write_bytes(changed)
    os.utime(tmp_path / "test_batch.bin", ns=(1, 1))
    cifar10._load.cache_clear()
    assert load_cifar10(str(tmp_path), "test").digest != first.digest


@pytest.mark.parametrize("damage", ["truncate", "remove"])
def test_a_damaged_copy_is_made_anew(tmp_path: Path, own_cache: Path, damage: str) -> None:
    write_binary(tmp_path)
    first = contents(load_cifar10(str(tmp_path), "train"))
    (kept,) = own_cache.glob("games-cifar10/train-*/cat.npy")
    kept.write_bytes(kept.read_bytes()[:100]) if damage == "truncate" else kept.unlink()
    for _ in range(2):
        cifar10._load.cache_clear()
        assert contents(load_cifar10(str(tmp_path), "train")) == first
    assert kept.stat().st_size > 100


def test_without_a_place_to_keep_them_they_are_read_each_time(tmp_path: Path, monkeypatch: Any) -> None:
    write_binary(tmp_path)
    with_cache = contents(load_cifar10(str(tmp_path), "train"))
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("a file, so that no folder can be made here")
    cifar10._load.cache_clear()
    assert contents(load_cifar10(str(tmp_path), "train")) == with_cache


def test_only_the_photographs_asked_for(tmp_path: Path) -> None:
    write_binary(tmp_path)
    digest = load_cifar10(str(tmp_path), "train").digest
    assert open_photos("cifar10", "train", str(tmp_path), digest).counts == (6,) * 10
    with pytest.raises(
        KnobError, match=f"^photos_digest must be that of the train photographs found, {digest}, got 'x'"
    ):
        open_photos("cifar10", "train", str(tmp_path), "x")
    with pytest.raises(KnobError, match=r"^split must be one of train, test, got 'validation'"):
        open_photos("drawn10", "validation")
    with pytest.raises(KnobError, match=r"^photos must be the path of a folder or None, got 3"):
        open_photos("cifar10", "train", 3)  # type: ignore[arg-type]

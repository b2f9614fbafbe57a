"""Memory, disk, packages, ports and models of the machine that the tests run on."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import sys
from pathlib import Path

import pytest

from easyr1.constraints import constraints_file, read_constraints
from easyr1.machine import disk, memory, models, network, packages


def test_memory_and_cores() -> None:
    assert 0.5 < memory.host_memory_gb() < 1e5
    available = memory.available_memory_gb()
    assert available is None or 0 < available <= memory.host_memory_gb()
    assert 0 < memory.num_cores() <= (os.cpu_count() or 1)
    assert memory.swap_gb() >= 0


@pytest.mark.parametrize(
    ("limit", "quota"), [("memory.max", "50000 100000"), ("memory/memory.limit_in_bytes", "max 1")]
)
def test_the_limits_of_a_container_count(
    limit: str, quota: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / limit).parent.mkdir(exist_ok=True)
    (tmp_path / limit).write_text("300000000\n")
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    whole = memory.num_cores()
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.host_memory_gb() == 0.3
    assert memory.num_cores() == (whole if quota.startswith("max") else 0.5)


def test_a_container_without_limits_has_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.host_memory_gb() == pytest.approx(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def test_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert disk.existing_parent(folder) == tmp_path
    assert disk.free_disk_gb(folder) == pytest.approx(disk.free_disk_gb(tmp_path), abs=1)
    assert disk.is_writable(folder)


def test_versions_are_compared_with_the_constraints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    number, differing = packages.compare_versions("cpu")
    wanted = read_constraints(constraints_file("cpu"))
    assert number > 5
    for one in differing:
        assert wanted[one.name] == one.wanted != one.here == importlib.metadata.version(one.name)
    pytest_here = importlib.metadata.version("pytest")
    file = tmp_path / "constraints.txt"
    file.write_text(f"pytest==0.1\nnumpy=={importlib.metadata.version('numpy')}+cpu\nno-such-package==1\n")
    monkeypatch.setattr(packages, "constraints_file", lambda _: file)
    assert packages.compare_versions("cpu") == (2, [packages.Difference("pytest", pytest_here, "0.1")])


def test_modules_that_are_missing() -> None:
    assert packages.missing_modules(["json", "no_such_module"]) == ["no_such_module"]
    assert packages.installed_version("no-such-package") is None


def test_a_failing_import_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "fails.py").write_text(
        "import sys\nprint('error: this cannot be imported', file=sys.stderr)\nsys.exit(1)\n"
    )
    (tmp_path / "dies.py").write_text("raise RuntimeError('no word of it')\n")
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(60)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert packages.import_failures("fails", environment) == ["this cannot be imported"]
    assert packages.import_failures("dies", environment) == ["dies: RuntimeError: no word of it"]
    assert packages.import_failures("site", environment) == []
    monkeypatch.setattr(packages, "IMPORT_TIMEOUT_S", 0.5)
    assert packages.import_failures("hangs", environment) == ["the engine cannot be imported within 0.5 s"]


def test_ports_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(network, "RAY_PORTS", {port: "head"})
        assert network.open_ray_ports() == {port: "head"}
    assert network.open_ray_ports() == {}


@pytest.mark.parametrize(
    ("given", "address"),
    [("", None), ("auto", None), ("node0:6379", ("node0", 6379)), ("ray://10.0.0.1:10001", ("10.0.0.1", 10001))],
)
def test_the_address_of_a_cluster(monkeypatch: pytest.MonkeyPatch, given: str, address: object) -> None:
    monkeypatch.setenv("RAY_ADDRESS", given)
    assert network.ray_address() == address


def test_an_address_without_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "node0")
    with pytest.raises(ValueError, match="RAY_ADDRESS: 'node0' given"):
        network.ray_address()


def test_a_model_is_found_in_its_folder_and_in_the_cache_of_the_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert models.model_files("some/model") is None and models.model_files(f"{tmp_path}/none") is None
    snapshot = tmp_path / "models--some--model" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    assert models.model_files("some/model") == snapshot and models.model_files(str(snapshot)) == snapshot


def test_this_python_can_take_the_engine() -> None:
    assert packages.is_supported_python() == ((3, 10) <= sys.version_info[:2] < (3, 13))

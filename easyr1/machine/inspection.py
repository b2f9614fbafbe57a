"""Look over this machine: what it has for a run, and what it lacks."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from easyr1.constraints import constraints_file
from easyr1.machine import disk, memory, network, packages
from easyr1.machine.facts import Report
from easyr1.machine.gpus import MIN_DRIVER, count_gpus, find_driver, list_gpus

KEYS = ("WANDB_API_KEY", "HF_TOKEN", "CIFAR10_FOLDER", "OPENAI_API_KEY")
"""Variables that some run may want; their values are not read out."""

INSTALL = "bash install.sh"
INSTALL_GB = {"cpu": 8, "gpu": 14}
"""Room for an installation, in 1e9 bytes; where PyTorch's CPU index is reached, `cpu` takes less."""

MIN_SHARED_GB = 2.0
MAX_MENDED = 8
"""Packages that are mended one by one; with more an environment is another."""

MAX_DIFFERING = 4
"""Packages that are named where more differ."""

RAY_CURRENT = Path("/tmp/ray/ray_current_cluster")
"""Where Ray notes the cluster that runs on this machine, which a run joins without being told."""


def look_over(device: str, runs_dir: Path, keys: Sequence[str] = KEYS) -> Report:
    """Facts about this machine, from the standard library alone, in a second.

    Args:
        device: `gpu` or `cpu`: what the installation is for.
        runs_dir: Where runs are going to lie.
        keys: Variables of which it is said whether they are set.
    """
    runs_dir = runs_dir.expanduser().absolute()
    report = Report()
    _python(report)
    _gpus(report, device)
    _host(report)
    _disk(report, runs_dir)
    _packages(report, device, runs_dir)
    _ray(report)
    _environment(report, keys)
    return report


def wanted_device() -> str:
    """What install.sh installs for here: EASYR1_DEVICE, else `gpu` where there is a GPU."""
    given = os.environ.get("EASYR1_DEVICE")
    return given if given in INSTALL_GB else "gpu" if count_gpus() else "cpu"


def _python(report: Report) -> None:
    version = platform.python_version()
    report.tell("python", "Python", version, f"{version} ({sys.executable})")
    if not packages.is_supported_python():
        report.lack(
            f"Python {version} cannot take the engine: 3.10, 3.11 or 3.12 is needed",
            "install one, with `uv python install 3.12` or the system's packages, and run this with it",
        )


def _gpus(report: Report, device: str) -> None:
    gpus, driver = list_gpus(), find_driver()
    kinds = {gpu: gpus.count(gpu) for gpu in gpus}
    text = ", ".join(f"{number} x {gpu.name}, {gpu.memory_gb:.0f} GB" for gpu, number in kinds.items()) or "none"
    usable = count_gpus()
    if gpus and usable < len(gpus):
        text += f"; CUDA_VISIBLE_DEVICES leaves {usable}"
    report.tell("gpus", "GPUs", [{"name": gpu.name, "memory_gb": round(gpu.memory_gb, 1)} for gpu in gpus], text)
    value = {"version": driver.version, "cuda": driver.cuda, "is_new_enough": driver.runs_cuda_13} if driver else None
    if driver is None:
        report.tell("driver", "driver", value, "none that nvidia-smi finds")
        return
    cuda = f", runs CUDA {driver.cuda}" if driver.cuda else ""
    enough = "new enough" if driver.runs_cuda_13 else f"too old: CUDA 13 needs {MIN_DRIVER} or newer"
    report.tell("driver", "driver", value, f"{driver.version}{cuda}: {enough}")
    if not driver.runs_cuda_13 and device == "gpu":
        report.lack(
            f"the NVIDIA driver {driver.version} does not run CUDA 13, for which torch 2.11 and vLLM 0.24 are built",
            f"have driver {MIN_DRIVER} or newer installed on this machine, or EASYR1_DEVICE=cpu bash install.sh",
        )


def _host(report: Report) -> None:
    cores, here, free = memory.num_cores(), memory.host_memory_gb(), memory.available_memory_gb()
    report.tell("cpu_cores", "CPU cores", cores, f"{cores:g}")
    report.tell(
        "memory_gb",
        "memory",
        {"total": round(here, 1), "available": round(free, 1) if free is not None else None},
        f"{here:.0f} GB" + (f", {free:.0f} available" if free is not None else ""),
    )
    shared = memory.shared_memory_gb()
    shown = "none" if shared is None else f"{shared:.0f} GB" if shared >= 1 else f"{shared * 1000:.0f} MB"
    report.tell("shared_memory_gb", "/dev/shm", None if shared is None else round(shared, 2), shown)
    if (shared or 0.0) < MIN_SHARED_GB:
        report.lack(
            f"/dev/shm has {shown}: Ray then keeps objects on the disk, and NCCL may fail",
            "in a container: --shm-size=16g, or an emptyDir of medium Memory; elsewhere: "
            "mount -o remount,size=16G /dev/shm",
            is_fatal=False,
        )


def _disk(report: Report, runs_dir: Path) -> None:
    free = disk.free_disk_gb(runs_dir)
    report.tell("disk_free_gb", "disk", round(free, 1), f"{free:.0f} GB free for runs_dir={runs_dir}")
    if not disk.is_writable(runs_dir):
        report.lack(f"runs_dir: nothing can be written to {runs_dir}", "choose another folder: runs_dir=FOLDER")


def _packages(report: Report, device: str, runs_dir: Path) -> None:
    missing = packages.missing_modules()
    number, differing = packages.compare_versions(device)
    name = constraints_file(device).name
    flash = packages.installed_version("flash-attn")
    if missing:
        text = f"not installed: {', '.join(missing)}"
    else:
        versions = {module: packages.engine_version(module) for module in packages.ENGINE}
        text = ", ".join(f"{module} {version}" for module, version in versions.items())
        text += f"\nattention: {f'flash-attn {flash}' if flash else 'kernels of torch (no flash-attn, none is needed)'}"
    if number:
        text += f"\n{number} packages of {name} are installed, {len(differing) or 'none'} in another version"
        text += "".join(f"\n  {one.name} {one.here}, not {one.wanted}" for one in differing[:MAX_DIFFERING])
        text += f"\n  and {len(differing) - MAX_DIFFERING} more" if len(differing) > MAX_DIFFERING else ""
    report.tell(
        "packages",
        "packages",
        {
            "missing": missing,
            "flash_attn": flash,
            "constraints": name,
            "compared": number,
            "differing": [asdict(one) for one in differing],
        },
        text,
    )
    if missing and packages.is_supported_python():
        room = INSTALL_GB[device]
        few = f" (takes about {room} GB of disk)" if disk.free_disk_gb(Path.cwd()) > room else ""
        report.lack(f"the engine is not installed: no {', '.join(missing)}", f"{INSTALL}{few}")
        if not few:
            report.lack(f"the engine needs about {room} GB of disk", "make room where the environment will be")
    elif differing:
        wanted = " ".join(f"{one.name}=={one.wanted}" for one in differing[:MAX_MENDED])
        number_more = len(differing) - MAX_MENDED
        report.lack(
            f"{len(differing)} of the packages are not of the versions that were tested, those of {name}",
            f"pip install {wanted}" if number_more <= 0 else f"make a fresh environment: {INSTALL}",
            is_fatal=False,
        )


def _ray(report: Report) -> None:
    listening = network.open_ray_ports()
    ports = ", ".join(f"{port} ({use})" for port, use in listening.items())
    free = ", ".join(str(port) for port in network.RAY_PORTS if port not in listening)
    text = "; ".join(
        part for part in (f"in use: {ports}" if ports else "", f"free ports: {free}" if free else "") if part
    )
    value: dict[str, Any] = {
        "ports_in_use": sorted(listening),
        "address": os.environ.get("RAY_ADDRESS") or None,
        "is_reachable": None,
    }
    try:
        address = network.ray_address()
    except ValueError as error:
        report.lack(str(error), "unset RAY_ADDRESS, or name the first node of the cluster")
        address = None
    if address is not None:
        value["is_reachable"] = network.is_reachable(*address)
        text = f"RAY_ADDRESS={':'.join(map(str, address))}, {'' if value['is_reachable'] else 'not '}reachable; {text}"
        if not value["is_reachable"]:
            report.lack(
                f"RAY_ADDRESS: nothing answers at {address[0]}:{address[1]}",
                f"on the first node: ray start --head --port={address[1]}; or unset RAY_ADDRESS",
            )
    elif current := _running_cluster():
        text = f"a cluster runs here, at {current}; {text}"
        report.lack(f"a Ray cluster runs here, at {current}, and a run would join it", "ray stop", is_fatal=False)
    report.tell("ray", "Ray", value, text)


def _running_cluster() -> str | None:
    """Address of the Ray cluster that runs on this machine, if one does."""
    try:
        host, _, port = RAY_CURRENT.read_text(encoding="ascii").strip().rpartition(":")
    except (OSError, UnicodeDecodeError):
        return None
    return f"{host}:{port}" if port.isdigit() and network.is_reachable(host, int(port)) else None


def _environment(report: Report, keys: Sequence[str]) -> None:
    found = network.set_keys(keys)
    if "WANDB_API_KEY" in found and network.has_netrc("api.wandb.ai"):
        found["WANDB_API_KEY"] = True
    there, absent = ([name for name, is_set in found.items() if is_set is wanted] for wanted in (True, False))
    text = "; ".join(
        part
        for part in (f"set: {', '.join(there)}" if there else "", f"not set: {', '.join(absent)}" if absent else "")
        if part
    )
    report.tell("keys", "keys", found, text)
    proxies = network.set_proxies()
    report.tell("proxies", "proxies", proxies, ", ".join(proxies) or "none set")

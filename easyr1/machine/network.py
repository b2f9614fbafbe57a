"""Ports of Ray, a cluster to join, proxies, and which keys are set; no value of a key is read out."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

RAY_PORTS = {6379: "head", 8265: "dashboard", 10001: "client"}
"""Ports of a Ray cluster's first node."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
CONNECT_TIMEOUT_S = 3.0


def open_ray_ports() -> dict[int, str]:
    """Those of Ray's ports on which something listens on this machine, and what they are for."""
    return {port: use for port, use in RAY_PORTS.items() if is_reachable("127.0.0.1", port)}


def is_reachable(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S):
            return True
    except (OSError, OverflowError, UnicodeError):
        return False


def ray_address() -> tuple[str, int] | None:
    """Host and port that RAY_ADDRESS names; None where it is not set, or names none (`auto`).

    Raises:
        ValueError: It has another form.
    """
    given = os.environ.get("RAY_ADDRESS", "").strip()
    if given in ("", "auto", "local"):
        return None
    host, _, port = given.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"RAY_ADDRESS: {given!r} given; it must be HOST:PORT")
    return host, int(port)


def set_proxies() -> list[str]:
    """Names of the variables of a proxy that are set, as they are written."""
    return [name for lower in PROXIES for name in (lower, lower.upper()) if os.environ.get(name)]


def set_keys(names: Sequence[str]) -> dict[str, bool]:
    """Whether each variable has a value."""
    return {name: bool(os.environ.get(name)) for name in names}


def has_netrc(host: str) -> bool:
    """Whether ~/.netrc knows a host; wandb keeps its key there."""
    try:
        return host in Path("~/.netrc").expanduser().read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False

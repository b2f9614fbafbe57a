"""What runs on each node of a supervised training over several: a Ray actor that holds a command of its node.

It imports little: Ray starts it with the interpreter of the node.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from easyr1.policies.guarded import GuardedCommand

POLL_S = 0.2
PATIENCE_S = 10.0
"""Time that a file may take to appear on a node: network file systems remember for a while what was not there."""


class NodeAgent:
    """Runs a command on its node, which ends with it, whatever ends it: the guard's pipe closes.

    Args:
        address: of the node, as Ray knows it.
        folder: where relative paths of the run start; left alone where the node lacks it.
    """

    def __init__(self, address: str, folder: str):
        self._address = address
        self._stopping, self._ended = threading.Event(), threading.Event()
        with contextlib.suppress(OSError):
            os.chdir(folder)

    def free_port(self) -> int:
        """A port of this node on which nobody listens now."""
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        with socket.socket(family) as probe:
            probe.bind((self._address, 0))
            return int(probe.getsockname()[1])

    def sees(self, file: str, content: str) -> bool:
        """Whether a file of the run has the same content here as where the run was started."""
        end = time.monotonic() + PATIENCE_S
        while not (found := _has(Path(file), content)) and time.monotonic() < end:
            time.sleep(POLL_S)
        return found

    def run(self, command: Sequence[str], log: str, environment: Mapping[str, str]) -> int | None:
        """Run a command to its end, once.

        Args:
            command: Program and arguments.
            log: File to which all that it says is added.
            environment: Variables beside those of this node.

        Returns:
            Its exit status, None when it was stopped.
        """
        network = {"GLOO_SOCKET_IFNAME": name} if (name := interface_of(self._address)) else {}
        guarded = GuardedCommand(command, Path(log), {**network, **os.environ, **environment})
        try:
            while guarded.is_running and not self._stopping.wait(POLL_S):
                pass
            return None if self._stopping.is_set() else guarded.wait()
        finally:
            guarded.stop()
            self._ended.set()

    def stop(self) -> None:
        """End the command; returns when it has ended."""
        self._stopping.set()
        self._ended.wait()


def interface_of(address: str) -> str | None:
    """Name of the network interface that has an address; None where none has.

    Gloo takes the one that the host's name stands for, which many machines give to the loopback interface.
    """
    for name, addresses in psutil.net_if_addrs().items():
        if any(one.address.partition("%")[0] == address for one in addresses):
            return name
    return None


def _has(file: Path, content: str) -> bool:
    try:
        return file.read_text(encoding="utf-8") == content
    except OSError:
        return False

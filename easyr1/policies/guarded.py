"""Commands of this process that end when it does, whatever ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from easyr1.policies import guard

GRACE_S = 10.0
"""Time a command has to end when it is asked to."""


class GuardedCommand:
    """A command that runs in a process group of its own until it ends, is stopped, or this process is gone.

    Args:
        command: Program and arguments.
        log: File to which all that it says is added.
        environment: All its environment variables.
        grace_s: Time it has to end when it is asked to.
    """

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str], grace_s: float = GRACE_S
    ) -> None:
        self._grace_s = grace_s
        self._guard = subprocess.Popen(
            [sys.executable, "-I", str(guard.__file__), str(log), str(grace_s), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            # Its own group: Ctrl-C at a terminal reaches this process alone, which then stops the command.
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        """Whether the command has not ended yet."""
        return self._guard.poll() is None

    def wait(self) -> int | None:
        """Wait for the end; the exit status, None when the command was killed with its guard."""
        assert self._guard.stdin is not None and self._guard.stdout is not None
        with self._guard.stdin, self._guard.stdout as answer:
            words = answer.read().decode().split()
        self._guard.wait()
        return int(words[0]) if words else None

    def stop(self) -> None:
        """End the command, its descendants too; at once where it has ended."""
        assert self._guard.stdin is not None and self._guard.stdout is not None
        self._guard.stdin.close()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._guard.wait(self._grace_s + 10)
        finally:
            # Where all went well the group is gone; a guard that was killed has left it behind.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait()
            self._guard.stdout.close()

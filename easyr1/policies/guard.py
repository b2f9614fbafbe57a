"""Runs a command that must not outlive whoever asked for it: `python -I guard.py LOG GRACE_S COMMAND...`.

Its standard input is a pipe of which the asking process holds the other end and into which nobody writes. When that end
closes, because it was closed or because the process is gone, by SIGKILL too, the command is asked to end and, after
GRACE_S seconds, made to. The guard leads a process group in which the command and all its descendants run, and its last
act is to kill that group, itself included; the command's exit status is printed before.

A program of its own, of the standard library alone: it starts in milliseconds and imports nothing that could fail.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys

POLL_S = 0.1


def main() -> None:
    """Run the command of the command line; does not return."""
    log, grace_s, *command = sys.argv[1:]
    try:
        status = _run(command, log, float(grace_s))
        with contextlib.suppress(BrokenPipeError):  # whoever asked may be gone
            os.write(1, str(status).encode())
    except (OSError, subprocess.TimeoutExpired) as error:
        with open(log, "a", encoding="utf-8") as output:
            print(f"guard: {error}", file=output)
    finally:
        os.killpg(0, signal.SIGKILL)


def _run(command: list[str], log: str, grace_s: float) -> int:
    """The exit status of the command."""
    with open(log, "ab") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    while child.poll() is None and not select.select([0], [], [], POLL_S)[0]:
        pass
    if child.poll() is None:
        child.terminate()
    return child.wait(grace_s)


if __name__ == "__main__":
    main()

"""`vllm serve` as a process of this one: its start, its death and its end."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from easyr1.errors import ConfigError
from easyr1.policies.guarded import GuardedCommand
from easyr1.policies.server_log import cause_of_death, last_line
from easyr1.policies.vllm_command import HOST, ServerSettings, serve_command, serve_environment

LOG = "vllm.log"
VLLM = (sys.executable, "-m", "vllm.entrypoints.cli.main")
"""`vllm` of the environment that runs this process."""

POLL_S = 0.5
NOTE_EVERY_S = 30.0

Say = Callable[[str], None]


@asynccontextmanager
async def serve(
    folder: Path,
    name: str,
    log: Path,
    settings: ServerSettings,
    num_images: int,
    concurrency: int,
    say: Say,
    vllm: Sequence[str] = VLLM,
) -> AsyncIterator[str]:
    """A server of a model, ready to answer, while the `async with` block is open; its base URL.

    When the server dies, the block is cancelled. However the block or this process ends, no process of the server
    stays.

    Args:
        log: File for what the server says.
        say: Takes a line for the reader at a time.
        vllm: The program.
        The rest: see `serve_command`.

    Raises:
        ConfigError: The server did not start, or died; one line that says why and where its log is.
    """
    with _reserved_port() as port:
        command = [*vllm, *serve_command(folder, name, port, settings, num_images, concurrency)]
        log.write_bytes(b"")
        start = time.monotonic()
        say(f"starting vllm serve {folder}; log: {log}")
        server = GuardedCommand(command, log, serve_environment(os.environ))
        try:
            await _wait_until_ready(server, port, log, settings.start_timeout_s, say)
            say(f"vLLM is ready after {time.monotonic() - start:.0f} s")
            async with _cancelled_by_death(server, log):
                yield f"http://{HOST}:{port}/v1"
        finally:
            # The first thing it does, closing a pipe, suffices; a second interrupt does no harm.
            await asyncio.to_thread(server.stop)


@contextmanager
def _reserved_port() -> Iterator[int]:
    """A free port that nobody else is given meanwhile; a server that sets SO_REUSEADDR, as vLLM does, can take it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((HOST, 0))
        yield holder.getsockname()[1]


async def _wait_until_ready(server: GuardedCommand, port: int, log: Path, limit_s: float, say: Say) -> None:
    start = said = time.monotonic()
    async with httpx.AsyncClient(trust_env=False, timeout=10.0) as client:
        while server.is_running:
            try:
                if (await client.get(f"http://{HOST}:{port}/health")).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            now = time.monotonic()
            if now - start > limit_s:
                raise ConfigError(f"server.start_timeout_s: vllm serve gave no answer for {limit_s:g} s; log: {log}")
            if now - said > NOTE_EVERY_S:
                said = now
                say(f"vLLM is starting, {now - start:.0f} s: {last_line(log)}")
            await asyncio.sleep(POLL_S)
    raise _death("did not start", server, log)


@asynccontextmanager
async def _cancelled_by_death(server: GuardedCommand, log: Path) -> AsyncIterator[None]:
    """Cancel the block when the server dies, and say so instead of what came of that."""
    player = asyncio.current_task()
    assert player is not None

    async def watch() -> None:
        while server.is_running:
            await asyncio.sleep(POLL_S)
        player.cancel()

    watcher = asyncio.ensure_future(watch())
    try:
        yield
    except (Exception, asyncio.CancelledError) as error:
        if server.is_running:
            raise
        raise ConfigError(f"{_death('died', server, log)}; the same command goes on from here") from error
    finally:
        watcher.cancel()


def _death(how: str, server: GuardedCommand, log: Path) -> ConfigError:
    status = server.wait()
    words = "was killed" if status is None or status < 0 else f"exit status {status}"
    return ConfigError(f"path: vllm serve {how} ({words}): {cause_of_death(log)}; log: {log}")

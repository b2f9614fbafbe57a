"""`vllm serve` as a process of this one: its command, its start, its death and its end."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import math
import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from easyr1.errors import ConfigError
from easyr1.policies.chat_faults import shorten
from easyr1.policies.guarded import GuardedCommand

HOST = "127.0.0.1"
LOG = "vllm.log"
VLLM = (sys.executable, "-m", "vllm.entrypoints.cli.main")
"""`vllm` of the environment that runs this process."""

POLL_S = 0.5
NOTE_EVERY_S = 30.0
TAIL_BYTES = 1 << 16

CPU_VARIABLES = {
    # Two threads on two busy cores are ten times slower for tiny models.
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VERL_PLATFORM": "cpu",
}
"""What vLLM's CPU build and verl beside it are given where the environment says nothing else."""

VARIABLES = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""A checkpoint is a folder: there is nothing to fetch, and nothing to tell anybody."""

_CAUSE = re.compile(r"\b(\w*(?:Error|Exception): .+|Value error, .+|error: .+|guard: .+)")
_PREFIX = re.compile(r"^(\(\w+ pid=\d+\) )?([A-Z]+ [\d: -]+\[\S+\] )?")
_NOISE = ("Engine core initialization failed", "WorkerProc initialization failed")

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """How to serve a checkpoint: the keys `server.*` of an evaluation, checked.

    Attributes:
        max_model_len: Tokens of a context and its reply together; None for as many as the model can take.
        dtype: Of weights and arithmetic, in vLLM's words; None for what training samples with: float32 on a CPU and
            bfloat16 on a GPU.
        start_timeout_s: Longest time from the start of the server to its first answer.
        arguments: What else `vllm serve` is told.

    Raises:
        ConfigError: A value is out of range; the message names its key.
    """

    max_model_len: int | None = None
    dtype: str | None = None
    start_timeout_s: float = 900.0
    arguments: Sequence[str] = ()

    def __post_init__(self) -> None:
        length, limit_s = self.max_model_len, self.start_timeout_s
        if length is not None and (isinstance(length, bool) or not isinstance(length, int) or length < 1):
            raise ConfigError(f"server.max_model_len: {length!r} given; it must be a whole number, 1 or more, or null")
        if self.dtype is not None and not isinstance(self.dtype, str):
            raise ConfigError(f"server.dtype: {self.dtype!r} given; it must be a word such as bfloat16, or null")
        if isinstance(limit_s, bool) or not isinstance(limit_s, (int, float)) or not 0 < limit_s < math.inf:
            raise ConfigError(f"server.start_timeout_s: {limit_s!r} given; it must be a number above 0")
        if isinstance(self.arguments, str) or not isinstance(self.arguments, Sequence):
            raise ConfigError(f"server.arguments: {self.arguments!r} given; it must be a list such as [--seed,1]")
        object.__setattr__(self, "arguments", tuple(map(str, self.arguments)))


def serve_command(
    folder: Path, name: str, port: int, settings: ServerSettings, num_images: int, concurrency: int
) -> list[str]:
    """Arguments of `vllm`; replies come as they do in training.

    Args:
        folder: A model in Hugging Face's form.
        name: What requests call it.
        port: On this machine.
        settings: As the user gave them.
        num_images: Pictures that a context may hold.
        concurrency: Replies under way at once.
    """
    dtype = settings.dtype or ("float32" if is_cpu_build() else "bfloat16")
    limits = json.dumps({"image": num_images, "video": 0})
    command = ["serve", str(folder), "--served-model-name", name, "--host", HOST, "--port", str(port)]
    command += ["--dtype", dtype, "--max-num-seqs", str(concurrency), "--limit-mm-per-prompt", limits]
    # Of a model's own generation config training takes the end tokens alone, and so does this.
    command += ["--generation-config", "vllm"]
    if settings.max_model_len is not None:
        command += ["--max-model-len", str(settings.max_model_len)]
    if is_cpu_build():
        command.append("--enforce-eager")
    return [*command, *settings.arguments]


def is_cpu_build() -> bool:
    """Whether the vLLM that is installed is the one for CPUs."""
    try:
        return "+cpu" in importlib.metadata.version("vllm")
    except importlib.metadata.PackageNotFoundError:
        return any(importlib.metadata.distributions(name="vllm-cpu"))


def serve_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of the server: those given, and ours where they say nothing."""
    return {**VARIABLES, **(CPU_VARIABLES if is_cpu_build() else {}), **environment}


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
                say(f"vLLM is starting, {now - start:.0f} s: {_last_line(log)}")
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
        raise _death("died", server, log) from error
    finally:
        watcher.cancel()


def _death(how: str, server: GuardedCommand, log: Path) -> ConfigError:
    status = server.wait()
    words = "was killed" if status is None or status < 0 else f"exit status {status}"
    return ConfigError(f"path: vllm serve {how} ({words}): {cause_of_death(log)}; log: {log}")


def cause_of_death(log: Path) -> str:
    """The line of a log that says best why its program ended, shortened."""
    lines = _tail(log)
    found = [match[1] for line in lines if (match := _CAUSE.search(line)) and not any(one in line for one in _NOISE)]
    return shorten(found[-1] if found else lines[-1] if lines else "it said nothing")


def _last_line(log: Path) -> str:
    lines = _tail(log)
    return shorten(lines[-1]) if lines else "nothing in its log yet"


def _tail(log: Path) -> list[str]:
    """The last lines of a log that are not empty."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        text = file.read().decode("utf-8", "replace")
    lines = (_PREFIX.sub("", line).strip() for line in text.splitlines())
    return [line for line in lines if line]

"""A server that starts, dies, hangs or is left behind; a program that does as it is told stands in for vLLM."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from easyr1.errors import ConfigError
from easyr1.policies.guarded import GuardedCommand
from easyr1.policies.server_log import cause_of_death
from easyr1.policies.vllm_command import ServerSettings
from easyr1.policies.vllm_server import serve
from tests.policies import fake_vllm

FAKE = (sys.executable, str(fake_vllm.__file__))
LIMIT_S = 60.0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAKE_FOLDER", str(tmp_path))
    return tmp_path


def play(folder: Path, body: Callable[[], object] = lambda: None, limit_s: float = LIMIT_S) -> list[str]:
    """Serve, and do something meanwhile; what the reader was told."""
    said: list[str] = []

    async def whole() -> None:
        settings = ServerSettings(start_timeout_s=limit_s)
        async with serve(folder, "m", folder / "vllm.log", settings, 1, 1, said.append, FAKE):
            body()
            await asyncio.sleep(0 if body.__name__ == "<lambda>" else LIMIT_S)

    asyncio.run(whole())
    return said


def child(folder: Path) -> int:
    """The process that the server started."""
    until(lambda: (folder / "child").exists())
    return int((folder / "child").read_text())


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_server_is_there_for_as_long_as_it_is_needed(folder: Path) -> None:
    said = play(folder)
    assert said[0].startswith("starting vllm serve ") and said[1].startswith("vLLM is ready after ")
    until(lambda: is_gone(child(folder)))


def test_an_exception_ends_it(folder: Path) -> None:
    def fail() -> None:
        raise KeyError("whatever")

    with pytest.raises(KeyError):
        play(folder, fail)
    until(lambda: is_gone(child(folder)))


def test_a_server_that_does_not_start_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STATUS", "3")
    monkeypatch.setenv("FAKE_WORDS", "(EngineCore pid=1) ERROR 11-21 [core.py:1] ValueError: too long\nleaked 2 types")
    with pytest.raises(ConfigError) as error:
        play(folder)
    log = folder / "vllm.log"
    assert str(error.value) == f"path: vllm serve did not start (exit status 3): ValueError: too long; log: {log}"


def test_a_program_that_is_not_there_is_named(folder: Path) -> None:
    async def whole() -> None:
        async with serve(folder, "m", folder / "vllm.log", ServerSettings(), 1, 1, print, ["/no/such/program"]):
            pass

    with pytest.raises(ConfigError, match=r"did not start .*No such file or directory: '/no/such/program'"):
        asyncio.run(whole())


def test_a_server_that_never_answers_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_DEAF", "1")
    monkeypatch.setattr("easyr1.policies.vllm_server.NOTE_EVERY_S", 0.5)
    with pytest.raises(ConfigError, match=r"^server\.start_timeout_s: vllm serve gave no answer for 2 s"):
        play(folder, limit_s=2)
    until(lambda: is_gone(child(folder)))


@pytest.mark.parametrize("victim", ["server", "guard"])
def test_a_server_that_dies_ends_the_evaluation(folder: Path, victim: str) -> None:
    def kill() -> None:
        server = psutil.Process(child(folder)).parent()
        assert server is not None
        guard = server.parent()
        assert guard is not None
        (server if victim == "server" else guard).kill()

    with pytest.raises(
        ConfigError,
        match=r"^path: vllm serve died \(was killed\): starting; log: .*; the same command goes on from here$",
    ):
        play(folder, kill)
    until(lambda: is_gone(child(folder)))


def test_a_server_that_does_not_want_to_end_is_made_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STUBBORN", "1")
    command = GuardedCommand([*FAKE, "--port", "0"], folder / "vllm.log", os.environ, grace_s=0.5)
    pid = child(folder)
    assert command.is_running
    command.stop()
    assert not command.is_running
    until(lambda: is_gone(pid))
    command.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_the_evaluation_ends_the_server(folder: Path, how: signal.Signals) -> None:
    code = f"from pathlib import Path; from tests.policies.test_vllm_server import wait; wait(Path({str(folder)!r}))"
    evaluation = subprocess.Popen(
        [sys.executable, "-c", code],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    pid = child(folder)
    until((folder / "ready").exists)
    evaluation.send_signal(how)
    assert evaluation.wait(LIMIT_S) != 0
    until(lambda: is_gone(pid))


def wait(folder: Path) -> None:
    """An evaluation that takes long."""

    def ready() -> None:
        (folder / "ready").touch()

    play(folder, ready)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("", "it said nothing"),
        ("INFO 11-21 06:49:27 [core.py:1] one\n\n(Worker pid=3) INFO 11-21 06:49:27 [core.py:1] two\n", "two"),
        ("ValueError: this\nRuntimeError: Engine core initialization failed. See above.\nbye", "ValueError: this"),
        ("pydantic_core.ValidationError: 1 error\n  Value error, too long [type=x]", "Value error, too long [type=x]"),
        ("usage: vllm\nvllm serve: error: unrecognized arguments: --x", "error: unrecognized arguments: --x"),
    ],
)
def test_the_telling_line_of_a_log(folder: Path, words: str, cause: str) -> None:
    (folder / "log").write_text(words)
    assert cause_of_death(folder / "log") == cause

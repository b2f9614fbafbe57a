"""The agent of a node, without Ray: a command that ends when it is told to, and what it knows of its node."""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from easyr1.bridge import node_agent
from easyr1.bridge.node_agent import NodeAgent, interface_of

pytestmark = pytest.mark.engine


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeAgent:
    monkeypatch.chdir(tmp_path)
    return NodeAgent("127.0.0.1", str(tmp_path))


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_command_has_the_variables_of_the_run_and_its_status_is_told(agent: NodeAgent, tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['ONE'], os.environ['GLOO_SOCKET_IFNAME']); sys.exit(3)"
    assert agent.run(python(code), str(tmp_path / "log"), {"ONE": "1"}) == 3
    assert (tmp_path / "log").read_text() == f"1 {interface_of('127.0.0.1')}\n"


def test_stop_returns_when_the_command_has_ended(agent: NodeAgent, tmp_path: Path) -> None:
    log, statuses = tmp_path / "log", []
    code = "import time; print('here', flush=True); time.sleep(600)"
    thread = threading.Thread(target=lambda: statuses.append(agent.run(python(code), str(log), {})))
    thread.start()
    while not (log.exists() and log.read_text()):
        time.sleep(0.02)
    agent.stop()
    thread.join(5)
    assert statuses == [None]


def test_a_file_is_seen_when_it_is_the_same(agent: NodeAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_agent, "PATIENCE_S", 0.1)
    file = tmp_path / "trainer.yaml"
    assert not agent.sees(str(file), "a: 1")
    file.write_text("a: 1")
    assert agent.sees(str(file), "a: 1") and not agent.sees(str(file), "a: 2")


def test_a_free_port_can_be_had(agent: NodeAgent) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", agent.free_port()))


def test_an_address_that_no_interface_has() -> None:
    assert interface_of("127.0.0.1") and interface_of("203.0.113.1") is None

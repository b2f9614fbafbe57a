"""A real `vllm serve` as the teacher of a cold start: what is kept of its replies, and a kill in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import easyr1.tiny
from easyr1.cold_start.chat_teacher import NOTE
from easyr1.cold_start.levels import cold_start_level
from easyr1.cold_start.replies import context_name
from easyr1.policies.vllm_command import serve_environment
from easyr1.rollout.environment import open_level, prompt_of
from easyr1.rollout.types import Context
from games import ChatEnv, Level
from games.core.tags import parse_reply
from games.core.types import ReplyStatus
from tests.cold_start.make import rows

pytestmark = pytest.mark.engine

TINY = Path(easyr1.tiny.__file__).parent / "checkpoint"
LIMIT_S = 400
CONCURRENCY = 4

# The tiny model knows no words but those of its prompts: what a teacher is told beside them would leave it babbling, so
# its template does not show it. It looks at the picture alone, and at this temperature it errs in every way.
WITHOUT_NOTE = """\
{%- set heard = namespace(messages=[]) -%}
{%- for message in messages -%}
    {%- set kept = namespace(parts=[]) -%}
    {%- for part in message['content'] -%}
        {%- if part['type'] == 'text' -%}
            {%- set part = {'type': 'text', 'text': part['text'].split(NOTE)[0]} -%}
        {%- endif -%}
        {%- set kept.parts = kept.parts + [part] -%}
    {%- endfor -%}
    {%- set heard.messages = heard.messages + [{'role': message['role'], 'content': kept.parts}] -%}
{%- endfor -%}
{%- set messages = heard.messages -%}
"""
SAMPLING = ("chat.temperature=1.15", "chat.max_tokens=128", "chat.seed=1", "chat.retries=0")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the tiny model, ready to answer."""
    folder = tmp_path_factory.mktemp("server")
    own = (TINY / "chat_template.jinja").read_text(encoding="utf-8")
    template = folder / "template.jinja"
    template.write_text(WITHOUT_NOTE.replace("NOTE", json.dumps(f"\n\n{NOTE.partition(',')[0]}")) + own)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    command = [str(Path(sys.executable).with_name("vllm")), "serve", str(TINY), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--enforce-eager", "--dtype", "float32", "--generation-config", "vllm"]
    command += ["--chat-template", str(template), "--chat-template-content-format", "openai"]
    command += ["--max-num-seqs", str(CONCURRENCY)]
    log = folder / "vllm.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=serve_environment(os.environ), start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        family = [known := psutil.Process(process.pid), *known.children(recursive=True)]
        process.terminate()
        for one in psutil.wait_procs(family, timeout=30)[1]:
            one.kill()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(log.read_text()[-2000:])


def command(server: str, runs: Path, *overrides: str) -> list[str]:
    given = ["game=shisensho_small", "teacher=chat", f"chat.base_url={server}/v1", f"chat.concurrency={CONCURRENCY}"]
    given += ["validation_states=0", f"runs_dir={runs}", "experiment=made", *SAMPLING, *overrides]
    return [sys.executable, "-m", "easyr1.cold_start", "data", *given]


def finish(server: str, runs: Path, *overrides: str) -> tuple[dict[str, Any], str]:
    """Run the command to its end; what counts.json holds, and what was said."""
    run = subprocess.run(command(server, runs, *overrides), cwd=runs, capture_output=True, text=True, timeout=LIMIT_S)
    # 1 means that forty levels in a row gave no example.
    assert run.returncode in (0, 1) and not run.stderr, run.stdout + run.stderr
    counts: dict[str, Any] = json.loads((runs / "made" / "counts.json").read_text())
    return counts, run.stdout


def replies(content: bytes) -> list[dict[str, Any]]:
    """The whole lines of replies.jsonl."""
    return [json.loads(line) for line in content.rpartition(b"\n")[0].splitlines()]


def told(level: Level) -> Context:
    """What the teacher is told at the first turn of a level."""
    opening = open_level(level)
    return Context(f"{prompt_of(level)}\n\n{NOTE}", (), opening.frame, opening.state, level, 0)


def judged(level: Level, reply: str) -> str:
    """What the game says about a reply."""
    env = ChatEnv.from_level(level)
    result = env.turn(level.seed, env.open(level.seed), 0, reply)
    if result.status is ReplyStatus.UNREADABLE or not result.is_well_formed:
        return "bad form"
    if not result.perception.exact:
        return "altered_perception"
    return "right" if result.status is ReplyStatus.LEGAL else "illegal"


def num_answered(server: str) -> int:
    """Requests that the server has brought to an end, in whatever way."""
    with urllib.request.urlopen(f"{server}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    counters = [float(line.split()[-1]) for line in lines if line.startswith("vllm:request_success_total{")]
    assert counters
    return round(sum(counters))


def test_only_right_replies_of_a_real_model_are_kept(server: str, tmp_path: Path) -> None:
    counts, said = finish(server, tmp_path, "states=20", "chat.price_in=1", "chat.price_out=2")
    log = {row["to"]: row["reply"] for row in replies((tmp_path / "made" / "replies.jsonl").read_bytes())}
    found = rows(tmp_path / "made")
    assert found
    knobs = Level.from_dict(json.loads(found[0]["level"])).knobs
    levels = counts["games"]["ShisenSho-v0"]["train"]["levels"]
    verdicts: Counter[str] = Counter()
    for index in range(levels):
        level = cold_start_level("games/ShisenSho-v0", knobs, 0, "train", index)
        verdicts[judged(level, log[context_name(told(level))])] += 1
    rejected = Counter(counts["rejected"])
    assert (
        rejected["altered_perception"] == verdicts["altered_perception"] and rejected["illegal"] == verdicts["illegal"]
    )
    assert rejected["unreadable"] + rejected["malformed"] == verdicts["bad form"]
    assert len(found) == counts["kept"]["train"] and len(found) + rejected.total() == levels
    # Not a model that can do nothing, nor one that errs in one way alone.
    assert rejected["illegal"] and rejected["altered_perception"] + verdicts["bad form"]
    for row in found:
        level = Level.from_dict(json.loads(row["level"]))
        reply = row["messages"][-1]["content"]
        env = ChatEnv.from_level(level)
        assert judged(level, reply) == judged(level, log[context_name(told(level))]) == "right"
        assert parse_reply(reply).perception == row["truth"] == env.game.text(env.open(level.seed))
    assert said.startswith("20 examples to ask for: if every reply gives one, about ") and " in all\n" in said
    assert f"{len(log)} replies took " in said and counts["teacher"]["cost"] > 0


def test_a_kill_loses_and_repeats_nothing(server: str, tmp_path: Path) -> None:
    file, before = tmp_path / "made" / "replies.jsonl", num_answered(server)
    with subprocess.Popen(command(server, tmp_path, "states=20"), cwd=tmp_path, stdout=subprocess.DEVNULL) as run:
        try:
            end = time.monotonic() + LIMIT_S
            while not (file.exists() and len(replies(file.read_bytes())) >= 10) and time.monotonic() < end:
                assert run.poll() is None
                time.sleep(0.02)
        finally:
            run.kill()
    assert run.returncode == -signal.SIGKILL and not (tmp_path / "made" / "counts.json").exists()
    at_kill = file.read_bytes()
    counts, _ = finish(server, tmp_path, "states=20")
    assert file.read_bytes().startswith(at_kill)
    names = [row["to"] for row in replies(file.read_bytes())]
    assert len(names) == len(set(names)) == counts["teacher"]["replies"] > len(replies(at_kill)) >= 10
    # Each start tries the endpoint once; what was under way at the kill may have been answered to nobody.
    asked = num_answered(server) - before - 2
    assert len(names) <= asked <= len(names) + CONCURRENCY

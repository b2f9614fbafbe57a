"""A model as a teacher, killed or out of space: no reply that was kept is lost, and none is asked for twice."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from easyr1.cold_start.__main__ import main
from easyr1.cold_start.data import SolverPlayer
from easyr1.cold_start.episodes import Outcome
from easyr1.cold_start.fill import Filler, Pace
from easyr1.cold_start.levels import cold_start_level
from easyr1.cold_start.progress import DataProgress
from easyr1.cold_start.shards import ShardStore
from easyr1.errors import ConfigError
from games import Level
from tests.cold_start.make import make as make_with_solver
from tests.cold_start.make import rows, settings
from tests.cold_start.pupil import KEYS, Fickle, Pupil
from tests.cold_start.test_chat_teacher import make, stop_at

ROOT = Path(__file__).parents[2]
CONCURRENCY = 4
ASKED = (
    "chat.seed=1",
    f"chat.concurrency={CONCURRENCY}",
    "states=20",
    "validation_states=4",
    "max_turns=2",
    "window=2",
)
LIMIT_S = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Counter[str]]]:
    """The data set of a run that nobody interrupted, and how often it asked what."""
    with Fickle() as endpoint:
        folder, _ = make(endpoint, tmp_path_factory.mktemp("whole"), *ASKED)
        asked = Counter(endpoint.names)
    assert set(asked.values()) == {1}
    rejected = json.loads((folder / "counts.json").read_text())["rejected"]
    assert {"altered_perception", "malformed", "unreadable"} <= set(rejected), "not only right replies"
    yield folder, asked


def command(endpoint: Fickle, runs: Path) -> list[str]:
    given = ["experiment=made", f"runs_dir={runs}", f"chat.base_url={endpoint.url}", *KEYS, *ASKED]
    return [sys.executable, "-m", "easyr1.cold_start", "data", *given]


def kept(folder: Path) -> list[str]:
    """Names of the requests whose replies are on disk, in whole lines."""
    content = (folder / "replies.jsonl").read_bytes() if (folder / "replies.jsonl").exists() else b""
    replies = [json.loads(line)["reply"] for line in content.rpartition(b"\n")[0].splitlines() if is_whole(line)]
    return [re.findall(r"Request (\w+)\.", reply)[0] for reply in replies]


def is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def kill_after(count: int, endpoint: Fickle, runs: Path) -> bytes:
    """Start the command, and kill it when that many replies are on disk; the file of replies then."""
    with subprocess.Popen(command(endpoint, runs), cwd=ROOT, stdout=subprocess.DEVNULL) as run:
        try:
            end = time.monotonic() + LIMIT_S
            while len(kept(runs / "made")) < count and run.poll() is None and time.monotonic() < end:
                time.sleep(0.01)
        finally:
            run.kill()
    assert run.returncode == -signal.SIGKILL, "it was in the middle"
    return (runs / "made" / "replies.jsonl").read_bytes()


def is_like(folder: Path, other: Path) -> bool:
    """Whether two data sets have the same rows and, beside times, the same figures."""
    counts: list[dict[str, Any]] = [json.loads((one / "counts.json").read_text()) for one in (folder, other)]
    return rows(folder) == rows(other) and counts[0] == counts[1]


def test_kills_lose_and_repeat_nothing(tmp_path: Path, whole: tuple[Path, Counter[str]]) -> None:
    with Fickle(seconds=0.05) as endpoint:
        for count in (5, 15):
            before = kill_after(count, endpoint, tmp_path)
            recorded, num_asked = set(kept(tmp_path / "made")), len(endpoint.names)
            assert len(recorded) >= count and not (tmp_path / "made" / "counts.json").exists()
        endpoint.seconds = 0.0
        subprocess.run(command(endpoint, tmp_path), cwd=ROOT, check=True, timeout=LIMIT_S, capture_output=True)
        assert not recorded & set(endpoint.names[num_asked:])
        asked = Counter(endpoint.names)
    after = (tmp_path / "made" / "replies.jsonl").read_bytes()
    assert after.startswith(before) and Counter(kept(tmp_path / "made")) == whole[1] == Counter(set(asked))
    # What was under way at a kill is asked for again, and nothing else.
    assert sum(asked.values()) - len(asked) <= 2 * CONCURRENCY
    assert is_like(tmp_path / "made", whole[0])


@pytest.mark.parametrize(
    ("cut", "num_asked"),
    [
        (lambda line: line[:-1], 0),
        (lambda line: line[:-2], 1),
        (lambda line: line[: len(line) // 2], 1),
        (lambda line: line[:1], 1),
        (lambda line: b"\xff\x00" * 9, 1),
        (lambda line: b'{"to": "x", "reply": "y", "usage": {"prompt": 1}}\n', 1),
    ],
)
def test_a_broken_last_line_costs_its_own_reply_alone(
    cut: Callable[[bytes], bytes], num_asked: int, tmp_path: Path, whole: tuple[Path, Counter[str]]
) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    shutil.copy(whole[0] / "config.json", folder)
    *lines, last = (whole[0] / "replies.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "replies.jsonl").write_bytes(b"".join([*lines, cut(last)]))
    with Fickle() as endpoint:
        make(endpoint, tmp_path, *ASKED)
        assert endpoint.names == re.findall(r"Request (\w+)\.", last.decode()) * num_asked
        assert is_like(folder, whole[0])
        shutil.rmtree(folder / "data")
        make(endpoint, tmp_path, *ASKED)
        assert len(endpoint.names) == num_asked, "the line after the broken one can be read"


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_full_disk_ends_in_one_line_and_loses_nothing(
    share: float, tmp_path: Path, whole: tuple[Path, Counter[str]]
) -> None:
    size = (whole[0] / "replies.jsonl").stat().st_size
    (data_file,) = whole[0].glob("data/train-*")
    assert data_file.stat().st_size > size, "with room for all replies there is none for the rows"
    limit = int(share * size)
    with Fickle() as endpoint:
        run = subprocess.run(
            command(endpoint, tmp_path),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )
        assert run.returncode == 2 and re.fullmatch(
            r"error: runs_dir: \S+: File too large; the same command goes on from what is there\n", run.stderr
        )
        assert re.search(r"^\d+ replies took ", run.stdout, re.MULTILINE), "costs are told all the same"
        recorded, num_asked = set(kept(tmp_path / "made")), len(endpoint.names)
        assert num_asked - CONCURRENCY <= len(recorded) <= num_asked and recorded
        make(endpoint, tmp_path, *ASKED)
        assert not recorded & set(endpoint.names[num_asked:])
    assert is_like(tmp_path / "made", whole[0]) and not list(tmp_path.glob("**/*.tmp"))


def refused(capsys: pytest.CaptureFixture[str], endpoint: Fickle, runs: Path) -> str:
    """What the command says on standard error when it cannot write."""
    assert main(command(endpoint, runs)[3:]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and not endpoint.names, "nothing is asked that could not be kept"
    return error


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    replies = tmp_path / "made" / "replies.jsonl"
    with Fickle() as endpoint:
        assert refused(capsys, endpoint, tmp_path / "file").startswith(f"error: runs_dir: {tmp_path}/file")
        make(endpoint, tmp_path, *ASKED)
        endpoint.names.clear()
        shutil.rmtree(tmp_path / "made" / "data")
        replies.unlink()
        replies.mkdir()
        assert refused(capsys, endpoint, tmp_path).startswith(f"error: runs_dir: {replies}: Is a directory; ")


def test_a_kill_at_the_very_start_leaves_a_folder_that_can_be_used(tmp_path: Path) -> None:
    draft = tmp_path / "made" / "config.json.77.tmp"
    draft.parent.mkdir()
    draft.write_text('{"teach')
    assert len(rows(make_with_solver(tmp_path, "game=shisensho_small", "validation_states=0")[0])) == 6
    assert not draft.exists()


def test_a_bound_on_costs_counts_no_reply_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ("chat.price_in=10", "chat.price_out=100", "states=24")  # a reply costs 0.02
    with Pupil() as endpoint:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            stop_at(20, patch)
            make(endpoint, tmp_path, *keys)
        with pytest.raises(ConfigError, match=r"^max_cost: 0.3 given; 0.40 is spent already$"):
            make(endpoint, tmp_path, *keys, "max_cost=0.3")
        assert len(endpoint.told) == 20
        folder, said = make(endpoint, tmp_path, *keys, "max_cost=0.6")
    assert said[0].startswith("24 examples to ask for (20 replies are there, and none of them is asked for again): if ")
    assert len(rows(folder)) == 24


def test_a_state_that_was_cut_off_may_come_again(tmp_path: Path) -> None:
    """An example beyond the number asked for is not kept, so it must not count as one that is there."""
    asked = settings(tmp_path, "game=shisensho_small", "max_turns=2", "states=1", "validation_states=1")
    ((name, game),) = asked.games.items()
    first = cold_start_level(game.id, game.knobs, 0, "train", 0)
    both = SolverPlayer(asked.episodes, "solver")(first)

    async def play(levels: Sequence[Level]) -> list[list[Outcome]]:
        return [both if level == first else both[1:] for level in levels]

    with DataProgress(2) as progress:
        filler = Filler(asked, ShardStore(asked.folder), Pace(1, 1, 3), play, progress)
        assert asyncio.run(filler.fill(name)) is None
    assert [row["state"] for row in rows(asked.folder)] == [one.state for one in both]  # type: ignore[union-attr]

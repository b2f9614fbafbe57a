"""A data set: its rows, figures, card and sheet; stopped and taken up again."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from easyr1.cold_start import data, fill, shards
from easyr1.cold_start.data import make_data
from easyr1.cold_start.episodes import EpisodeSettings
from easyr1.cold_start.examples import REASONS
from easyr1.cold_start.levels import COLD_START_BIT, cold_start_level
from easyr1.cold_start.shards import Shard, ShardStore
from easyr1.data.levels import VALIDATION_BIT
from easyr1.errors import ConfigError
from games import ChatEnv, Level
from games.core.tags import parse_reply
from games.core.types import ReplyStatus
from tests.cold_start.make import make, rows, settings

ONE_FACE = {"num_faces": 1, "copies": 8, "colours": 1, "shapes": 1}
FEW_BOARDS = tuple(
    f"game.games.{game}.knobs.{knob}={value}" for game in ("classic", "ice") for knob, value in ONE_FACE.items()
)
EPISODES = ("max_turns=3", "window=2", "states=20", "random_share=0.5", *FEW_BOARDS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two games, three turns an episode, a window of two."""
    return make(tmp_path_factory.mktemp("runs"), *EPISODES)[0]


def test_every_row_is_a_good_reply_to_its_level(made: Path) -> None:
    found = rows(made)
    for row in found:
        level = Level.from_dict(json.loads(row["level"]))
        env = ChatEnv.from_level(level)
        state = env.open(level.seed)
        reply = row["messages"][-1]
        assert [one["role"] for one in row["messages"]] == ["user", "assistant"] * (len(row["messages"]) // 2)
        assert parse_reply(reply["content"]).is_well_formed and f"<answer>{row['action']}</answer>" in reply["content"]
        assert parse_reply(reply["content"]).perception == row["truth"]
        assert row["messages"][0]["content"] == f"<image>{env.prompt}"
        pictures = [Image.open(io.BytesIO(one["bytes"])) for one in row["images"]]
        assert sum(one["content"].count("<image>") for one in row["messages"]) == len(pictures)
        assert {picture.size[::-1] for picture in pictures} == {env.game.image_size}
        if row["turn"] == 0:
            result = env.turn(level.seed, state, 0, reply["content"])
            assert result.status is ReplyStatus.LEGAL and result.perception.exact
            assert (pictures[0].tobytes(), row["truth"]) == (env.observe(state).image.tobytes(), env.game.text(state))
    assert {len(row["images"]) for row in found} == {1, 2} and {row["turn"] for row in found} == {0, 1, 2}


def test_a_search_is_told_to_its_end_and_where_there_is_none_the_solver_plays(tmp_path: Path) -> None:
    folder, _ = make(tmp_path, "teacher=search", "game=swap_small", "vlm=tiny")
    for row in rows(folder):
        level = Level.from_dict(json.loads(row["level"]))
        env = ChatEnv.from_level(level)
        found = env.game.search(env.open(level.seed))
        reply = parse_reply(row["messages"][-1]["content"])
        assert row["action"] == env.game.format(found.action)
        assert 1 + len(found.steps) == len(re.findall(r"[.](?: |$)", reply.thinking))
    assert "told step by step" in (folder / "README.md").read_text()

    taught = {
        teacher: rows(make(tmp_path, f"teacher={teacher}", f"experiment={teacher}")[0])
        for teacher in ("search", "solver")
    }
    assert taught["search"] == taught["solver"]


def test_later_turns_show_the_reply_that_led_there(made: Path) -> None:
    for row in rows(made):
        if len(row["images"]) == 2:
            level = Level.from_dict(json.loads(row["level"]))
            env = ChatEnv.from_level(level)
            past = row["messages"][1]["content"]
            state = env.open(level.seed)
            if row["turn"] == 1:
                step = env.turn(level.seed, state, 0, past)
                assert env.game.text(step.state) == row["truth"]
                assert (step.status is ReplyStatus.LEGAL) == (row["messages"][2]["content"] == "<image>")


def test_no_state_comes_twice_and_counts_say_what_was_left_out(made: Path) -> None:
    counts = json.loads((made / "counts.json").read_text())
    assert counts["kept"] == {"train": 40, "validation": 4}
    assert set(counts["rejected"]) <= set(REASONS) and counts["rejected"]["duplicate"] > 0
    for game in ("classic", "ice"):
        found = [row for row in rows(made) if row["game"] == game]
        assert len({row["state"] for row in found}) == len(found) == 22
        assert counts["games"][game]["train"]["kept"] == 20
    assert counts["lengths"]["reply_chars"]["max"] == max(len(row["messages"][-1]["content"]) for row in rows(made))


def test_levels_are_nobody_elses(made: Path) -> None:
    for split in ("train", "validation"):
        seeds = {json.loads(row["level"])["seed"] for row in rows(made, split)}
        assert all(seed & COLD_START_BIT and bool(seed & VALIDATION_BIT) == (split == "validation") for seed in seeds)
    level = cold_start_level("g", {}, 0, "train", 3)
    assert level == cold_start_level("g", {}, 0, "train", 3)
    assert len({cold_start_level("g", {}, seed, "train", i).seed for seed in range(9) for i in range(9)}) == 81


def test_examples_may_go_further_into_a_game_than_training(made: Path) -> None:
    levels = [Level.from_dict(json.loads(row["level"])) for row in rows(made)]
    assert {level.knobs["spread_moves"] for level in levels} == {3}
    boards = [(row["truth"].count("empty"), row["turn"]) for row in rows(made)]
    assert {empty for empty, turn in boards if turn == 0} == {0, 2, 4, 6}


def test_card_names_features_splits_and_counts(made: Path) -> None:
    text = (made / "README.md").read_text()
    header = yaml.safe_load(text.split("---\n")[1])
    for info, num_games in zip(header["dataset_info"], (2, 1, 1), strict=True):
        assert [one["name"] for one in info["features"]] == shards.SCHEMA.names
        assert {one["name"]: one["num_examples"] for one in info["splits"]} == {
            "train": 20 * num_games,
            "validation": 2 * num_games,
        }
    assert [one["config_name"] for one in header["configs"]] == ["default", "classic", "ice"]
    for one in header["configs"]:
        assert all(list(made.glob(files["path"])) for files in one["data_files"])
    assert header["license"] == "apache-2.0" and "games/ShisenSho-v0" in text and "duplicate" in text
    assert "python -m easyr1.cold_start data game=looks_small" in text


def test_the_hub_library_reads_it(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    from datasets import load_dataset

    found = load_dataset(str(made), "ice", cache_dir=str(tmp_path))
    assert found["train"].num_rows == 20 and found["validation"].num_rows == 2
    assert found["train"][0]["images"][0].size == (112, 56)
    assert found["train"][0]["messages"][-1]["role"] == "assistant"


def test_sheet_shows_samples_of_each_game(made: Path) -> None:
    with Image.open(made / "samples.png") as sheet:
        assert sheet.width > 1000 and sheet.height > 6 * 280


def test_the_same_rows_from_processes(made: Path, tmp_path: Path) -> None:
    again, _ = make(tmp_path, *EPISODES, "workers=2")
    assert rows(again) == rows(made)


@pytest.mark.parametrize("stop_at", [1, 2, 3])
def test_a_stopped_run_goes_on_where_it_was(
    stop_at: int, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "ROWS", 8)
    written: list[str] = []
    write = ShardStore.write

    def stopping(store: ShardStore, shard: Shard) -> None:
        written.append(shard.name)
        if len(written) == stop_at:
            (store.folder / "data").mkdir(exist_ok=True)
            (store.folder / f"{shard.name}.7.tmp").write_bytes(b"half")
            raise KeyboardInterrupt
        write(store, shard)

    monkeypatch.setattr(ShardStore, "write", stopping)
    with pytest.raises(KeyboardInterrupt):
        make_data(settings(tmp_path, *EPISODES))
    folder, _ = make(tmp_path, *EPISODES)
    assert len(set(written)) == len(written) - 1, "only the file that was being written is written again"
    whole, _ = make(tmp_path / "whole", *EPISODES)
    assert rows(folder) == rows(whole) and not list(folder.glob("data/*.tmp"))
    assert json.loads((folder / "counts.json").read_text()) == json.loads((whole / "counts.json").read_text())
    assert {row["state"] for row in rows(folder)} == {row["state"] for row in rows(made)}


def test_a_finished_run_is_left_alone_and_can_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = make(tmp_path)
    before = rows(folder)
    files = {path: path.stat().st_mtime_ns for path in folder.glob("data/*")}
    make(tmp_path, "workers=2")
    assert files == {path: path.stat().st_mtime_ns for path in folder.glob("data/*")}
    make(tmp_path, "states=9")
    after = rows(folder)
    assert [row for row in after if row in before] == before and len(after) == len(before) + 6


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (("seed=1",), r"seed: 1 given, and \S+ was made with 0; choose another experiment"),
        (("game.games.ice.knobs.theme=night",), r"game.games.ice.knobs.theme: night given, .* was made with ice;"),
        (("~game.games.ice",), r"game.games.ice.id: nothing given, "),
        (("max_turns=2",), r"max_turns: 2 given, "),
        (("states=5",), r"states: 5 given, and \S+ holds 6 of classic already"),
        (("validation_states=1",), r"validation_states: 1 given, and \S+ holds 2 of classic already"),
    ],
)
def test_another_data_set_in_the_folder_is_refused(tmp_path: Path, keys: tuple[str, ...], message: str) -> None:
    make(tmp_path)
    with pytest.raises(ConfigError, match=f"^{message}") as raised:
        make(tmp_path, *keys)
    assert "\n" not in str(raised.value)


def test_weights_do_not_count(tmp_path: Path) -> None:
    make(tmp_path)
    make(tmp_path, "game.games.ice.weight=3")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"^experiment: .* holds something else"):
        make(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    folder, _ = make(tmp_path)
    (folder / "data" / "train-ice-00000.parquet").write_bytes(b"no parquet")
    with pytest.raises(ConfigError, match=r"^experiment: \S+train-ice-00000.parquet cannot be read"):
        make(tmp_path)


def test_a_game_that_has_no_more_states_ends_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "SOLVER_GIVES_UP", 30)
    tiny = ("game=shisensho_small", *(f"game.knobs.{one}" for one in ("columns=2", "num_faces=1")))
    tiny += ("game.example_knobs.spread_moves=0", "game.knobs.colours=1", "game.knobs.shapes=1")
    folder, said = make(tmp_path, *tiny, "validation_states=0", status=1)
    assert len(rows(folder)) == 1
    assert said[0].endswith("ShisenSho-v0: 1 of 6 examples (train); the next 30 levels gave none: duplicate")
    assert make(tmp_path, *tiny, "validation_states=0", status=1)[1] == said


@pytest.mark.parametrize(("limit", "reason"), [("max_prompt_length=20", "prompt"), ("max_response_length=40", "reply")])
@pytest.mark.engine
@pytest.mark.filterwarnings("ignore")
def test_what_is_too_long_is_left_out(limit: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setattr(data, "SOLVER_GIVES_UP", 8)
    model = Path(__file__).parents[2] / "easyr1" / "tiny" / "checkpoint"
    _, said = make(tmp_path, f"model={model}", limit, "states=2", status=1)
    assert re.search(f"gave none: {reason}_too_long", said[0])


def test_a_game_with_a_bug_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from games.shisensho.game import ShisenSho

    solve = ShisenSho.solve

    def failing(self: Any, state: Any) -> Any:
        if state.cells.count(0) >= 4:
            raise RuntimeError("a bug")
        return solve(self, state)

    monkeypatch.setattr(ShisenSho, "solve", failing)
    folder, _ = make(tmp_path)
    assert json.loads((folder / "counts.json").read_text())["rejected"]["game_failed"] > 0


def test_settings_of_episodes_have_the_defaults_of_the_recipe() -> None:
    assert settings(Path("runs"), "game=swap").episodes == EpisodeSettings()

"""Several games in one run: composed from the files of single games, and each checked as if it were alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from easyr1.config.compose import compose_recipe, resolved
from easyr1.config.schema import MixedGameKeys, run_keys
from easyr1.config.validate import check_config
from easyr1.data.mixture import LevelMixture
from easyr1.errors import ConfigError
from tests.config.conftest import RECIPE, TINY, findings

CLASSIC, ICE = "game.games.classic", "game.games.ice"


def compose(*overrides: str, game: str = "looks_small") -> Any:
    return compose_recipe(RECIPE, [*TINY, f"game={game}", *overrides])


def refused(*overrides: str) -> str:
    """Why a command line is not played, composed or not."""
    try:
        return findings(compose(*overrides))
    except ConfigError as error:
        return str(error)


def test_a_mixture_repeats_nothing_of_its_games() -> None:
    games = OmegaConf.to_container(compose(game="mixture").game.games)
    assert list(games) == ["shisensho", "shisensho_cifar10", "swap", "twenty_forty_eight"]
    for name, keys in games.items():
        assert keys.pop("weight") == 1.0
        assert keys == OmegaConf.to_container(compose(game=name).game)


def test_the_command_line_changes_one_game() -> None:
    keys = run_keys(compose(f"{CLASSIC}.weight=2", f"{CLASSIC}.knobs.spread_moves=1", f"{CLASSIC}.knobs.solvable=true"))
    classic, ice = keys.games[CLASSIC], keys.games[ICE]
    assert isinstance(classic, MixedGameKeys) and classic.weight == 2.0
    assert classic.knobs["spread_moves"] == 1 and classic.knobs["solvable"] is True
    assert ice.knobs["spread_moves"] == 2 and "solvable" not in ice.knobs


def test_the_command_line_takes_games_away_and_adds_others() -> None:
    sokoban = "+game.games.boxes={id: games/Sokoban-v0, knobs: {boxes: 1}, validation_levels: 7}"
    config = compose("~game.games.classic", sokoban, "game.games.boxes.weight=3")
    assert list(run_keys(config).games) == [ICE, "game.games.boxes"]
    assert config.game.games.boxes.weight == 3
    assert config.data.level_stream.num_levels.validation == 256 + 7


def test_the_dataset_is_told_all() -> None:
    stream = resolved(compose(f"{CLASSIC}.validation_levels=3", "seed=5"))["data"]["level_stream"]
    assert stream["num_levels"]["validation"] == 259 and stream["seed"] == 5
    levels = LevelMixture.from_settings(stream["game"], stream["seed"], "validation")
    assert [levels.name(index) for index in (0, 2, 3, 258)] == ["classic", "classic", "ice", "ice"]


def test_one_game_is_one_entry() -> None:
    config = compose(game="shisensho_small")
    assert {key: game.id for key, game in run_keys(config).games.items()} == {"game": "games/ShisenSho-v0"}
    assert config.data.level_stream.num_levels.validation == 256


@pytest.mark.engine
def test_a_mixture_for_the_tiny_model_is_accepted(tmp_path: Path) -> None:
    assert list(check_config(compose(f"runs_dir={tmp_path}")).games) == [CLASSIC, ICE]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (f"{ICE}.wight=2", f"{ICE}.wight: no such key; did you mean {ICE}.weight?"),
        ("game.game.ice.weight=2", f"game.game.ice.weight: no such key; did you mean {ICE}.weight?"),
        ("game.games.icee.weight=2", f"game.games.icee: no such game in the mixture; did you mean {ICE}?"),
        ("game.games.icee.knobs.rows=2", f"game.games.icee: no such game in the mixture; did you mean {ICE}?"),
        ("game.games.xyz.knobs.rows=2", "game.games.xyz.id: no value; give one by game.games.xyz.id=..."),
        ("~game.games.icee", f"~game.games.icee: no such key; did you mean {ICE}?"),
        (f"+{ICE}.wight=2", f"{ICE}.wight: no such key; did you mean {ICE}.weight?"),
        (f"{ICE}.weight=0", f"{ICE}.weight: 0 given; it must be a number above 0"),
        (f"{ICE}.weight=nan", f"{ICE}.weight: nan given; it must be a number above 0"),
        (f"{ICE}.weight=much", f"{ICE}.weight: 'much' given; it must be a number"),
        (f"{ICE}.weight=null", f"{ICE}.weight: null given; it must be a value, not null"),
        (f"{ICE}.validation_levels=0", f"{ICE}.validation_levels: 0 given; it must be a whole number, 1 or more"),
        (f"{ICE}.knobs=3", f"{ICE}.knobs: 3 given; it must be a group of keys"),
        (f"{ICE}=3", f"{ICE}: 3 given; it must be a group of keys"),
        ("game.games=null", "game.games: null given; it must be a value, not null"),
        ("game.games=3", "game.games: 3 given; it must be a group of keys"),
        ("game.id=games/Swap-v0", "game.id: no such key; did you mean game?"),
        (
            f"{ICE}.id=games/ShisenShoo-v0",
            f"{ICE}.id: unknown game 'games/ShisenShoo-v0': did you mean 'games/ShisenSho-v0'?",
        ),
        (f"{ICE}.knobs.rowz=3", f"{ICE}.knobs.rowz: games/ShisenSho-v0 has no such knob; did you mean 'rows'?"),
        (f"{ICE}.knobs.rows=x", f"{ICE}.knobs.rows: rows must be a whole number from 1 to 16, got 'x'"),
        (
            f"{ICE}.knobs.tile_px=30",
            f"{ICE}.knobs.tile_px or {ICE}.knobs.image_px: the image has 60 x 120 px, and sides that are no "
            "multiples of vlm.cell_px=28 would be resampled and blurred; the nearest are 56 x 112",
        ),
        (
            "+game.games.a-b={id: games/Swap-v0, validation_levels: 1}",
            "game.games.a-b: 'a-b' given; a name must be of letters, digits and underscores",
        ),
    ],
)
def test_a_mixture_that_cannot_be_played(override: str, message: str) -> None:
    assert refused(override) == message


def test_a_mixture_of_nothing() -> None:
    assert refused("~game.games.classic", "~game.games.ice") == "game.games: none given; a mixture has one game or more"


def test_games_beside_one_game() -> None:
    with pytest.raises(ConfigError, match=r"^game\.games: given beside the keys of one game; .* by game=mixture$"):
        run_keys(compose("game.games.a.weight=2", game="shisensho_small"))


def test_every_game_has_its_own_findings() -> None:
    lines = refused(f"{CLASSIC}.knobs.tile_px=30", f"{ICE}.knobs.rowz=3").split("\nerror: ")
    assert [line.partition(":")[0] for line in lines] == [
        f"{CLASSIC}.knobs.tile_px or {CLASSIC}.knobs.image_px",
        f"{ICE}.knobs.rowz",
    ]


@pytest.mark.engine
def test_prompts_and_replies_must_fit_for_every_game() -> None:
    """The tiny vocabulary spells out what another game says."""
    mines = "+game.games.mines={id: games/Minesweeper-v0, knobs: {rows: 3, columns: 3, mines: 1, tile_px: 28}, "
    (line,) = refused(f"{mines}validation_levels: 1}}").split("\nerror: ")
    assert line.startswith("data.max_prompt_length: 192 given; the prompt of game.games.mines has ")
    assert line.endswith(" tokens, 9 of them for the image of 84 x 84 px")
    lines = refused("data.max_prompt_length=20", "data.max_response_length=10").split("\nerror: ")
    assert [line.partition(" has ")[0] for line in lines] == [
        f"data.max_{what}_length: {limit} given; {noun} of {key}"
        for key in (CLASSIC, ICE)
        for what, limit, noun in (("prompt", 20, "the prompt"), ("response", 10, "a right reply"))
    ]


class TestResume:
    """A folder of a run of one step, to go on from."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "runs" / "mine"
        (folder / "checkpoints" / "global_step_1").mkdir(parents=True)
        (folder / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("1")
        (folder / "config.yaml").write_text(OmegaConf.to_yaml(compose(), resolve=True))
        return folder

    @pytest.mark.parametrize(
        ("override", "start"),
        [
            (f"{CLASSIC}.weight=2", f"{CLASSIC}.weight: 2 given, and the run in "),
            (f"{CLASSIC}.knobs.spread_moves=1", f"{CLASSIC}.knobs.spread_moves: 1 given, and the run in "),
            ("~game.games.classic", f"{CLASSIC}: None given, and the run in "),
        ],
    )
    def test_other_levels(self, folder: Path, override: str, start: str) -> None:
        message = refused(f"runs_dir={folder.parent}", "experiment=mine", override)
        assert message.startswith(start) and message.endswith("choose another experiment") and "\n" not in message

    def test_one_game_in_the_folder_of_a_mixture(self, folder: Path) -> None:
        overrides = [f"runs_dir={folder.parent}", "experiment=mine"]
        message = findings(compose(*overrides, game="shisensho_small"))
        assert message.startswith(f"game: one game given, and the run in {folder} has a mixture; ")

    @pytest.mark.engine
    def test_more_validation_is_the_same_run(self, folder: Path) -> None:
        check_config(compose(f"runs_dir={folder.parent}", "experiment=mine", f"{CLASSIC}.validation_levels=3"))

    @pytest.mark.engine
    def test_other_examples_are_no_other_levels(self, folder: Path) -> None:
        override = f"{CLASSIC}.example_knobs.spread_moves=1"
        check_config(compose(f"runs_dir={folder.parent}", "experiment=mine", override))


def test_example_knobs_are_checked_and_no_matter_of_training() -> None:
    games = OmegaConf.to_container(compose(game="shisensho_small").game)
    assert isinstance(games, dict) and games["example_knobs"] == {"spread_moves": 3}
    (game,) = LevelMixture.from_settings(games, 1, "train").games.values()
    assert game.knobs_of("train")["spread_moves"] == game.knobs_of("validation")["spread_moves"] == 2
    message = refused(f"+{CLASSIC}.example_knobs.theme=dusk")
    assert f"{CLASSIC}.example_knobs.theme: theme must be one of classic" in message


def test_validation_knobs_are_checked_and_played() -> None:
    photos = (
        "{id: games/ShisenShoCifar10-v0, knobs: {tile_px: 28}, validation_levels: 1, validation_knobs: {split: test}}"
    )
    config = compose(f"+game.games.photos={photos}")
    levels = [
        LevelMixture.from_settings(OmegaConf.to_container(config.game), 1, split) for split in ("train", "validation")
    ]
    assert [dict(mixture.games["photos"].knobs_of(mixture.split)).get("split") for mixture in levels] == [None, "test"]
    message = refused(f"+{CLASSIC}.validation_knobs.theme=dusk")
    assert f"{CLASSIC}.validation_knobs.theme: theme must be one of classic" in message
    message = refused(f"+{CLASSIC}.validation_knobs.themes=dusk")
    assert f"{CLASSIC}.validation_knobs.themes: games/ShisenSho-v0 has no such knob" in message
    message = refused(f"+{CLASSIC}.validation_knobs.tile_px=30")
    assert f"{CLASSIC}.validation_knobs.tile_px" in message and "60 x 120 px" in message

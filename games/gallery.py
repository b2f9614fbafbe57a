"""Pages about the games, made from what the code says: `python -m games.gallery --out examples/gallery`.

Each page shows a game's docstring, openings, looks, prompt and ladder. The ladder's figures are read from scores.json
in the same folder; `--scores` plays the ladders anew, which takes minutes.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from games.board.game import BoardGame
from games.core.chat import ChatEnv
from games.drawing.palette import THEMES
from games.errors import GamesError
from games.ladder import DEFAULT_RUNG, PLAYERS, Score, rungs, score_all
from games.registration import game_class, game_ids, make_game

HEADINGS = ("Rules", "Observation", "Actions", "Reward", "End", "Knobs", "Solver", "Version")
LOOKS: tuple[dict[str, Any], ...] = (
    *({"theme": theme} for theme in THEMES),
    {"texture": "checks"},
    {"noise": 40},
    {"distractors": 3},
    {"rotation": True},
    {"axes": True},
)
THUMB_PX = 280
MAX_FRAMES = 24
NUM_TONES = 255
SCORES = "scores.json"
_LADDERS = """\
Every board game has the rungs easy, medium, hard and expert: `make_game(id, rung="hard")`, or `game.knobs.rung=hard`
in a recipe; a knob given beside the rung overrides it. The pages give the mean total reward of an episode with its 95%
interval, for actions drawn from all that can be written, for actions drawn from the legal ones, and for the solver:
{protocol}. An illegal action is a turn without effect."""


def sections(text: str) -> dict[str, str]:
    """A docstring by its headings, such as `Rules:`; what stands before the first one is under the empty heading."""
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for line in inspect.cleandoc(text).splitlines():
        if re.fullmatch(r"[A-Z][a-z]+:", line):
            heading = line[:-1]
            found[heading] = []
        else:
            found[heading].append(line)
    return {name: inspect.cleandoc("\n".join(lines)).strip() for name, lines in found.items()}


def knob_list(text: str) -> str:
    """`name, name: meaning` entries, each with its continuation lines, as a Markdown list."""
    entries = re.split(r"\n(?=\S)", text)
    lines = []
    for entry in entries:
        names, colon, meaning = entry.partition(":")
        words = " ".join(meaning.split())
        is_named = colon and re.fullmatch(r"\w+(, \w+)*", names)
        lines.append(f"- `{names}`: {words}" if is_named else " ".join(entry.split()))
    return "\n".join(lines)


def slug(game_id: str) -> str:
    """`games/ShisenSho-v0` as the name of a page."""
    return game_id.rpartition("/")[2].lower()


def thumb(pixels: Any) -> Image.Image:
    """A picture of at most THUMB_PX a side."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((THUMB_PX, THUMB_PX), Image.Resampling.LANCZOS)
    return picture


def save(picture: Image.Image, path: Path) -> None:
    """A picture as a small PNG of NUM_TONES tones."""
    _in_tones(picture).save(path, optimize=True)


def _in_tones(picture: Image.Image) -> Image.Image:
    return picture.quantize(NUM_TONES, dither=Image.Dither.NONE)


def save_film(game_id: str, path: Path) -> int:
    """An episode of the solver as an animated GIF; returns the number of frames."""
    env = ChatEnv(make_game(game_id))
    state = env.open(0)
    frames = [thumb(env.game.image(state))]
    for turn in range(MAX_FRAMES - 1):
        action = env.game.solve(state)
        if action is None:
            break
        state = env.play(0, state, turn, action).state
        frames.append(thumb(env.game.image(state)))
    paletted = [_in_tones(frame) for frame in frames]
    paletted[0].save(path, save_all=True, append_images=paletted[1:], duration=400, loop=0, optimize=True)
    return len(frames)


def save_looks(game_id: str, path: Path) -> bool:
    """One opening in many looks, side by side; False for a game whose look has no knobs."""
    if not issubclass(game_class(game_id), BoardGame):
        return False
    tiles = []
    for look in LOOKS:
        try:
            env = ChatEnv(make_game(game_id, **look))
        except GamesError:
            continue
        picture = Image.new("RGB", (THUMB_PX // 2 + 8, THUMB_PX // 2 + 8), (255, 255, 255))
        small = thumb(env.game.image(env.open(0)))
        small.thumbnail((THUMB_PX // 2, THUMB_PX // 2), Image.Resampling.LANCZOS)
        picture.paste(small, (4, 4))
        tiles.append(np.asarray(picture))
    while len(tiles) % 4:
        tiles.append(np.full_like(tiles[0], 255))
    rows = [np.concatenate(tiles[start : start + 4], axis=1) for start in range(0, len(tiles), 4)]
    save(Image.fromarray(np.concatenate(rows)), path)
    return True


def ladder_table(game_id: str, scores: Sequence[Score]) -> str:
    """The rungs of a game, their knobs, and what each player scores there."""
    by_key = {(score.rung, score.player): score for score in scores if score.game == game_id}
    lines = [
        f"| rung | knobs | {' | '.join(PLAYERS)} | turns of the solver |",
        f"|---|---|{'---|' * len(PLAYERS)}---|",
    ]
    for rung, knobs in rungs(game_id).items():
        cells = []
        for player in PLAYERS:
            score = by_key.get((rung, player))
            cells.append(f"{score.mean:.2f} \u00b1 {1.96 * score.error:.2f}" if score else "")
        solver = by_key.get((rung, "solver"))
        turns = f"{solver.turns:.0f}, {solver.ended:.0%} ended" if solver else ""
        given = ", ".join(f"{name}={json.dumps(value)}" for name, value in knobs.items())
        lines.append(f"| {rung} | {given} | {' | '.join(cells)} | {turns} |")
    return "\n".join(lines)


def page(game_id: str, folder: Path, scores: Sequence[Score]) -> str:
    """The page of one game; its pictures are saved beside it."""
    name = slug(game_id)
    said = sections(inspect.getdoc(game_class(game_id)) or "")
    env = ChatEnv(make_game(game_id))
    save(thumb(env.game.image(env.open(0))), folder / f"{name}.png")
    save_film(game_id, folder / f"{name}.gif")
    lines = [f"# {game_id}", said[""], f"![an opening]({name}.png) ![an episode of the solver]({name}.gif)"]
    for heading in HEADINGS:
        if heading in said:
            lines += [f"## {heading}", knob_list(said[heading]) if heading == "Knobs" else said[heading]]
    if issubclass(game_class(game_id), BoardGame):
        lines.append("The knobs of every board stand in [the list of games](README.md#common-knobs).")
    lines += ["## Ladder", ladder_table(game_id, scores), _rung_pictures(game_id, folder)]
    if save_looks(game_id, folder / f"{name}_looks.png"):
        lines += ["## Looks", f"![one board in many looks]({name}_looks.png)"]
    lines += ["## Prompt", f"```\n{env.prompt}\n```", "## Play it", f"```bash\npython -m games.play {game_id}\n```"]
    return "\n\n".join(filter(None, lines)) + "\n"


def _rung_pictures(game_id: str, folder: Path) -> str:
    links = []
    for rung in rungs(game_id):
        if rung == DEFAULT_RUNG:
            continue
        env = ChatEnv(make_game(game_id, rung=rung))
        path = folder / f"{slug(game_id)}_{rung}.png"
        save(thumb(env.game.image(env.open(0))), path)
        links.append(f"![{rung}]({path.name})")
    return " ".join(links)


def index(ids: Sequence[str], scores: Sequence[Score]) -> str:
    """The list of games, with the knobs that all boards share."""
    rows = ["| | |", "|---|---|"]
    for game_id in ids:
        said = sections(inspect.getdoc(game_class(game_id)) or "")
        name = slug(game_id)
        summary = " ".join(said[""].split())
        rows.append(f'| <img src="{name}.png" width="140"> | [{game_id}]({name}.md)<br>{summary} |')
    how = {(score.episodes, score.max_turns) for score in scores}
    protocol = " and ".join(f"{episodes} levels, at most {turns} turns each" for episodes, turns in sorted(how))
    parts = [
        "# The games",
        "Made by `python -m games.gallery` from the docstrings.",
        "\n".join(rows),
        "## Common knobs",
        knob_list(sections(inspect.getdoc(BoardGame) or "")["Knobs"]),
        "## Ladders",
        _LADDERS.format(protocol=protocol or "not measured yet"),
    ]
    return "\n\n".join(parts) + "\n"


def read_scores(path: Path) -> list[Score]:
    """The scores of an earlier run, none where there is no file. Raises GamesError for another file."""
    if not path.exists():
        return []
    try:
        rows: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return [Score(**row) for row in rows]
    except (ValueError, TypeError) as error:
        raise GamesError(f"{path} does not hold scores ({error}); make it anew with --scores") from error


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 2 when the arguments cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m games.gallery", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("ids", nargs="*", help="game ids; default: all")
    parser.add_argument("--out", type=Path, default=Path("gallery"), help="folder of the pages (default %(default)s)")
    parser.add_argument("--scores", action="store_true", help="play the ladders of these games anew")
    parser.add_argument("--episodes", type=int, default=50, help="levels a rung (default %(default)s)")
    parser.add_argument("--turns", type=int, default=200, help="at most, an episode (default %(default)s)")
    options = parser.parse_args(arguments)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    try:
        ids = options.ids or game_ids()
        scores = read_scores(folder / SCORES)
        if options.scores:
            kept = [score for score in scores if score.game not in ids]
            scores = sorted([*kept, *score_all(ids, options.episodes, options.turns)], key=lambda score: score.game)
            rows = ",\n".join(json.dumps(asdict(score)) for score in scores)
            (folder / SCORES).write_text(f"[\n{rows}\n]\n", encoding="utf-8")
        for game_id in ids:
            (folder / f"{slug(game_id)}.md").write_text(page(game_id, folder, scores), encoding="utf-8")
            print(folder / f"{slug(game_id)}.md")
        (folder / "README.md").write_text(index(game_ids(), scores), encoding="utf-8")
    except GamesError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

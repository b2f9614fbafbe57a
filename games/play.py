"""Play a game by hand in a terminal: `python -m games.play games/ShisenSho-v0 --rung easy`.

The picture of every turn is saved; where the terminal shows colours, a coarse one is printed too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from games.core.chat import ChatEnv
from games.core.types import Level, ReplyStatus
from games.errors import GamesError, KnobError
from games.registration import game_ids

HELP = "answer, or: hint (the solver's move), legal (all moves), text (the board in words), task, quit"
PREVIEW_COLUMNS = 64
Say = Callable[[str], None]


def parse_knobs(settings: Sequence[str]) -> dict[str, Any]:
    """`rows=4 theme=night image_px=[640,840]` as knobs; values are JSON, or else words. Raises KnobError."""
    knobs = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise KnobError(f"a knob is written name=value, got {setting!r}")
        try:
            knobs[name] = json.loads(value)
        except ValueError:
            knobs[name] = value
    return knobs


def preview(pixels: Any, num_columns: int = PREVIEW_COLUMNS) -> str:
    """An image, uint8 (H, W, 3), in coloured half blocks: two px a character, one over the other."""
    height = max(2, round(num_columns * pixels.shape[0] / pixels.shape[1])) // 2 * 2
    small = np.asarray(Image.fromarray(pixels).resize((num_columns, height), Image.Resampling.BOX)).tolist()
    lines = zip(small[::2], small[1::2], strict=True)
    return "\n".join("".join(map(_block, upper, lower)) + "\033[0m" for upper, lower in lines)


def _block(upper: list[int], lower: list[int]) -> str:
    above, below = (";".join(map(str, colour)) for colour in (upper, lower))
    return f"\033[38;2;{above}m\033[48;2;{below}m\u2580"


class Table:
    """An episode played by hand.

    Args:
        level: What is played.
        folder: Where turn_000.png, turn_001.png ... are saved.
        say: Where lines of text go.
        in_colour: Whether pictures are printed too.
        in_words: Whether the board is printed in words too, which makes it a game without pictures.
    """

    def __init__(self, level: Level, folder: Path, say: Say, in_colour: bool = False, in_words: bool = False) -> None:
        self.level, self.folder, self.say = level, folder, say
        self.in_colour, self.in_words = in_colour, in_words
        self.env = ChatEnv.from_level(level)
        self.state = self.env.open(level.seed)
        self.turn, self.score = 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended by the rules."""
        return self.env.game.is_terminal(self.state)

    def show(self) -> None:
        """Save the picture of the state, and print what was asked for."""
        seen = self.env.observe(self.state)
        path = self.folder / f"turn_{self.turn:03d}.png"
        Image.fromarray(seen.image).save(path)
        if self.in_colour:
            self.say(preview(seen.image))
        if self.in_words:
            self.say(seen.text)
        self.say(f"turn {self.turn}, score {self.score:g}, picture {path}")

    def answer(self, line: str) -> bool:
        """Take a line of the player's; False when they leave."""
        game, word = self.env.game, line.strip().lower()
        if word in ("quit", "exit", "q"):
            return False
        answers: dict[str, Callable[[], str]] = {
            "hint": lambda: game.format(game.solve(self.state)),
            "legal": lambda: "   ".join(map(game.format, game.legal_actions(self.state))),
            "text": lambda: game.text(self.state),
            "task": game.instructions,
            "help": lambda: HELP,
            "?": lambda: HELP,
        }
        if word in answers:
            self.say(answers[word]())
        elif word:
            self._play(line)
        return True

    def _play(self, line: str) -> None:
        game = self.env.game
        action = game.parse(line)
        if action is None:
            self.say(f"not an answer; the form is: {game.answer_form}")
            return
        step = self.env.play(self.level.seed, self.state, self.turn, action)
        self.turn += 1
        if not step.is_legal:
            self.say(f"{ReplyStatus.ILLEGAL.value}: {game.format(action)}")
            return
        self.state, self.score = step.state, self.score + step.reward
        self.say(f"{game.format(action)}: reward {step.reward:g}")
        self.show()


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m games.play", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("id", help="a game id; `python -m games.play list` prints them")
    parser.add_argument("knobs", nargs="*", metavar="knob=value", help="difficulty, such as rows=4 theme=night")
    parser.add_argument("--rung", help="easy, medium, hard or expert")
    parser.add_argument("--seed", type=int, default=0, help="of the level (default %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("boards"), help="folder of the pictures (default %(default)s)")
    parser.add_argument("--text", action="store_true", help="print the board in words at every turn")
    parser.add_argument("--no-preview", action="store_true", help="print no pictures")
    return parser.parse_intermixed_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 2 when the arguments cannot be used."""
    options = _arguments(arguments)
    if options.id == "list":
        print("\n".join(game_ids()))
        return 0
    game_id = options.id if "/" in options.id else f"games/{options.id}"
    knobs = {"rung": options.rung} if options.rung else {}
    try:
        knobs.update(parse_knobs(options.knobs))
        level = Level(game_id, knobs, options.seed)
        in_colour = sys.stdout.isatty() and not options.no_preview
        table = Table(level, options.out, print, in_colour, options.text)
    except GamesError as error:
        print(error, file=sys.stderr)
        return 2
    table.answer("task")
    table.show()
    print(HELP)
    try:
        while not table.is_over and table.answer(input(f"{table.env.game.answer_form}> ")):
            pass
    except (EOFError, KeyboardInterrupt):
        print()
    print(f"{'over' if table.is_over else 'left'} after {table.turn} turns, score {table.score:g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast the games are: `python -m games.benchmark`.

A move is `transition` and `is_terminal`; an observation is the image and the truth text; a step is what an environment
does for one reply: its random stream, a move and an observation. Every figure is the best of several repeats, which
leaves out other people's work. Times depend on the machine; the ratios, to a copy of the image's bytes or to a fixed
piece of Python, hardly do: `--baseline` compares those.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from numpy.random import default_rng

from games.core.chat import ChatEnv
from games.errors import GamesError, LevelError
from games.registration import game_ids, make_game

NUM_SPREAD = 128
MAX_REGRESSION = 1.25
RATIOS = ("move_ratio", "observation_ratio", "spread_ratio")
PAPER_IMAGE = (640, 840)


@dataclass(frozen=True)
class Case:
    """A level to be measured, and how the paper spreads its states before each training step."""

    name: str
    game: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    spread_moves: int = 100
    original_step_ms: float | None = None
    """The released code of arXiv 2505.13426: a step with a 640 x 840 image and the truth text, on two cores."""


def paper_image(rows: int, columns: int) -> dict[str, Any]:
    """Knobs that draw a board as large as the paper does."""
    return {"tile_px": min(PAPER_IMAGE[0] // rows, PAPER_IMAGE[1] // columns), "image_px": PAPER_IMAGE}


SPREAD_MOVES = {"games/ShisenSho-v0": 250, "games/ShisenShoCifar10-v0": 250, "games/Swap-v0": 0}
PAPER_CASES = [
    Case("2048 4x4, paper", "games/TwentyFortyEight-v0", paper_image(4, 4), 100, 7.0),
    Case("Shisen-Sho 6x6, paper", "games/ShisenSho-v0", {"copies": 4, **paper_image(6, 6)}, 250, 9.3),
    Case(
        "Shisen-Sho 12x12, paper",
        "games/ShisenSho-v0",
        {"rows": 12, "columns": 12, "num_faces": 36, "copies": 4, **paper_image(12, 12)},
        250,
        35.0,
    ),
    Case("Swap 8x8, paper", "games/Swap-v0", {"rows": 8, "columns": 8, "num_faces": 12, **paper_image(8, 8)}, 0, 16.2),
]


def cases(ids: Sequence[str]) -> list[Case]:
    """Each game with its default knobs, then the paper's games as the paper draws them."""
    named = {game_id: game_id.rpartition("/")[2] for game_id in ids}
    plain = [Case(name, game_id, {}, SPREAD_MOVES.get(game_id, 100)) for game_id, name in named.items()]
    return plain + [case for case in PAPER_CASES if case.game in named]


@dataclass(frozen=True)
class Figures:
    """What one case costs."""

    name: str
    moves_per_s: float
    observations_per_s: float
    step_ms: float
    spread_s: float
    bytes_per_state: int
    image_bytes: int
    move_ratio: float
    observation_ratio: float
    spread_ratio: float
    times_original: float | None


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Seconds of one call, at best; calls that take less than a millisecond are made many times."""
    start = time.perf_counter()
    call()
    number = max(1, min(1000, int(0.002 / (time.perf_counter() - start + 1e-9))))
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            call()
        best = min(best, time.perf_counter() - start)
    return best / number


def python_work() -> int:
    """A fixed piece of Python, the unit of `move_ratio` and, times NUM_SPREAD, of `spread_ratio`; about 0.1 ms."""
    total = 0
    table = {index: bytes([index]) for index in range(256)}
    for index in range(500):
        total += table[index & 255][0] * index % 7
    return total


def measure(case: Case, repeats: int = 7) -> Figures:
    """Measure one case."""
    env = ChatEnv(make_game(case.game, **case.knobs))
    game = env.game
    spread = ChatEnv(make_game(case.game, **case.knobs, spread_moves=case.spread_moves, spread_kind="uniform"))
    line = _play(env)
    rng = default_rng(0)

    def move() -> None:
        for state, action in line:
            game.is_terminal(game.transition(state, action, rng).state)

    def step() -> None:
        for turn, (state, action) in enumerate(line):
            after = env.play(0, state, turn, action).state
            game.is_terminal(after)
            env.observe(after)

    opening = line[0][0]
    observation, copy = observation_costs(env, opening, repeats)
    moves = [(seconds(move, 1) / len(line), seconds(python_work, 1)) for _ in range(repeats)]
    move_s, work_s = min(pair[0] for pair in moves), min(pair[1] for pair in moves)
    spread_s = seconds(lambda: [spread.open(seed) for seed in range(NUM_SPREAD)], 2)
    step_s = seconds(step, repeats) / len(line)
    return Figures(
        name=case.name,
        moves_per_s=1 / move_s,
        observations_per_s=1 / observation,
        step_ms=step_s * 1e3,
        spread_s=spread_s,
        bytes_per_state=len(pickle.dumps(opening)),
        image_bytes=env.observe(opening).image.nbytes,
        move_ratio=move_s / work_s,
        observation_ratio=observation / copy,
        spread_ratio=spread_s / NUM_SPREAD / work_s,
        times_original=case.original_step_ms and case.original_step_ms / (step_s * 1e3),
    )


def observation_costs(env: ChatEnv, state: Any, repeats: int) -> tuple[float, float]:
    """Seconds of an observation of a state, and of a copy of its image."""
    image = env.observe(state).image
    # The two sides of a ratio are measured in turn, so that a change of the machine's speed meets both.
    pairs = [(seconds(lambda: env.observe(state), 3), seconds(image.copy, 3)) for _ in range(repeats)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def _play(env: ChatEnv, num_moves: int = 30) -> list[tuple[Any, Any]]:
    """States and legal actions of random play, over as many episodes as it takes."""
    line: list[tuple[Any, Any]] = []
    rng = default_rng(0)
    for seed in range(num_moves):
        state, turn = env.open(seed), 0
        while len(line) < num_moves and (legal := env.game.legal_actions(state)):
            action = legal[int(rng.integers(len(legal)))]
            line.append((state, action))
            state, turn = env.play(seed, state, turn, action).state, turn + 1
    return line


def table(figures: Sequence[Figures]) -> str:
    """The figures as text, one line a case."""
    titles = ["", "moves/s", "obs/s", "step ms", "spread 128 s", "bytes/state", "image MB", "obs/copy", "x original"]
    rows = [titles]
    for one in figures:
        rows.append(
            [
                one.name,
                f"{one.moves_per_s:,.0f}",
                f"{one.observations_per_s:,.0f}",
                f"{one.step_ms:.3f}",
                f"{one.spread_s:.3f}",
                f"{one.bytes_per_state:,}",
                f"{one.image_bytes / 1e6:.2f}",
                f"{one.observation_ratio:.1f}",
                f"{one.times_original:.0f}" if one.times_original else "",
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(titles))]
    return "\n".join(
        "  ".join(cell.ljust(width) if not column else cell.rjust(width) for column, (cell, width) in enumerate(pairs))
        for pairs in ([*zip(row, widths)] for row in rows)
    )


def regressions(figures: Sequence[Figures], baseline: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ratios that grew by more than a quarter over those of the same case in a baseline."""
    before = {str(row["name"]): row for row in baseline}
    found = []
    for one in figures:
        for name in RATIOS:
            old, new = before.get(one.name, {}).get(name), getattr(one, name)
            if old and new > old * MAX_REGRESSION:
                found.append(f"{one.name}: {name} {old:.2f} -> {new:.2f}, {new / old - 1:+.0%}")
    return found


def _read_baseline(path: Path) -> list[Mapping[str, Any]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LevelError(f"--baseline {path} cannot be read as the output of --json: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "name" in row for row in rows):
        raise LevelError(f"--baseline {path} is not the output of --json: a list of objects with a name")
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 1 when a ratio regressed, 2 when the arguments cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m games.benchmark", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("ids", nargs="*", help="game ids; default: all")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--baseline", type=Path, help="an earlier --json output: fail when a ratio grew by over 25%%")
    parser.add_argument("--repeats", type=int, default=7, help="of each measurement (default %(default)s)")
    options = parser.parse_args(arguments)
    try:
        baseline = _read_baseline(options.baseline) if options.baseline else []
        for game_id in options.ids:
            make_game(game_id)
    except GamesError as error:
        print(error, file=sys.stderr)
        return 2
    figures = [measure(case, options.repeats) for case in cases(options.ids or game_ids())]
    print(json.dumps([asdict(one) for one in figures], indent=1) if options.json else table(figures))
    found = regressions(figures, baseline)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the way of pictures through training costs: `python -m easyr1.benchmark`.

It plays groups of episodes with everything of training but the model, and prints the CPU milliseconds that a turn costs
an agent-loop process beyond generation, and the bytes that a sample puts into the TransferQueue. Needs the training
extra, but no GPU and no model.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from typing import Any

from games.errors import GamesError

PAPER = {"image_px": (640, 840)}
LARGEST_SAMPLE_BYTES = 1_700_000
LARGEST_TURN_MS = 15.0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        Exit status: 0 within the bounds, 1 beyond one of them, 2 when the arguments cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m easyr1.benchmark", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--game", default="games/ShisenSho-v0", help="its id (default %(default)s)")
    parser.add_argument("--knobs", type=json.loads, default=PAPER, help="as JSON (default: a 640 x 840 picture)")
    parser.add_argument("--groups", type=int, default=16)
    parser.add_argument("--siblings", type=int, default=5)
    parser.add_argument("--turns", type=int, default=4, help="replies of an episode, at most (default %(default)s)")
    parser.add_argument("--window", type=int, default=2, help="turns in a context (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    os.environ.setdefault("VERL_PLATFORM", "cpu")
    from easyr1.bridge.wire_benchmark import Load, measure_wire

    load = Load(options.game, options.knobs, options.groups, options.siblings, options.turns, options.window)
    loads = {"one turn": replace(load, turns=1, window=1), f"{load.turns} turns, {load.window} in the context": load}
    try:
        found = dict(zip(loads, measure_wire(list(loads.values())), strict=True))
    except GamesError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({name: asdict(one) for name, one in found.items()}, indent=1))
    else:
        print(table(found))
    slow = max(one.cpu_ms for one in found.values()) > LARGEST_TURN_MS
    return int(slow or max(one.bytes_put for one in found.values()) > LARGEST_SAMPLE_BYTES)


def table(found: dict[str, Any]) -> str:
    """The figures as text, one line a load."""
    width = max(map(len, found))
    lines = [
        f"{'':{width}}  {'picture':>10}  {'samples':>8}  {'CPU ms/turn':>11}  {'bytes/sample':>12}  {'bytes/group':>12}"
    ]
    for name, one in found.items():
        height, side = one.image_px
        lines.append(
            f"{name:{width}}  {f'{height} x {side}':>10}  {one.samples:8,}  {one.cpu_ms:11.1f}  "
            f"{one.bytes_put:12,.0f}  {one.group_bytes:12,.0f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

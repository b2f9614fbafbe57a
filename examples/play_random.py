"""Play a level without a model, and look at it: `python examples/play_random.py --out boards`.

Needs the games alone (`pip install easyr1`, no extra): the episode runs in this process, through the same loop that
training and evaluation use. Writes turn_00.png, turn_01.png, ... and prints a line a turn.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from easyr1.policies.solver import RandomPolicy, SolverPolicy
from easyr1.rollout.environment import LocalEnvironment
from easyr1.rollout.limits import Limits
from easyr1.rollout.play import Episode, play_episode
from easyr1.rollout.types import Policy, Trajectory
from games import Level, game_ids

POLICIES = ("random", "legal", "solver")


def make_policy(name: str, seed: int) -> Policy:
    """A player that needs no model: any pair of cells, any legal action, or the solver's choice."""
    return SolverPolicy() if name == "solver" else RandomPolicy(seed, legal=name == "legal")


def save_pictures(trajectory: Trajectory, folder: Path) -> None:
    """Write what the policy saw at each turn."""
    folder.mkdir(parents=True, exist_ok=True)
    for turn in trajectory.turns:
        (folder / f"turn_{turn.index:02d}.png").write_bytes(turn.frame.png)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--game", default="games/ShisenSho-v0", choices=game_ids(), help="default %(default)s")
    parser.add_argument("--policy", default="legal", choices=POLICIES, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the level and of the policy (default %(default)s)")
    parser.add_argument("--turns", type=int, default=20, help="at most so many (default %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("boards"), help="folder of the pictures (default %(default)s)")
    options = parser.parse_args(arguments)

    episode = Episode(Level(options.game, {}, options.seed), LocalEnvironment())
    policy = make_policy(options.policy, options.seed)
    trajectory = asyncio.run(play_episode(policy, episode, Limits(max_turns=options.turns, window=1)))
    save_pictures(trajectory, options.out)

    for turn in trajectory.turns:
        action = turn.action_text or "no action"
        print(f"turn {turn.index:2d}: {action} is {turn.status.value}, reward {turn.game_reward:g}")
    total = sum(turn.game_reward for turn in trajectory.turns)
    end = f"{trajectory.stop_reason.value} after {trajectory.num_turns} turns, reward {total:g}"
    print(f"{end}; pictures in {options.out}")


if __name__ == "__main__":
    main()

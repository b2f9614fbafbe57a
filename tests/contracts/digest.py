"""Digests of everything that some levels show: `python -m tests.contracts.digest` reads [[ID, KNOBS], ...]."""

from __future__ import annotations

import hashlib
import json
import pickle
import sys

import numpy as np

from games import ChatEnv, Level


def digest(game_id: str, knobs: dict[str, object], seeds: range = range(2)) -> str:
    found = hashlib.sha256()
    for seed in seeds:
        env = ChatEnv.from_level(Level(game_id, knobs, seed))  # type: ignore[arg-type]
        game, state, rng = env.game, env.open(seed), np.random.default_rng(seed)
        found.update(env.prompt.encode())
        for turn in range(4):
            seen = env.observe(state)
            found.update(pickle.dumps(state, protocol=4) + seen.image.tobytes() + seen.text.encode())
            if game.is_terminal(state):
                break
            legal = game.legal_actions(state)
            found.update(repr((legal, game.solve(state), game.random_action(rng))).encode())
            action = legal[int(rng.integers(len(legal)))]
            state = env.turn(seed, state, turn, env.truth_reply(state, action)).state
    return found.hexdigest()


if __name__ == "__main__":
    for game_id, knobs in json.load(sys.stdin):
        print(digest(game_id, knobs))

"""What training relies on, with room for a busy machine; `python -m games.benchmark` measures more exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from games import ChatEnv, game_ids, make_game
from games.benchmark import PAPER_CASES, RATIOS, Case, cases, measure, observation_costs

BASELINE = Path(__file__).parents[1] / "benchmark_baseline.json"


@pytest.mark.parametrize("game_id", game_ids())
def test_an_observation_costs_at_most_four_copies_of_its_image(game_id: str) -> None:
    env = ChatEnv(make_game(game_id))
    state = env.open(0)
    ratios = []
    for _ in range(5):
        observation, copy = observation_costs(env, state, 3)
        ratios.append(observation / copy)
        if ratios[-1] < 4.0:
            return
    raise AssertionError(f"at best {min(ratios):.1f} copies")


@pytest.mark.parametrize("case", PAPER_CASES, ids=lambda case: case.name)
def test_a_step_costs_a_few_copies_of_its_image(case: Case) -> None:
    """Both sides of a ratio are measured here and now, since a slow machine is no fault of the games."""
    found = []
    for _ in range(5):
        figures = measure(case, repeats=2)
        copy_s = 1 / figures.observations_per_s / figures.observation_ratio
        found.append((figures.step_ms / 1e3 / copy_s, figures.spread_ratio))
        if found[-1][0] < 13 and found[-1][1] < 100:
            return
    raise AssertionError(f"copies of the image a step, pieces of Python a spread state: {found}")


def test_the_baseline_knows_every_case() -> None:
    rows = json.loads(BASELINE.read_text())
    assert [row["name"] for row in rows] == [case.name for case in cases(game_ids())]
    assert all(row[ratio] > 0 for row in rows for ratio in RATIOS)
    assert max(row["observation_ratio"] for row in rows) < 4.0
    times = {row["name"]: row["times_original"] for row in rows if row["times_original"]}
    assert sorted(times) == sorted(case.name for case in PAPER_CASES)
    assert all(factor >= (100 if "12x12" in name else 50) for name, factor in times.items()), times

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from games import ChatEnv, KnobError, make_game
from games.gymnasium_adapter.minigrid import TILE_PX, Minigrid
from games.gymnasium_adapter.minigrid_planner import find_plan
from games.gymnasium_adapter.minigrid_truth import NAMES, describe_grid

pytest.importorskip("minigrid")
WORLDS = [f"MiniGrid-{name}-v0" for name in ("DoorKey-6x6", "LavaCrossingS9N2", "RedBlueDoors-6x6", "Playground")]


def walk(game: Minigrid, seed: int, num_turns: int) -> list[Any]:
    """States of a walk that follows the solver half of the time."""
    env, rng = ChatEnv(game), default_rng(seed)
    states = [env.open(seed)]
    for turn in range(num_turns):
        if game.is_terminal(states[-1]):
            break
        action = game.solve(states[-1]) if rng.random() < 0.5 else game.random_action(rng)
        states.append(env.play(seed, states[-1], turn, action).state)
    return states


def test_a_name_has_one_look_and_a_look_one_name() -> None:
    looks: dict[str, set[bytes]] = {}
    for world in WORLDS[:3]:
        game = Minigrid(env_id=world)
        for seed in range(2):
            for state in walk(game, seed, 20):
                frame, labels = state.picture.frame(), game.labels(state)
                for (row, column), label in labels.items():
                    tile = frame[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
                    shown = " ".join(label.split()[:2]) if label.startswith("agent") else label
                    looks.setdefault(shown, set()).add(tile.tobytes())
    agents = {name for name in looks if name.startswith("agent")}
    # The agent may stand on something, so one way of looking is drawn over several floors.
    assert all(len(tiles) == 1 for name, tiles in looks.items() if name not in agents)
    tiles = [tile for name in sorted(looks) for tile in looks[name]]
    assert len(set(tiles)) == len(tiles)
    assert len(agents) == 4 and {"wall", "empty", "lava", "green goal", "yellow key", "red door open"} <= set(looks)


def test_what_is_carried_is_shown_below_and_named_with_the_agent() -> None:
    for view in ("full", "agent"):
        game = Minigrid(view=view)
        seen = set()
        for state in walk(game, 1, 60):
            (agent,) = [label for label in game.labels(state).values() if label.startswith("agent")]
            below = state.picture.frame()[-TILE_PX:]
            assert below.any() == ("key" in agent) and not below[:, TILE_PX:].any()
            seen.add(agent.split()[-1])
        assert "key" in seen


def test_the_view_holds_what_the_agent_sees_of_the_world() -> None:
    game = Minigrid(view="agent")
    num_hidden = 0
    for state in walk(game, 2, 40):
        machine = game.machine()
        machine.load(state.snapshot)
        world = machine.environment
        _, is_seen = world.gen_obs_grid()
        whole = [NAMES[number] for number in describe_grid(world)]
        labels = game.labels(state)
        expected = {(row, column): "wall" for row in range(7) for column in range(7)}
        for y in range(world.grid.height):
            for x in range(world.grid.width):
                place = world.relative_coords(x, y)
                if place is not None:
                    expected[place[1], place[0]] = whole[y * world.grid.width + x]
        for (row, column), label in expected.items():
            if not is_seen[column, row]:
                assert labels[row, column] == "hidden"
                num_hidden += 1
            elif not label.startswith("agent"):
                assert labels[row, column] == label
        assert labels[6, 3].startswith("agent up")
    assert num_hidden


def fewest_turns(game: Minigrid, seed: int) -> int:
    """By trying everything on the environment itself."""
    env, machine = ChatEnv(game), game.machine()
    start = env.open(seed).snapshot
    queue, known, rng = deque([(start, 0)]), set(), default_rng(0)
    while queue:
        snapshot, turns = queue.popleft()
        for action in range(6):
            machine.load(snapshot)
            reward, is_over = machine.step(action, rng)
            if reward:
                return turns + 1
            situation = describe_grid(machine.environment)
            if situation not in known and not is_over:
                known.add(situation)
                queue.append((machine.save(), turns + 1))
    raise AssertionError("no way there")


@pytest.mark.parametrize(("world", "seeds"), [("DoorKey-5x5", 2), ("Empty-Random-5x5", 3), ("LavaGapS5", 3)])
def test_a_plan_has_fewest_turns(world: str, seeds: int) -> None:
    game = Minigrid(env_id=f"MiniGrid-{world}-v0")
    for seed in range(seeds):
        plan = find_plan(ChatEnv(game).open(seed).cells, game.columns)
        assert plan is not None and len(plan) == fewest_turns(game, seed)


@pytest.mark.parametrize("world", ["DoorKey-8x8", "SimpleCrossingS9N3", "Unlock", "FourRooms"])
def test_the_solver_gets_there_with_the_reward_of_minigrid(world: str) -> None:
    game = Minigrid(env_id=f"MiniGrid-{world}-v0")
    env = ChatEnv(game)
    for seed in range(2):
        state, reward = env.open(seed), 0.0
        while not game.is_terminal(state):
            assert reward == 0.0
            step = env.play(seed, state, state.turns, game.solve(state))
            state, reward = step.state, step.reward
        assert reward == pytest.approx(1 - 0.9 * state.turns / 64)


def test_a_spread_opening_has_all_its_turns() -> None:
    game = Minigrid(env_id="MiniGrid-Empty-6x6-v0", spread_moves=40, max_turns=50)
    env = ChatEnv(game)
    states = [env.open(seed) for seed in range(12)]
    assert len({state.cells for state in states}) > 8
    state = states[0]
    for turn in range(50):
        assert not game.is_terminal(state)
        state = env.play(0, state, turn, "turn left").state
    assert game.is_terminal(state)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"env_id": "MiniGrid-Fetch-5x5-N2-v0"}, "env_id must be an id whose mission is always the same"),
        ({"env_id": "BabyAI-GoToObj-v0"}, "env_id must be an id of Minigrid"),
        ({"env_id": "MiniGrid-DoorKey-7x7-v0"}, "env_id must be an id that Gymnasium knows"),
        ({"view": "top"}, "view must be one of full, agent, got 'top'"),
    ],
)
def test_bad_knobs(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(KnobError) as caught:
        make_game("games/Minigrid-v0", **knobs)
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_nothing_is_written_on_the_pictures_of_minigrid() -> None:
    game = Minigrid()
    image = game.image(ChatEnv(game).open(0))
    copy = np.array(image)
    image[:] = 0
    assert np.array_equal(game.image(ChatEnv(game).open(0)), copy)

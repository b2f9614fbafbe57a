from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.ladder import score
from games.snake import rules
from games.snake.game import Board, Snake
from games.snake.solver import Field, best_cell, walk
from tests.games.snake.oracle import STEPS, fewest_moves_to_food
from tests.games.snake.test_snake_rules import openings


@settings(max_examples=60)
@given(openings(max_side=5), st.booleans())
def test_a_walk_can_be_walked(drawn: tuple, to_food: bool) -> None:  # type: ignore[type-arg]
    position, body, food, walls, _ = drawn
    ways = rules.neighbours(position.rows, position.columns, position.wrap)
    goals = food if to_food else body[-1:]
    way = walk(Field(ways, walls, food, 0), body, goals)
    if not way:
        return
    assert way[-1] in goals
    if to_food:
        assert (fewest_moves_to_food(position) or 99) <= len(way)
    for cell in way:
        word = next(word for word in STEPS if position.ahead(position.parts[0], word) == divmod(cell, position.columns))
        after = position.play(word)
        assert after is not None
        position = after


def test_a_walk_enters_the_cells_of_parts_that_have_left() -> None:
    """The tail's cell at once, the next part's one move later, and so on."""
    ways = rules.neighbours(4, 4, False)
    field = Field(ways, b"", b"", 0)
    assert walk(field, bytes([0, 1, 5, 4]), bytes([4])) == [4]
    assert walk(field, bytes([0, 1, 5, 4]), bytes([5])) == [4, 5]
    assert walk(field, bytes([0, 1, 2, 6, 5, 4]), bytes([1])) == [4, 5, 6, 2, 1]
    assert walk(Field(ways, bytes([4]), b"", 0), bytes([0, 1, 2]), bytes([15])) == []


def test_food_on_the_way_keeps_the_tail_where_it_is() -> None:
    ways = rules.neighbours(4, 4, False)
    body = bytes([0, 1, 5, 9])
    assert walk(Field(ways, b"", b"", 0), body, bytes([5])) == [4, 5]
    assert walk(Field(ways, b"", bytes([4]), 0), body, bytes([5])) == [4, 8, 9, 5]


@settings(max_examples=40)
@given(openings())
def test_without_food_it_follows_the_tail_on_the_longest_way(drawn: tuple) -> None:  # type: ignore[type-arg]
    position, body, _, walls, _ = drawn
    field = Field(rules.neighbours(position.rows, position.columns, position.wrap), walls, b"", 99)
    lengths = {}
    for cell in field.ways[body[0]]:
        if rules.can_enter(body, walls, cell):
            after = rules.advance(body, cell, False)
            lengths[cell] = len(walk(field, after, after[-1:]))
    best = best_cell(field, body)
    assert best is not None and (lengths[best] or not any(lengths.values()))
    assert lengths[best] == max(lengths.values())


@settings(max_examples=40)
@given(openings(), st.integers(0, 40))
def test_the_move_can_be_made_and_is_the_same_each_time(drawn: tuple, num_moves: int) -> None:  # type: ignore[type-arg]
    position, body, food, walls, rng = drawn
    size = {"rows": position.rows, "columns": position.columns}
    game = Snake(**size, wrap=position.wrap, num_food=len(food), walls=len(walls))
    state = Board(body, food, walls)
    for _ in range(num_moves):
        legal = game.legal_actions(state)
        assert game.solve(state) == game.solve(state)
        assert (game.solve(state) in legal) if legal else game.solve(state) is None
        if not legal:
            break
        state = game.transition(state, legal[int(rng.integers(len(legal)))], rng).state


def test_it_does_not_eat_itself_into_a_corner() -> None:
    """The food lies between the edges and the neck, and a longer body leaves no way out in time."""
    game = Snake(rows=4, columns=4)
    state = Board(bytes([1, 5, 4, 8, 9, 10, 6]), bytes([0]), b"")
    assert game.legal_actions(state) == ["left", "right"] and game.solve(state) == "right"
    # With room for a way to the tail it eats.
    assert game.solve(Board(bytes([1, 5, 6, 7]), bytes([0]), b"")) == "left"


def test_the_last_piece_needs_no_way_out() -> None:
    snake = [0, 1, 2, 3, 7, 6, 5, 4, 8, 9, 10, 11, 15, 14, 13]
    state = Board(bytes(reversed(snake)), bytes([12]), b"")
    game = Snake(rows=4, columns=4)
    assert game.solve(state) == "left"
    after = game.transition(state, "left", np.random.default_rng(0))
    assert after.reward == 1.0 and game.is_terminal(after.state) and game.solve(after.state) is None
    # A target does the same: nothing matters after it.
    trap = Board(bytes([1, 5, 4, 8, 9, 10, 6]), bytes([0]), b"")
    assert Snake(rows=4, columns=4, target=8).solve(trap) == "left"


@pytest.mark.parametrize(("knobs", "least"), [({}, 33.0), ({"wrap": True, "num_food": 2}, 32.0), ({"walls": 3}, 26.0)])
def test_it_grows_long(knobs: dict[str, object], least: float) -> None:
    game, lengths = Snake(rows=6, columns=6, **knobs), []  # type: ignore[arg-type]
    for seed in range(3):
        rng = np.random.default_rng(seed)
        state = game.deal(rng)
        for _ in range(400):
            if game.is_terminal(state):
                break
            state = game.transition(state, game.solve(state), rng).state
        lengths.append(len(state.body))
    assert np.mean(lengths) >= least, lengths


def test_players_on_the_ladder() -> None:
    means = {player: score("games/Snake-v0", "easy", player, 6, 60).mean for player in ("random legal", "solver")}
    assert means["solver"] > 3 * means["random legal"]

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.snake import rules
from games.snake.deal import CELLS_PER_WALL, add_food, deal_snake
from games.snake.faces import face_cells, snake_faces
from tests.games.snake.oracle import Position, parts_of


@st.composite
def openings(draw: st.DrawFn, max_side: int = 7) -> tuple[Position, bytes, bytes, bytes, np.random.Generator]:
    """A position in two forms, cells and body, food and walls as bytes, and a generator."""
    rows, columns, wrap = draw(st.integers(4, max_side)), draw(st.integers(4, max_side)), draw(st.booleans())
    length = draw(st.integers(3, rows * columns // 4))
    num_walls = draw(st.integers(0, rows * columns // CELLS_PER_WALL))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    ways = rules.neighbours(rows, columns, wrap)
    body, walls, food = deal_snake(rng, ways, num_walls, length, draw(st.integers(1, 5)))
    return position_of(rows, columns, wrap, body, food, walls), body, food, walls, rng


def position_of(rows: int, columns: int, wrap: bool, body: bytes, food: bytes, walls: bytes) -> Position:
    parts, on_walls, on_food = ([divmod(cell, columns) for cell in cells] for cells in (body, walls, food))
    return Position(rows, columns, wrap, tuple(parts), frozenset(on_walls), frozenset(on_food))


@settings(max_examples=60)
@given(openings(), st.integers(0, 60))
def test_play_as_the_words_of_the_prompt_have_it(drawn: tuple, num_moves: int) -> None:  # type: ignore[type-arg]
    position, body, food, walls, rng = drawn
    rows, columns, wrap = position.rows, position.columns, position.wrap
    ways = rules.neighbours(rows, columns, wrap)
    for _ in range(num_moves):
        labels = [snake_faces()[face].label for face in face_cells(body, walls, food, ways)]
        named = {divmod(cell, columns): label for cell, label in enumerate(labels)}
        assert all(label == position.label(cell) for cell, label in named.items())
        assert parts_of(named, position) == position.parts, "the order of the body can be read"
        free = rules.free_cells(body, walls, food, len(ways))
        assert {divmod(cell, columns) for cell in free} == position.empty()
        moves = {}
        for word, cell in zip(rules.DIRECTIONS, ways[body[0]], strict=True):
            after = position.play(word)
            assert rules.can_enter(body, walls, cell) == (after is not None)
            if after is not None:
                moves[cell] = after
        if not moves:
            break
        cell = list(moves)[int(rng.integers(len(moves)))]
        position = moves[cell]
        body = rules.advance(body, cell, cell in food)
        food = food.replace(bytes([cell]), b"")
        assert position == position_of(rows, columns, wrap, body, food, walls)


@settings(max_examples=60)
@given(openings())
def test_openings(drawn: tuple) -> None:  # type: ignore[type-arg]
    position, body, food, walls, _ = drawn
    cells = [*position.parts, *position.walls, *position.food]
    assert len(set(cells)) == len(body) + len(walls) + len(food)
    words = "up", "down", "left", "right"
    for before, part in zip(position.parts, position.parts[1:]):
        assert part in [position.ahead(before, word) for word in words]
    assert any(position.play(word) for word in words)
    free = {(row, column) for row in range(position.rows) for column in range(position.columns)} - position.walls
    reached, edge = set(), [next(iter(free))]
    while edge:
        cell = edge.pop()
        if cell not in reached:
            reached.add(cell)
            ways_out = [ahead for ahead in (position.ahead(cell, word) for word in words) if ahead in free]
            assert len(set(ways_out)) >= 2
            edge += ways_out  # type: ignore[arg-type]
    assert reached == free


@pytest.mark.parametrize("size", [(4, 4), (4, 16), (16, 4), (5, 5), (16, 16)])
@pytest.mark.parametrize("wrap", [False, True])
def test_the_most_walls_and_the_longest_snake_find_a_place(size: tuple[int, int], wrap: bool) -> None:
    ways = rules.neighbours(*size, wrap)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        body, walls, food = deal_snake(rng, ways, len(ways) // CELLS_PER_WALL, len(ways) // 4, 5)
        assert len(walls) == len(ways) // CELLS_PER_WALL and len(body) == len(ways) // 4 and len(food) == 5


def test_food_is_drawn_uniformly_from_the_free_cells() -> None:
    body, walls, rng = bytes([0, 1, 2, 3]), bytes([7]), np.random.default_rng(0)
    counts = np.zeros(16)
    for _ in range(2200):
        food = add_food(rng, body, walls, b"", 2, 16)
        assert len(food) == 2 and food[0] < food[1]
        counts[list(food)] += 1
    assert not counts[[0, 1, 2, 3, 7]].any()
    # 400 each, with a standard deviation of 18.
    assert abs(counts[[4, 5, 6, *range(8, 16)]] - 400).max() < 75


def test_food_that_is_left_stays_and_a_full_board_gets_none() -> None:
    rng = np.random.default_rng(0)
    assert add_food(rng, bytes(range(14)), b"", bytes([14]), 3, 16) == bytes([14, 15])
    assert add_food(rng, bytes(range(16)), b"", b"", 3, 16) == b""
    assert add_food(rng, bytes(range(3)), b"", bytes([5, 9]), 2, 16) == bytes([5, 9])


def test_the_sides_of_the_board() -> None:
    closed, open_ = rules.neighbours(4, 5, False), rules.neighbours(4, 5, True)
    assert closed[0] == (rules.EDGE, 5, rules.EDGE, 1) and open_[0] == (15, 5, 4, 1)
    assert closed[19] == (14, rules.EDGE, 18, rules.EDGE) and open_[19] == (14, 4, 18, 15)
    assert closed[6] == open_[6] == (1, 11, 5, 7)

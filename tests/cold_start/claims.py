"""Claims checked against the rules, by means that share nothing with the code that makes them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from numpy.random import default_rng

from games.core.claims import (
    ChangesNothing,
    Claim,
    Clears,
    Continues,
    Earns,
    EndsEpisode,
    Fills,
    Joined,
    KeepsLargest,
    LeavesEmpty,
    LeavesOptions,
    LinesUp,
    LooksBest,
    Merges,
    MergesNothing,
    NotJoined,
    Plan,
    Shows,
    Stopped,
    TooShort,
)
from games.core.game import Game
from games.core.reasons import Candidate, Reasons
from games.core.types import Cell

EMPTY = "empty"
DICE = (101, 102, 103)
DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def check_reasons(game: Game[Any, Any], state: Any, reasons: Reasons) -> list[Claim]:
    """Assert that all of it is true; returns the claims."""
    legal = game.legal_actions(state)
    if reasons.num_legal is not None:
        assert reasons.num_legal == len(legal)
    assert reasons.choice.is_legal
    found: list[Claim] = []
    for candidate in (*reasons.others, reasons.choice):
        assert game.transition(state, candidate.action, default_rng(7)).is_legal == candidate.is_legal
        claims = [*candidate.claims, *(reasons.outlook if candidate is reasons.choice else ())]
        for claim in claims:
            assert is_true(game, state, candidate, claim), (claim, candidate, game.text(state))
        found += claims
    actions = [candidate.action for candidate in reasons.others]
    assert len(set(actions)) == len(actions) and reasons.choice.action not in actions
    return found


def is_true(game: Game[Any, Any], state: Any, candidate: Candidate, claim: Claim) -> bool:
    labels, action = game.labels(state), candidate.action
    match claim:
        case Shows(cells, label):
            return all(labels[cell] == label for cell in cells) and len(set(cells)) == len(cells)
        case Joined(cells, is_outside):
            ends = {cells[0], cells[-1]} == {tuple(action[:2]), tuple(action[2:])}
            outside = [cell for cell in walk(cells) if cell not in labels]
            free = all(labels.get(cell, EMPTY) == EMPTY for cell in walk(cells)[1:-1])
            return ends and free and len(cells) <= 4 and turns(cells) == len(cells) - 2 and bool(outside) == is_outside
        case Stopped(cells, at, label):
            tiles = [cell for cell in walk(cells)[1:-1] if labels.get(cell, EMPTY) != EMPTY]
            return len(cells) <= 3 and tiles[0] == at and labels[at] == label
        case NotJoined():
            return not can_reach(labels, tuple(action[:2]), tuple(action[2:]))
        case LinesUp() | Fills() | TooShort() | Clears():
            return is_true_of_swap(game, labels, action, claim)
        case Merges() | MergesNothing() | ChangesNothing() | LeavesEmpty() | KeepsLargest():
            return is_true_of_slide(game, labels, action, claim)
        case LooksBest(moves):
            num_empty = list(labels.values()).count(EMPTY)
            return action == game.solve(state) and moves == (3 if num_empty <= 3 else 2 if num_empty <= 20 else 1)
        case _:
            return is_true_of_what_follows(game, state, action, claim)


def is_true_of_what_follows(game: Game[Any, Any], state: Any, action: Any, claim: Claim) -> bool:
    steps = [game.transition(state, action, default_rng(dice)) for dice in DICE]
    after = steps[0].state
    match claim:
        case LeavesOptions(count):
            return len(game.legal_actions(after)) == count
        case Continues(count, finishes):
            state = after
            for _ in range(count):
                best = game.solve(state)
                assert best is not None
                state = game.transition(state, best, default_rng(0)).state
            return not finishes or set(game.labels(state).values()) == {EMPTY}
        case Earns(reward):
            return all(step.reward == reward for step in steps)
        case EndsEpisode():
            return all(game.is_terminal(step.state) for step in steps)
        case Plan(actions, ends):
            for number, words in enumerate(actions):
                assert not game.is_terminal(after)
                best = game.solve(after)
                assert game.format(best) == words
                after = game.transition(after, best, default_rng(number)).state
            return game.is_terminal(after) or not ends
        case _:
            raise AssertionError(f"no check for {claim}")


# Paths.


def walk(corners: tuple[Cell, ...]) -> list[Cell]:
    """Every cell on the way along corners."""
    cells = [corners[0]]
    for target in corners[1:]:
        row, column = cells[-1]
        assert row == target[0] or column == target[1], "a segment is straight"
        while cells[-1] != target:
            row += (target[0] > row) - (target[0] < row)
            column += (target[1] > column) - (target[1] < column)
            cells.append((row, column))
    return cells


def turns(corners: tuple[Cell, ...]) -> int:
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(walk(corners))]
    return sum(a != b for a, b in pairwise(steps))


def can_reach(labels: dict[Cell, str], start: Cell, goal: Cell) -> bool:
    """Whether a walk with at most two turns leads from one tile to the other, by trying all of them."""
    last_row, last_column = max(labels)
    frontier = [(start, step, 0) for step in DIRECTIONS]
    seen = set(frontier)
    while frontier:
        (row, column), step, num_turns = frontier.pop()
        cell = (row + step[0], column + step[1])
        if cell == goal:
            return True
        if not (-1 <= cell[0] <= last_row + 1 and -1 <= cell[1] <= last_column + 1):
            continue
        if labels.get(cell, EMPTY) != EMPTY:
            continue
        for other in DIRECTIONS:
            entry = (cell, other, num_turns + (other != step))
            if entry[2] <= 2 and entry not in seen:
                seen.add(entry)
                frontier.append(entry)
    return False


# Lines.


def is_true_of_swap(game: Any, labels: dict[Cell, str], action: Any, claim: Claim) -> bool:
    first, second = tuple(action[:2]), tuple(action[2:])
    board = {**labels, first: labels[second], second: labels[first]}
    lines = [line for line in all_lines(board) if first in line or second in line]
    match claim:
        case Fills(cells, gap, source, label):
            beside = abs(gap[0] - source[0]) + abs(gap[1] - source[1]) == 1
            moved = {gap, source} == {first, second} and labels[source] == label != labels[gap]
            return len(cells) >= 2 and sorted((*cells, gap)) in lines and beside and moved and board[gap] == label
        case LinesUp(cells, label):
            return len(cells) >= 3 and list(cells) in lines and board[cells[0]] == label
        case TooShort(cells, label):
            return list(cells) in lines and len(cells) == max(map(len, lines)) < 3 and board[cells[0]] == label
        case Clears(count, cascade):
            waves = [clear_wave(board)]
            while waves[-1] and len(waves) < (4 if game.cascades else 1):
                waves.append(clear_wave(board))
            return (count, cascade) == (waves[0], sum(waves[1:]))
    raise AssertionError(f"no check for {claim}")


def all_lines(board: dict[Cell, str]) -> list[list[Cell]]:
    """All longest lines of equal tiles, across and down, single tiles included."""
    found: list[list[Cell]] = []
    for key in (lambda cell: cell, lambda cell: cell[::-1]):
        line: list[Cell] = []
        for cell in sorted(board, key=key):
            follows = line and key(line[-1]) == (key(cell)[0], key(cell)[1] - 1) and board[line[-1]] == board[cell]
            if not follows:
                found.append(line)
                line = []
            line.append(cell)
        found.append(line)
    return [line for line in found if line]


def clear_wave(board: dict[Cell, str]) -> int:
    """Clear what stands in lines and let the rest fall, in place; how many cells went."""
    gone = {cell for line in all_lines(board) if len(line) >= 3 and board[line[0]] != EMPTY for cell in line}
    for column in {cell[1] for cell in board}:
        cells = sorted(cell for cell in board if cell[1] == column)
        left = [board[cell] for cell in cells if cell not in gone and board[cell] != EMPTY]
        for cell, label in zip(cells, [EMPTY] * (len(cells) - len(left)) + left, strict=True):
            board[cell] = label
    return len(gone)


# Slides.


def is_true_of_slide(game: Any, labels: dict[Cell, str], move: str, claim: Claim) -> bool:
    before = [
        [int(labels[row, column].replace(EMPTY, "0")) for column in range(game.columns)] for row in range(game.rows)
    ]
    made: list[int] = []
    grid = [list(line) for line in (zip(*before) if move in ("up", "down") else before)]
    slid = []
    for line in grid:
        tiles = [tile for tile in (line if move in ("left", "up") else line[::-1]) if tile]
        after: list[int] = []
        fresh = False
        for tile in tiles:
            if after and after[-1] == tile and not fresh:
                after[-1] *= 2
                made.append(after[-1])
                fresh = True
            else:
                after.append(tile)
                fresh = False
        after += [0] * (len(line) - len(after))
        slid.append(after if move in ("left", "up") else after[::-1])
    after_grid = [list(line) for line in (zip(*slid) if move in ("up", "down") else slid)]
    flat = [tile for line in after_grid for tile in line]
    match claim:
        case Merges(label, other, count):
            return int(other) == 2 * int(label) and made.count(int(other)) == count > 0
        case MergesNothing():
            return not made and after_grid != before
        case ChangesNothing():
            return after_grid == before
        case LeavesEmpty(count):
            return flat.count(0) == count
        case KeepsLargest(label, (row, column)):
            is_corner = row in (0, game.rows - 1) and column in (0, game.columns - 1)
            return is_corner and after_grid[row][column] == int(label) == max(flat) and flat.count(max(flat)) == 1
    raise AssertionError(f"no check for {claim}")

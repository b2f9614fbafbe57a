"""Ways to write an action: words, a cell, two cells, a word and a cell. Each set is finite and numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar

from games.core.grid import cell_text, read_coordinates
from games.core.types import Cell

Action = TypeVar("Action")


class ActionSet(Protocol[Action]):
    """Every action that can be written down, legal or not."""

    @property
    def form(self) -> str:
        """What the prompt shows inside the answer block."""
        ...

    def __len__(self) -> int:
        """Number of actions."""
        ...

    def at(self, index: int) -> Action:
        """Action number `index`. Raises IndexError outside 0 .. len - 1."""
        ...

    def index_of(self, action: Action) -> int:
        """Inverse of `at`. Raises ValueError for what is not in the set."""
        ...

    def parse(self, answer: str) -> Action | None:
        """The action that an answer states, None unless it states exactly one; linear time, never raises."""
        ...

    def format(self, action: Action) -> str:
        """Inverse of `parse`."""
        ...

    @property
    def max_chars(self) -> int:
        """Length of the longest formatted action."""
        ...


class Pair(NamedTuple):
    """Two different cells, (r1, c1) and (r2, c2), in this order."""

    r1: int
    c1: int
    r2: int
    c2: int

    @classmethod
    def of(cls, first: int, second: int, columns: int) -> Pair:
        """The pair of two cell indices, in row order."""
        return cls(*divmod(first, columns), *divmod(second, columns))

    def indices(self, rows: int, columns: int) -> tuple[int, int]:
        """Cell indices of the two cells; -1 for one outside the board."""
        return _cell_index(self.r1, self.c1, rows, columns), _cell_index(self.r2, self.c2, rows, columns)


class CellWord(NamedTuple):
    """A word and a cell: what to do, and where."""

    word: str
    row: int
    column: int


def _cell_index(row: int, column: int, rows: int, columns: int) -> int:
    return row * columns + column if 0 <= row < rows and 0 <= column < columns else -1


def _check_index(index: int, count: int) -> None:
    if not 0 <= index < count:
        raise IndexError(f"action {index} is outside 0 .. {count - 1}")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True)
class WordActions:
    """An action is one of some fixed texts, such as `up`, or `column 3 turn 1`.

    Attributes:
        words: Different texts in lower-case ASCII, with single spaces.
        shown: What the prompt shows inside the answer block; by default all the words.
    """

    words: tuple[str, ...]
    shown: str = ""

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words)}

    @property
    def form(self) -> str:
        """`up, down, left or right`."""
        return self.shown or _either(self.words)

    def __len__(self) -> int:
        """Number of words."""
        return len(self.words)

    def at(self, index: int) -> str:
        """Word number `index`. Raises IndexError outside 0 .. len - 1."""
        _check_index(index, len(self.words))
        return self.words[index]

    def index_of(self, action: str) -> int:
        """Inverse of `at`. Raises ValueError for another word."""
        index = self._index.get(action)
        if index is None:
            raise ValueError(f"{action!r} is none of the actions {self.form}")
        return index

    def parse(self, answer: str) -> str | None:
        """The word, whatever its letter case and the white space around and in it; None for anything else."""
        if not answer.isascii():
            return None
        word = " ".join(answer.split()).lower()
        return word if word in self._index else None

    def format(self, action: str) -> str:
        """The word."""
        return action

    @property
    def max_chars(self) -> int:
        """Length of the longest word."""
        return max(map(len, self.words))


@dataclass(frozen=True)
class CellActions:
    """An action names a cell of the board, `(row,column)`."""

    rows: int
    columns: int

    @property
    def form(self) -> str:
        """`(row,column)`."""
        return "(row,column)"

    def __len__(self) -> int:
        """Number of cells."""
        return self.rows * self.columns

    def at(self, index: int) -> Cell:
        """Cell number `index`, in row order. Raises IndexError outside 0 .. len - 1."""
        _check_index(index, len(self))
        return divmod(index, self.columns)

    def index_of(self, action: Cell) -> int:
        """Inverse of `at`. Raises ValueError for a cell outside the board."""
        index = _cell_index(*action, self.rows, self.columns)
        if index < 0:
            raise ValueError(f"{action} is no cell of a {self.rows} x {self.columns} board")
        return index

    def parse(self, answer: str) -> Cell | None:
        """The one cell that an answer names and nothing else, with free white space; None otherwise."""
        cells = read_coordinates(answer, 1, self.rows, self.columns)
        return None if cells is None else cells[0]

    def format(self, action: Cell) -> str:
        """`(3,0)`."""
        return cell_text(*action)

    @property
    def max_chars(self) -> int:
        """Length of the longest cell."""
        return len(cell_text(self.rows - 1, self.columns - 1))


@dataclass(frozen=True)
class PairActions:
    """An action names two different cells of the board, `(r1,c1) (r2,c2)`; every ordered pair counts once."""

    rows: int
    columns: int

    @property
    def form(self) -> str:
        """`(r1,c1) (r2,c2)`."""
        return "(r1,c1) (r2,c2)"

    def __len__(self) -> int:
        """Number of ordered pairs."""
        return self.rows * self.columns * (self.rows * self.columns - 1)

    def at(self, index: int) -> Pair:
        """Ordered pair number `index`. Raises IndexError outside 0 .. len - 1."""
        _check_index(index, len(self))
        first, second = divmod(index, self.rows * self.columns - 1)
        return Pair.of(first, second + (second >= first), self.columns)

    def index_of(self, action: Pair) -> int:
        """Inverse of `at`. Raises ValueError unless the action names two different cells of the board."""
        first, second = action.indices(self.rows, self.columns)
        if first < 0 or second < 0 or first == second:
            raise ValueError(f"{action} does not name two different cells of a {self.rows} x {self.columns} board")
        return first * (self.rows * self.columns - 1) + second - (second > first)

    def parse(self, answer: str) -> Pair | None:
        """The two cells named and nothing else, with free white space and a comma allowed between; None otherwise."""
        cells = read_coordinates(answer, 2, self.rows, self.columns)
        if cells is None or cells[0] == cells[1]:
            return None
        return Pair(*cells[0], *cells[1])

    def format(self, action: Pair) -> str:
        """`(0,3) (1,2)`."""
        return f"{cell_text(action.r1, action.c1)} {cell_text(action.r2, action.c2)}"

    @property
    def max_chars(self) -> int:
        """Length of the longest pair."""
        return 2 * len(cell_text(self.rows - 1, self.columns - 1)) + 1


@dataclass(frozen=True)
class CellWordActions:
    """An action is a word and a cell of the board, such as `open (3,0)`."""

    words: tuple[str, ...]
    rows: int
    columns: int

    @property
    def form(self) -> str:
        """`open (row,column) or flag (row,column)`."""
        return _either([f"{word} (row,column)" for word in self.words])

    def __len__(self) -> int:
        """Number of words times number of cells."""
        return len(self.words) * self.rows * self.columns

    def at(self, index: int) -> CellWord:
        """Action number `index`, word by word and cells in row order. Raises IndexError outside 0 .. len - 1."""
        _check_index(index, len(self))
        word, cell = divmod(index, self.rows * self.columns)
        return CellWord(self.words[word], *divmod(cell, self.columns))

    def index_of(self, action: CellWord) -> int:
        """Inverse of `at`. Raises ValueError for another word, or a cell outside the board."""
        cell = _cell_index(action.row, action.column, self.rows, self.columns)
        if action.word not in self.words or cell < 0:
            raise ValueError(f"{action} is no action on a {self.rows} x {self.columns} board: {self.form}")
        return self.words.index(action.word) * self.rows * self.columns + cell

    def parse(self, answer: str) -> CellWord | None:
        """A word in any letter case and a cell, and nothing else; None otherwise."""
        word, bracket, rest = answer.partition("(")
        word = word.strip().lower() if word.isascii() else ""
        if word not in self.words or not bracket:
            return None
        cells = read_coordinates(bracket + rest, 1, self.rows, self.columns)
        return None if cells is None else CellWord(word, *cells[0])

    def format(self, action: CellWord) -> str:
        """`open (3,0)`."""
        return f"{action.word} {cell_text(action.row, action.column)}"

    @property
    def max_chars(self) -> int:
        """Length of the longest action."""
        return max(map(len, self.words)) + 1 + len(cell_text(self.rows - 1, self.columns - 1))

"""Values that cross the borders of `games`: frozen and picklable. H, W: image height and width in px."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from games.errors import LevelError

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Cell: TypeAlias = tuple[int, int]
Labels: TypeAlias = dict[Cell, str]
Image: TypeAlias = NDArray[np.uint8]


class FrozenMap(Mapping[str, JSON]):
    """A mapping that never changes and can be hashed; keys sorted, lists held as tuples, mappings as FrozenMap."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, JSON]) -> None:
        self._items: dict[str, JSON] = {str(key): _freeze(items[key]) for key in sorted(items)}

    def __getitem__(self, key: str) -> JSON:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[type[FrozenMap], tuple[dict[str, JSON]]]:
        return FrozenMap, (self._items,)


def _freeze(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return FrozenMap(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_freeze(item) for item in value)
    return value


def _thaw(value: JSON) -> Any:
    if isinstance(value, Mapping):
        return {key: _thaw(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_thaw(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Level:
    """One start of one game: the same level gives the same bytes in any process, thread or order.

    Attributes:
        game: A registered id, such as `games/ShisenSho-v0`.
        knobs: The game's difficulty; any mapping may be given, a FrozenMap is kept.
        seed: Whole number, 0 or more; every random stream of the episode derives from it.
    """

    game: str
    knobs: Mapping[str, JSON]
    seed: int

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, (int, np.integer)) or self.seed < 0:
            raise LevelError(f"seed must be a whole number, 0 or more, got {self.seed!r}")
        if not isinstance(self.knobs, Mapping):
            raise LevelError(f"knobs must be a mapping from names to values, got {self.knobs!r}")
        object.__setattr__(self, "seed", int(self.seed))
        object.__setattr__(self, "knobs", FrozenMap(self.knobs))

    def to_dict(self) -> dict[str, Any]:
        """The level as plain JSON values; `Level.from_dict` takes it back."""
        return {"game": self.game, "knobs": _thaw(self.knobs), "seed": self.seed}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Level:
        """Inverse of `to_dict`. Raises LevelError when the keys are not exactly game, knobs and seed."""
        if set(values) != {"game", "knobs", "seed"}:
            raise LevelError(f"a level has the keys game, knobs and seed, got {sorted(map(str, values))}")
        return cls(values["game"], values["knobs"], values["seed"])


@dataclass(frozen=True, slots=True)
class Transition:
    """What an action does to a state: an illegal one leaves the state as it was, at reward 0.0."""

    state: Any
    reward: float
    is_legal: bool


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A state shown: `image`, uint8 (H, W, 3) RGB, and `text`, the truth in the form that the prompt asks for."""

    image: Image
    text: str


OBSERVATIONS = ("image", "text", "both", "blank")
"""What a player is shown of a state: the picture, the truth in words, both, or a picture of nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """What a player is told about a state, beside the prompt: `image` is uint8 (H, W, 3) RGB or None, `text` words."""

    image: Image | None
    text: str


class ReplyStatus(str, Enum):
    """What became of a reply: a legal action, an illegal one, or no action at all."""

    LEGAL = "legal"
    ILLEGAL = "illegal"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """The blocks of a reply, None where there is no complete one, and whether the whole has the form asked for."""

    perception: str | None
    thinking: str | None
    answer: str | None
    is_well_formed: bool


@dataclass(frozen=True, slots=True)
class PerceptionScore:
    """How well a perception block agrees with the truth: wholly, and the share of right cells in [0, 1]."""

    exact: bool
    cells: float


@dataclass(frozen=True, slots=True)
class TurnResult:
    """One reply played on one state.

    Attributes:
        state: The state after the reply; the same as before unless the reply was legal.
        action: The parsed action, None when the reply is unreadable; `action_text` is the game's own spelling of it.
        status: Legal, illegal or unreadable.
        reward: The game's own reward; 0.0 unless legal.
        is_well_formed: Whether the reply has exactly the blocks asked for, in order, and nothing else.
        perception: Grade of the perception block against the state before the reply.
        is_terminal: Whether `state` ends the episode.
    """

    state: Any
    action: Any
    action_text: str | None
    status: ReplyStatus
    reward: float
    is_well_formed: bool
    perception: PerceptionScore
    is_terminal: bool

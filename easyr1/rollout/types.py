"""Values of an episode: frozen, and plain enough to travel between processes."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Protocol

from PIL import Image

from games.core.types import Image as Pixels
from games.core.types import Level, Observation, PerceptionScore, ReplyStatus, TurnResult

DIGEST_CHARS = 16


class StopReason(str, Enum):
    """Why an episode ended."""

    TERMINAL = "terminal"
    TURN_LIMIT = "turn_limit"
    CONTEXT_LIMIT = "context_limit"
    ENVIRONMENT_FAILED = "environment_failed"
    POLICY_FAILED = "policy_failed"


class RolloutStopped(Exception):
    """Parent of what ends an episode early; `play_episode` turns it into the trajectory's stop reason."""

    stop_reason: ClassVar[StopReason]


class EnvironmentFailed(RolloutStopped):
    """The game keeps failing; its episode must not be trained on."""

    stop_reason = StopReason.ENVIRONMENT_FAILED


class PolicyFailed(RolloutStopped):
    """The policy has no reply to give, and trying again will not help."""

    stop_reason = StopReason.POLICY_FAILED


@dataclass(frozen=True, slots=True)
class Frame:
    """An observation as it travels.

    Attributes:
        png: The picture without loss, (H, W) px, RGB.
        digest: Name of the picture: the first 16 hex digits of the sha256 of its shape and pixels.
        text: The truth.
    """

    png: bytes
    digest: str
    text: str

    @classmethod
    def from_observation(cls, observation: Observation) -> Frame:
        """Pack an observation whose image is uint8 (H, W, 3)."""
        pixels = observation.image
        buffer = io.BytesIO()
        # Boards are flat colours: the quickest level is already small, and frames are made at every turn.
        Image.fromarray(pixels).save(buffer, format="PNG", compress_level=1)
        return cls(buffer.getvalue(), cls.digest_of(pixels), observation.text)

    @staticmethod
    def digest_of(pixels: Pixels) -> str:
        """Name of a picture, uint8 (H, W, 3)."""
        return hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()[:DIGEST_CHARS]

    def image(self) -> Image.Image:
        """The picture, mode RGB."""
        return Image.open(io.BytesIO(self.png)).convert("RGB")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a policy said; `tokens` is a payload that only the policy that made it understands."""

    text: str
    tokens: Any = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One reply of an episode and what became of it.

    Attributes:
        index: Number of the turn within its episode, 0-based; all replies count.
        frame: What the policy saw before it replied.
        reply: What it said.
        status: Legal, illegal or unreadable.
        action_text: The action in the game's own spelling, None when no action could be read.
        game_reward: The game's own reward.
        is_well_formed: Whether the reply has exactly the blocks asked for.
        perception: Grade of the perception block against `frame.text`.
        is_terminal: Whether the episode ended here by the rules of the game.
    """

    index: int
    frame: Frame
    reply: Reply
    status: ReplyStatus
    action_text: str | None
    game_reward: float
    is_well_formed: bool
    perception: PerceptionScore
    is_terminal: bool

    @classmethod
    def from_result(cls, index: int, frame: Frame, reply: Reply, result: TurnResult) -> Turn:
        """The turn in which `reply`, given to `frame`, had this result."""
        return cls(
            index,
            frame,
            reply,
            result.status,
            result.action_text,
            result.reward,
            result.is_well_formed,
            result.perception,
            result.is_terminal,
        )


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A played episode; `failure` says in words what went wrong, None when nothing did."""

    level: Level
    turns: tuple[Turn, ...]
    stop_reason: StopReason
    failure: str | None = None

    @property
    def num_turns(self) -> int:
        """Number of replies that were played."""
        return len(self.turns)


@dataclass(frozen=True, slots=True)
class Context:
    """What a policy replies to.

    Attributes:
        prompt: Task and form of the reply, the same throughout a game.
        past: The turns that are still in the window, oldest first.
        frame: The current observation.
        state: The state behind `frame`, for policies that play from the truth.
        level: The level being played, for the same policies.
        index: Number of the current turn, 0-based; it counts turns that have left the window too.
    """

    prompt: str
    past: tuple[Turn, ...]
    frame: Frame
    state: Any = None
    level: Level | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """The start of an episode."""

    state: Any
    frame: Frame


@dataclass(frozen=True, slots=True)
class Step:
    """One reply played; `frame` shows the state after it, None when that state is terminal."""

    result: TurnResult
    frame: Frame | None


class Policy(Protocol):
    """Whatever replies: a model, a script, a solver."""

    async def reply(self, context: Context) -> Reply:
        """Reply to a context. Raises ContextOverflow when it does not fit, PolicyFailed when there is no reply."""
        ...


class Environment(Protocol):
    """Games behind pure calls: the state goes in and comes out, so any worker can play any turn."""

    def prompt(self, level: Level) -> str:
        """Task and form of the reply of a level's game."""
        ...

    async def open(self, level: Level) -> Opening:
        """Deal a level. Raises EnvironmentFailed."""
        ...

    async def turn(self, level: Level, state: Any, index: int, reply: str) -> Step:
        """Play the reply of turn `index` on a state. Raises EnvironmentFailed."""
        ...

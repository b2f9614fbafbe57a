"""Policies that play from the truth: anchors between which a model's score lies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from numpy.random import Generator, SeedSequence, default_rng

from easyr1.rollout.types import Context, PolicyFailed, Reply
from games.core.chat import ChatEnv


class StatePolicy(ABC):
    """Sees the state, chooses an action, and states both in a perfect reply.

    Args:
        seed: Of the choices; together with the level and the turn it fixes each one, in whatever order they are made.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    @abstractmethod
    def choose(self, env: ChatEnv, state: Any, rng: Generator) -> Any:
        """The action to play on a state that is not terminal; None when there is none to give."""

    async def reply(self, context: Context) -> Reply:
        """A well-formed reply with the true perception block.

        Raises:
            PolicyFailed: No action was chosen.
            ValueError: The context carries no state or no level.
        """
        if context.level is None or context.state is None:
            raise ValueError("the context carries no level and state; this policy plays from the truth")
        env = ChatEnv.from_level(context.level)
        rng = default_rng(SeedSequence(self._seed, spawn_key=(context.level.seed, context.index)))
        action = self.choose(env, context.state, rng)
        if action is None:
            raise PolicyFailed(f"no action found at turn {context.index} of level {context.level.seed}")
        return Reply(env.truth_reply(context.state, action))


class SolverPolicy(StatePolicy):
    """Plays the solver of the game: the upper anchor."""

    def choose(self, env: ChatEnv, state: Any, rng: Generator) -> Any:
        """The solver's action."""
        return env.game.solve(state)


class GreedyPolicy(StatePolicy):
    """Plays the legal action with the greatest immediate reward, of equals the first.

    Where chance takes part, all actions are tried with the same dice, which are not those that the turn will throw.
    """

    def choose(self, env: ChatEnv, state: Any, rng: Generator) -> Any:
        """The action that earns most at once."""
        dice = int(rng.integers(2**63))

        def reward(action: Any) -> float:
            return env.game.transition(state, action, default_rng(dice)).reward

        return max(env.game.legal_actions(state), key=reward, default=None)


class RandomPolicy(StatePolicy):
    """Plays random actions: the lower anchor.

    Args:
        seed: Of the choices.
        legal: True draws uniformly among the legal actions, False among all that can be written down.
    """

    def __init__(self, seed: int = 0, legal: bool = False) -> None:
        super().__init__(seed)
        self._legal = legal

    def choose(self, env: ChatEnv, state: Any, rng: Generator) -> Any:
        """A random action."""
        if not self._legal:
            return env.game.random_action(rng)
        actions = env.game.legal_actions(state)
        return actions[int(rng.integers(len(actions)))] if actions else None

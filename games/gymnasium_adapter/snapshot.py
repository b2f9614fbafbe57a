"""Machines that play an environment from a snapshot: bytes in, bytes out, so that states of a game can be values.

An environment keeps its state to itself, and a game must not. A machine takes a snapshot, plays some steps on its
own environment, and gives the snapshot of what came out. Machines belong to one thread each, and whatever they hold
besides is overwritten by the next snapshot.
"""

from __future__ import annotations

import pickle
import threading
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from gymnasium.utils import EzPickle
from numpy.random import Generator, default_rng

from games.core.types import FrozenMap, Image
from games.gymnasium_adapter.environment import frame_of, make_environment

MAX_MACHINES = 8
# Protocol fixed, so that a snapshot does not change with the version of Python.
PROTOCOL = 4
_LOCAL = threading.local()


class Machine(ABC):
    """One environment, and the way to put it into a state and to take its state out."""

    kind: ClassVar[str]

    def __init__(self, env_id: str, env_kwargs: FrozenMap) -> None:
        self.env_id = env_id
        self.env_kwargs = env_kwargs
        self.environment: Any = None
        self._observation: object = None

    @abstractmethod
    def open(self, seed: int) -> None:
        """Start the level of a seed."""

    @abstractmethod
    def load(self, snapshot: bytes) -> None:
        """Go to the state of a snapshot; the picture may be a stale one until the next step."""

    @abstractmethod
    def save(self) -> bytes:
        """A snapshot of the state."""

    def step(self, action: int, rng: Generator) -> tuple[float, bool]:
        """Play one step of the environment, all of its randomness drawn from `rng`: reward, and whether it ended."""
        environment = self.environment
        environment._np_random = rng
        self._observation, reward, is_terminated, is_truncated, _ = environment.step(
            action + int(environment.action_space.start)
        )
        return float(reward), bool(is_terminated or is_truncated)

    def frame(self) -> Image:
        """The picture after `open` or `step`, uint8 (H, W, 3)."""
        frame = frame_of(self.environment, self._observation)
        assert frame is not None, "the first picture was one"
        return frame

    def _make(self) -> Any:
        return make_environment(self.env_id, self.env_kwargs)


class EmulatorMachine(Machine):
    """An Atari console: the emulator's own clone of its state, some 8 kB.

    The emulator draws random numbers for sticky actions only, and does not put into its clone which action stuck; so
    its stickiness is off, and the game's own takes its place. A console that is switched on does not depend on the
    seed, which saves a tenth of a second a level.
    """

    kind = "emulator"

    def __init__(self, env_id: str, env_kwargs: FrozenMap) -> None:
        super().__init__(env_id, env_kwargs)
        self.environment = self._make()
        self.environment.reset(seed=0)
        self._switched_on = self.save()

    def open(self, seed: int) -> None:
        """Switch the console on, and let one frame pass, for a clone does not hold the screen."""
        self.load(self._switched_on)
        self.environment.ale.act(0)
        self._observation = None

    def load(self, snapshot: bytes) -> None:
        """Go to the state of a snapshot; the screen follows at the next step."""
        self.environment.ale.restoreState(pickle.loads(snapshot))

    def save(self) -> bytes:
        """The emulator's clone of its state."""
        return pickle.dumps(self.environment.ale.cloneState(include_rng=False), PROTOCOL)


class PickleMachine(Machine):
    """An environment of plain Python objects: pickled whole, without its random stream.

    Every `load` makes new objects, so that bytes in decide bytes out: which equal objects are one and the same is
    part of a pickle. An environment that keeps sets of words has no such order; it may be replayed instead.
    """

    kind = "pickle"

    def __init__(self, env_id: str, env_kwargs: FrozenMap) -> None:
        super().__init__(env_id, env_kwargs)
        self.environment = self._make()
        # The same in every state, and often the largest part of an environment.
        self._spaces = {name: getattr(self.environment, name) for name in ("action_space", "observation_space")}
        self._blank = self.save()

    def open(self, seed: int) -> None:
        """Start the level of a seed on a copy of the environment as it was made."""
        self.load(self._blank)
        self._observation, _ = self.environment.reset(seed=seed)

    def load(self, snapshot: bytes) -> None:
        """Go to the state of a snapshot."""
        self.environment = pickle.loads(snapshot)
        vars(self.environment).update(self._spaces)

    def save(self) -> bytes:
        """The environment, pickled without its random stream, its spaces and its registration."""
        environment = self.environment
        environment._np_random = environment._np_random_seed = environment.spec = None
        for name in self._spaces:
            vars(environment).pop(name, None)
        snapshot = pickle.dumps(environment, PROTOCOL)
        vars(environment).update(self._spaces)
        return snapshot


class ReplayMachine(Machine):
    """Any other environment: a seed and the actions since, which are played again where needed.

    A snapshot is whole numbers of 8 bytes: the seed, then for each step the action and the seed of its randomness.
    Going on from the state that the machine is in costs one step, any other costs all of its steps on an environment
    made anew, for not every `reset` forgets everything. Each step is drawn, for drawing may change what is drawn later.
    """

    kind = "replay"

    def __init__(self, env_id: str, env_kwargs: FrozenMap) -> None:
        super().__init__(env_id, env_kwargs)
        self._history = b""
        self.open(0)

    def open(self, seed: int) -> None:
        """Start the level of a seed."""
        self.environment = self._make()
        self._observation, _ = self.environment.reset(seed=seed)
        self._history = np.array([seed], np.int64).tobytes()
        self._frame = super().frame()

    def load(self, snapshot: bytes) -> None:
        """Go to the state of a snapshot."""
        if snapshot == self._history:
            return
        seed, *steps = np.frombuffer(snapshot, np.int64).tolist()
        self.open(seed)
        for action, noise in zip(steps[::2], steps[1::2], strict=True):
            self._play(action, noise)

    def save(self) -> bytes:
        """The seed and the actions since."""
        return self._history

    def step(self, action: int, rng: Generator) -> tuple[float, bool]:
        """Play one step, its randomness drawn from a stream whose seed is drawn from `rng`."""
        return self._play(action, int(rng.integers(2**62)))

    def frame(self) -> Image:
        """The picture, drawn once a step, uint8 (H, W, 3)."""
        return self._frame

    def _play(self, action: int, noise: int) -> tuple[float, bool]:
        result = super().step(action, default_rng(noise))
        self._history += np.array([action, noise], np.int64).tobytes()
        self._frame = super().frame()
        return result


@lru_cache(maxsize=64)
def find_kind(env_id: str, env_kwargs: FrozenMap, spelling: str) -> type[Machine]:
    """The machine that can hold this environment; `spelling` is `repr(env_kwargs)`, for 1 equals True."""
    environment = make_environment(env_id, env_kwargs)
    if hasattr(environment, "ale"):
        return EmulatorMachine
    # An EzPickle comes back as it was made, not as it was.
    is_whole = not isinstance(environment, EzPickle)
    return PickleMachine if is_whole and _survives_pickling(env_id, env_kwargs) else ReplayMachine


def _survives_pickling(env_id: str, env_kwargs: FrozenMap) -> bool:
    """Whether a copy by pickle shows and does the same as the environment itself, for a few steps of one level."""
    try:
        machine = PickleMachine(env_id, env_kwargs)
        machine.open(0)
        copy = PickleMachine(env_id, env_kwargs)
        for turn in range(8):
            machine.frame()
            snapshot = machine.save()
            copy.load(snapshot)
            action = turn % int(machine.environment.action_space.n)
            ends = [one.step(action, default_rng(turn)) for one in (machine, copy)]
            if ends[0] != ends[1] or not np.array_equal(machine.frame(), copy.frame()):
                return False
            if ends[0][1]:
                break
    except Exception:
        # Whatever keeps an environment from being copied: a window, a lambda, a thread.
        return False
    return True


def machine_for(env_id: str, env_kwargs: FrozenMap) -> Machine:
    """This thread's machine for an environment; a thread keeps the last few."""
    if not hasattr(_LOCAL, "machine"):
        _LOCAL.machine = lru_cache(maxsize=MAX_MACHINES)(_build)
    machine: Machine = _LOCAL.machine(env_id, env_kwargs, repr(env_kwargs))
    return machine


def _build(env_id: str, env_kwargs: FrozenMap, spelling: str) -> Machine:
    return find_kind(env_id, env_kwargs, spelling)(env_id, env_kwargs)

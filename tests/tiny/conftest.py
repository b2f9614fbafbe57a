"""Shared pieces of the tiny model's tests; left out where torch or transformers is absent."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from games.core.chat import ChatEnv

if find_spec("torch") and find_spec("transformers"):
    import easyr1.tiny  # noqa: F401  (before transformers: it makes every torchvision importable)
else:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def env() -> ChatEnv:
    from easyr1.tiny.diet import small_env

    return small_env("shisensho_small")


@pytest.fixture(scope="session")
def envs() -> list[ChatEnv]:
    from easyr1.tiny.diet import SMALL_GAMES, small_env

    return [small_env(game) for game in SMALL_GAMES]


@pytest.fixture(scope="session")
def tokenizer(envs: list[ChatEnv]) -> Any:
    from easyr1.tiny.tokenizer import build_tokenizer
    from easyr1.tiny.vocabulary import vocabulary_texts, whole_phrases

    return build_tokenizer(vocabulary_texts(envs), whole_phrases(envs))


@pytest.fixture(scope="session")
def processor(tokenizer: Any) -> Any:
    from easyr1.tiny.model import make_processor

    return make_processor(tokenizer)

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
    from easyr1.tiny.warm_start import GAME_ID, KNOBS
    from games import Level
    from games.core.chat import ChatEnv

    return ChatEnv.from_level(Level(GAME_ID, KNOBS, 0))


@pytest.fixture(scope="session")
def tokenizer(env: ChatEnv) -> Any:
    from easyr1.tiny.tokenizer import build_tokenizer
    from easyr1.tiny.vocabulary import prompt_phrases, vocabulary_texts

    return build_tokenizer(vocabulary_texts(env), prompt_phrases(env))


@pytest.fixture(scope="session")
def processor(tokenizer: Any) -> Any:
    from easyr1.tiny.model import make_processor

    return make_processor(tokenizer)

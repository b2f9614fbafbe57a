from __future__ import annotations

from typing import Any

import pytest

from easyr1.errors import ConfigError
from easyr1.rollout.limits import Limits


@pytest.mark.parametrize(("max_turns", "window"), [(1, None), (1, 1), (30, 4)])
def test_good_limits(max_turns: int, window: int | None) -> None:
    limits = Limits(max_turns, window)
    assert (limits.max_turns, limits.window) == (max_turns, window)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("max_turns", {"max_turns": 0}),
        ("max_turns", {"max_turns": 1.5}),
        ("max_turns", {"max_turns": True}),
        ("window", {"max_turns": 3, "window": 0}),
        ("window", {"max_turns": 3, "window": "all"}),
    ],
)
def test_bad_limits_name_their_key(key: str, values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"^{key}: .* given; it must be") as caught:
        Limits(**values)
    assert "\n" not in str(caught.value)

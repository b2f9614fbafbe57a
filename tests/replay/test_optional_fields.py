"""Fields of a record that not every run has."""

from __future__ import annotations

import json

import pytest

from easyr1.replay.record import TurnRecord
from tests.replay.make import make_record


@pytest.mark.parametrize(
    "field", [{"game_name": "swap"}, {"failure": "HTTP 500, four times"}, {"seconds": 1.5}, {"cost": 0.02}]
)
def test_a_line_holds_what_is_not_the_default(field: dict[str, object]) -> None:
    plain, more = make_record(), make_record(**field)
    assert json.loads(more.to_json()) == {**json.loads(plain.to_json()), **field}
    assert TurnRecord.from_json(more.to_json()) == more


def test_values_that_every_run_has_stay_when_they_are_empty() -> None:
    record = make_record(reply="", action=None, advantage=None, sample=0)
    assert json.loads(record.to_json()).keys() >= {"reply", "action", "advantage", "sample"}

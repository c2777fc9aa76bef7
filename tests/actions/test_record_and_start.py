"""What an action says is to happen in instances; that it happens is the worker's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from actions import record, start
from engine.action import Attempt, Begun, Said

NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


def attempt() -> Attempt:
    return Attempt(
        key="x/3/1",
        number=1,
        instance="x",
        node="阶段.环节.办",
        titles={"plan": "方案", "node": "办"},
        requested=NOW,
        now=NOW,
    )


def test_an_event_is_said_with_its_note_in_one_language() -> None:
    note = {"zh": "收文号 3", "en": "number 3"}
    given = record.Parameters.model_validate({"event": "已收文", "note": note})
    assert record.run(given, attempt()).says == (Said(event="已收文", note="收文号 3"),)
    plain = record.Parameters.model_validate({"event": "已收文"})
    assert record.run(plain, attempt()).says == (Said(event="已收文"),)


def test_an_instance_is_called_as_the_plan_says_or_after_who_asks() -> None:
    given = start.Parameters.model_validate({"plan": "units/a", "id": "y"})
    assert start.run(given, attempt()).begins == Begun(plan="units/a", instance="y")
    given = start.Parameters.model_validate({"plan": "units/a", "wait": True})
    begins = Begun(plan="units/a", instance="x.阶段.环节.办", waits=True)
    assert start.run(given, attempt()).begins == begins


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (record.Parameters, {}),
        (record.Parameters, {"event": ""}),
        (record.Parameters, {"event": "x", "instance": "another"}),
        (start.Parameters, {"plan": ""}),
        (start.Parameters, {"plan": "a b"}),
        (start.Parameters, {"plan": "a", "id": "x\ny"}),
        (start.Parameters, {"plan": "a", "id": "x\x00y"}),
        (start.Parameters, {"plan": "a", "id": "x\x1b[1m"}),
    ],
)
def test_what_cannot_be_is_refused(model: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(wrong)

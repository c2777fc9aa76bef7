"""What is remembered of an instance is weighed: at first, and not a second time."""

from __future__ import annotations

from typing import Any

import pytest

from engine.verifier import Instance, Remembering

SHORT, LONG = 200, 400
"""Bytes, roughly, of a fact; and of a node or a paper, beside its name."""


def moved(*did: list[Any], **data: Any) -> dict[str, Any]:
    said = {"from": "s", "to": "s", "round": 1, "cause": "clock", "did": list(did)}
    return {"type": "moved", "node": "n", "data": {**said, **data}}


def cost(instance: Instance, entry: dict[str, Any]) -> int:
    return Remembering(instance, {"seq": 1, "at": "x", **entry}).took()


NEW: dict[str, tuple[dict[str, Any], int, int]] = {
    "a fact": (moved(["set", "m", "f", 1]), SHORT, 0),
    "an event": (moved(["signal", "e"]), SHORT, 0),
    "an event from outside": ({"type": "signalled", "data": {"name": "e"}}, SHORT, 0),
    "a paper": (moved(["version", "甲乙", {"label": "1"}]), LONG + 8, 0),
    "an approval": (moved(["approve", "甲乙", "ab"]), LONG + 8, 0),
    "a node": (moved(["begin", "m", 1, "s"]), LONG + 4 + 8, 8),
    "an act": (moved(cause="person", move="m"), SHORT, 0),
    # a permit stands once, and each is said by an entry of its own
    "a permit": (moved(["permit", "m", 1, "x"]), LONG + 4, LONG + 4),
}


@pytest.mark.parametrize("name", NEW)
def test_what_is_new_costs_and_what_is_known_does_not(name: str) -> None:
    entry, first, again = NEW[name]
    instance = Instance()
    cost(instance, moved())  # the node of the entry itself
    least = cost(instance, moved())
    assert cost(instance, entry) - least == first
    assert cost(instance, entry) - least == again


def test_a_long_text_costs_its_length_each_time() -> None:
    instance = Instance()
    cost(instance, moved())
    entry = moved(["version", "p", {"label": "长" * 5_000}])
    assert cost(instance, entry) > LONG + 5_000
    assert cost(instance, entry) > 5_000


def test_what_is_taken_back_costs_nothing() -> None:
    instance = Instance()
    cost(instance, moved())
    assert cost(instance, moved(["set", "m", "f", None])) == cost(instance, moved())
    assert cost(instance, moved(["used", "m", 1, "x"])) == cost(instance, moved())

"""Over the whole campaign, whynot says what a decision would say: no more, no less."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from engine.bootstrap import open_service
from engine.core import evidence, prospects
from engine.core.commands import Do
from engine.core.decision import decide
from engine.core.events import Refused
from engine.core.facts import Known, choices
from engine.core.naming import live_paths
from engine.core.prospects import Prospect
from engine.errors import BadInput
from engine.plan.graph import Field, Move
from engine.runtime.service import Live
from engine.testing import CAMPAIGN, apart, paper, played

TURNS = 40
"""At each act a share of the nodes is asked; in so many acts every one of them."""


PLAUSIBLE: dict[str, Any] = {
    "groups": {"一组": {"leader": "夏寅江", "members": ["夏寅江"]}},
    "file": paper(),
    "date": "2009-12-31",
    "datetime": "2009-12-31 09:00",
    "bool": "true",
    "int": "1",
    "number": "1",
}


def plausible(known: Known, path: str, taken: Field) -> Any:
    """A value that an input of this type can have."""
    if taken.type == "choice":
        return choices(taken, known, path)[0]
    if taken.type == "scores":
        return dict.fromkeys(choices(taken, known, path), 3)
    if taken.type == "move":
        return next(iter(known.node(path).kind.moves))
    return PLAUSIBLE.get(taken.type, "夏寅江")


def decided(live: Live, path: str, move: Move, who: str, at: Any) -> Refused | None:
    known = live.known
    given = {name: plausible(known, path, one) for name, one in move.takes.items()}
    command = Do(node=path, move=move.name, actor=who, inputs=given)
    command = apart(live, command)
    return decide(live.plan, live.instance, command, now=at, timers=live.timers).refused


def reasons_of(prospect: Prospect) -> list[Any]:
    return [evidence.reason(one.outcome) for one in prospect.unmet]


def about(reasons: Any) -> Counter[str]:
    return Counter(one["clause"] for one in reasons if "clause" in one)


def agrees(live: Live, path: str, move: Move, at: Any) -> str:
    """Compares what is asked with what is decided; says how it was."""
    able = prospects.able(live.known, path, move, at)
    who = able[0] if able and able[0] != "*" else "石绍岚"
    one = prospects.prospect(live.known, path, move, at, actor=who)
    try:
        refused = decided(live, path, move, who, at)
    except BadInput:
        return "incomplete"
    told = () if refused is None else refused.reasons
    where = (str(at), path, move.name, who, told)
    codes = {reason["code"] for reason in told}
    if who not in able and "*" not in able:
        assert codes, where
        return "no right"
    assert not codes & {"core.no_right", "core.not_by", "core.once_each"}, where
    assert ("core.not_in_state" in codes) == (not one.in_state), where
    if one.permit is not None:
        assert refused is None, where
        return "permitted"
    return the_gate_agrees(one, refused, where)


def the_gate_agrees(one: Prospect, refused: Refused | None, where: Any) -> str:
    """The same clauses, but for those about what is handed in."""
    told = about(() if refused is None else refused.reasons)
    allowed = {outcome.clause.text for outcome in one.asked}
    mine = about(reasons_of(one))
    for clause in allowed:
        told.pop(clause, None)
        mine.pop(clause, None)
    assert told == mine, where
    if one.is_open:
        assert refused is None or set(about(refused.reasons)) <= allowed, where
        return "open"
    assert refused is not None, where
    return "shut" if one.in_state else "no state"


@pytest.fixture(scope="module")
def found() -> Counter[str]:
    """Every node and move of the campaign, asked and decided in turn."""
    service = open_service("memory://")
    counted: Counter[str] = Counter()
    for number, step in enumerate(played(service)):
        live = service.look(CAMPAIGN)
        touched = getattr(step.command, "node", None)
        for place, path in enumerate(live_paths(live.known)):
            if place % TURNS != number % TURNS and path != touched:
                continue
            for move in prospects.persons_moves(live.known.node(path).kind):
                counted[agrees(live, path, move, step.at)] += 1
    return counted


def test_what_whynot_says_is_what_a_decision_says(found: Counter[str]) -> None:
    assert found["open"] > 1_000
    assert found["shut"] > 500
    assert found["no state"] > 1_000
    assert found["no right"] > 50


def test_few_moves_could_not_be_tried_for_want_of_inputs(found: Counter[str]) -> None:
    assert found["incomplete"] < found.total() / 20

"""What a plan can ask of whoever works it out again is bounded, and that is said."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest

from engine import verifier
from engine.verifier import (
    OPEN,
    Report,
    Table,
    contained,
    covered,
    printed,
    reckoned,
    value_of,
    verify,
)
from tests.verifier.bundles import Log, bundle, canonical, sha256, zipped
from tests.verifier.judged import Told

SECONDS = 10  # of the processor, whatever else it does
LONGEST = {"n": "9" * 1000}
TRUE = ["v", True]


def products(depth: int) -> list[Any]:
    form: list[Any] = ["?", 0]
    for _ in range(depth):
        form = ["*", form, form]
    return form


def looked_at(
    clauses: list[Any], gate: list[Any], lines: list[Any], facts: list[Any]
) -> tuple[Report, float]:
    """A move through a gate of these clauses, with what was recorded of it."""
    move = {"from": ["a"], "to": "a", "by": "by", "gate": gate}
    kind = {"initial": "a", "done": [], "settled": [], "moves": {"m": move}}
    node = {"kind": "k", "parent": None, "entry": [], "exit": []}
    gates = {"clauses": clauses, "kinds": {"k": kind}, "nodes": {"n": node}}
    plan = canonical({"gates": gates})
    digest = sha256(plan).hex()
    data = {"move": "m", "from": "a", "to": "a", "round": 1, "cause": "person"}
    data["why"] = {"gate": lines, "facts": facts}  # type: ignore[assignment]
    entry = {
        "v": 1,
        "instance": "a",
        "seq": 1,
        "prev": "0" * 64,
        "type": "moved",
        "at": "2009-04-11T01:00:00Z",
        "recorded": "2009-04-11T01:00:00Z",
        "data": data,
        "node": "n",
        "plan": digest,
    }
    members = bundle(Log()).members
    members |= {f"plans/{digest}": plan, "entries": b"0 " + canonical(entry) + b"\n"}
    file = io.BytesIO(zipped(members))
    before = time.process_time()
    return verify(file), time.process_time() - before


COSTLY: dict[str, tuple[list[Any], list[Any], list[Any], list[Any]]] = {
    "a great form for each of many members": (
        [["a", ["all_of", ["?", 0], ["and", *[TRUE] * 4000, ["?", 0]]]]],
        [0],
        [["a", True, [], [[["x", [True]]] * 20_000]]],
        [],
    ),
    "members of members": (
        [
            [
                "a",
                [
                    "any_of",
                    ["?", 0],
                    ["all_of", ["?", 0], ["and", *[TRUE] * 9000, ["?", 0]]],
                ],
            ]
        ],
        [0],
        [["a", True, [], [[["x", [[["y", [True]]] * 90]]] * 90]]],
        [],
    ),
    "a great form in many lines": (
        [["a", ["and", *[TRUE] * 9000]]],
        [0] * 20_000,
        [["a", True]] * 20_000,
        [],
    ),
    "a register without end": (
        [["a", ["size", ["?", 0, ["items", "r"]]]]],
        [0] * 2000,
        [["a", True, [], [[]]]] * 2000,
        [["r/r", 100_000, 1]],
    ),
}


@pytest.mark.parametrize("what", COSTLY)
def test_what_would_take_for_ever_is_left_as_recorded_and_said(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "STEPS_FREE", verifier.STEPS_FREE // 20)
    report, seconds = looked_at(*COSTLY[what])
    assert seconds < SECONDS
    assert "gates.costly" in {one.code for one in report.undecided}
    assert report.exit in {1, 2}
    assert "plangate verify" in printed(report, "zh")
    assert "too many steps" in printed(report, "en")


def test_what_is_long_and_honest_is_worked_out() -> None:
    """Every one of three thousand people was there, and each by a record of his own."""
    names = [f"person {number}" for number in range(3000)]
    there = [[name, [True]] for name in names]
    clauses = [
        ["a", ["covers", ["?", 0], ["?", 1]]],
        ["b", ["all_of", ["?", 0], ["?", 0]]],
    ]
    lines = [["a", True, [], [names, names[::-1]]], ["b", True, [], [there]]] * 20
    report, seconds = looked_at(clauses, [0, 1] * 20, lines, [])
    assert seconds < SECONDS
    assert not any(code.startswith("gate") for code in codes(report))
    report, _ = looked_at(clauses, [0], [["a", True, [], [names[1:], names]]], [])
    assert "gate.verdict" in codes(report)


def codes(report: Report) -> list[str]:
    return [one.code for one in (*report.defects, *report.undecided)]


def test_a_number_without_end_stands_as_recorded() -> None:
    great = value_of(LONGEST)
    square = reckoned("*", great, great)
    assert square == great * great
    assert reckoned("*", square, great) is OPEN
    assert reckoned("+", square, reckoned("/", 1, square)) is OPEN
    for depth in (1, 2, 3, 12):
        report, seconds = looked_at(
            [["a", products(depth)]], [0], [["a", True, [], [LONGEST]]], []
        )
        assert seconds < SECONDS
        assert ("gate.verdict" in codes(report)) is (depth == 1)
    sums = ["+", ["/", ["v", 1], ["?", 0]], ["/", ["?", 0], ["v", 7]]]
    lines = [["a", None, [], [LONGEST]]] * 10_000
    report, seconds = looked_at([["a", sums]], [0] * 10_000, lines, [])
    assert seconds < SECONDS
    assert not any(code == "gate.verdict" for code in codes(report))


@pytest.mark.parametrize("by", [[], {}, ["by"], None, 1, "nobody"])
def test_who_makes_a_move_is_a_word_of_the_page(by: object) -> None:
    move = {"from": ["a"], "to": "a", "by": by, "gate": []}
    kind = {"initial": "a", "done": [], "settled": [], "moves": {"m": move}}
    with pytest.raises(ValueError):  # noqa: PT011 -- the one that is promised
        Table({"clauses": [], "kinds": {"k": kind}, "nodes": {}})


def test_members_are_the_same_by_sort_and_value() -> None:
    """Numbers by size, and true is 1; a text is no number; lists member by member."""
    half, day, moment = {"n": "1/2"}, {"d": "2009-04-11"}, {"t": "2009-04-11T01:00:00Z"}
    every = [1, True, 0, "1", half, day, moment, {"p": "2009-04-11"}, [1], ["1"]]
    like = {(0, 1), (1, 0)}
    for a, one in enumerate(every):
        for b, other in enumerate(every):
            whole, part = value_of([other, "x"]), value_of([one])
            is_there = a == b or (a, b) in like
            assert contained("in", part, whole) is is_there
            assert contained("not in", part, whole) is not is_there
            assert covered(whole, part) is is_there
    assert contained("in", "x", "*") is covered(["*"], ["x"]) is True
    assert contained("in", "*", ["x"]) is False
    assert covered(["x"], ["*", "x"]) is True


def test_a_count_below_nothing_earns_no_steps() -> None:
    told = Told()
    left = told.instances.work.left
    told.asked(["items", "r"], [], [["r/r", -(10**12), 1]])
    assert told.instances.work.left <= left

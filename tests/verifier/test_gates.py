"""Section 6 of the page: a gate is worked out again, and whoever forged it is told."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from engine.verifier import OPEN, Table, compared, contained, is_same, value_of
from tests.verifier import bundles
from tests.verifier.bundles import (
    GATES,
    Entry,
    Log,
    bundle,
    canonical,
    entries_of,
    respoilt,
    sha256,
    story,
)
from tests.verifier.reports import at, place, told
from tests.verifier.reports import report_of as reported

Change = Callable[[Entry], object]


def gate(entry: Entry) -> list[Any]:
    found: list[Any] = entry["data"]["why"]["gate"]
    return found


def why(**keys: object) -> Change:
    return lambda entry: entry["data"]["why"].update(keys)


def asked(line: int, value: int, new: object) -> Change:
    def change(entry: Entry) -> None:
        gate(entry)[line][3][value] = new

    return change


def says(line: int, *, new: object) -> Change:
    def change(entry: Entry) -> None:
        gate(entry)[line][1] = new

    return change


FORGED: dict[str, tuple[Change, list[str]]] = {
    "a verdict": (says(3, new=False), ["gate.verdict", "gate.passed"]),
    "a verdict of a group": (says(0, new=None), ["gate.verdict", "gate.passed"]),
    "a verdict that nobody can work out": (says(6, new=False), ["gate.passed"]),
    "what a clause asked": (asked(3, 1, "z"), ["gate.verdict"]),
    "a member's answer": (asked(4, 0, [[5, [5, 9]]]), ["gate.verdict"]),
    "the time": (asked(5, 0, {"t": "2031-01-01T00:00:00Z"}), ["gate.verdict"]),
    "too few values": (lambda e: gate(e)[3][3].pop(), ["gate.asked"]),
    "too many values": (lambda e: gate(e)[3][3].append(1), ["gate.asked"]),
    "members that are none": (asked(4, 0, [[5, [5]]]), ["gate.asked"]),
    "a clause left out": (lambda e: gate(e).pop(2), ["gate.clauses"]),
    "a clause more": (lambda e: gate(e).append(["x", True]), ["gate.clauses"]),
    "another text": (lambda e: gate(e)[3].__setitem__(0, "b"), ["gate.clauses"]),
    "no parts": (lambda e: gate(e)[0].__setitem__(2, []), ["gate.clauses"]),
    "another move": (lambda e: e["data"].update(move="m"), ["gate.move"]),
    "another target": (lambda e: e["data"].update(move="to_done"), ["gate.move"]),
    "a fact of later": (why(facts=[["m/a", 1, 999]]), ["gate.facts"]),
    "a fact of nobody": (why(facts=[["m/a", 1, 0]]), ["gate.facts"]),
    "nothing from somewhere": (why(facts=[["m/a", None, 1]]), ["gate.facts"]),
    "a state that was not": (why(facts=[["n/壬", ["open", 1], 1]]), ["gate.facts"]),
    "a field that was not": (why(facts=[["f/壬/x", 5, 1]]), ["gate.facts"]),
    "a signal that was not": (why(facts=[["e/x", {"at": "x"}, 1]]), ["gate.facts"]),
    "a paper that was not": (why(facts=[["d/x", ["1", "2", "2"], 1]]), ["gate.facts"]),
    "a permit": (why(permit=1), ["gate.permit"]),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_gate_is_told_at_its_place(what: str) -> None:
    change, due = FORGED[what]
    log = story(4, length=60)
    draw = random.Random(what)
    moves = [
        index
        for index, entry in enumerate(entries_of(log))
        if entry["type"] == "moved" and entry["data"]["to"] != "done"
    ]
    for index in draw.sample(moves, 5):
        forged = respoilt(log, {index: change})
        assert told(reported(bundle(forged))) == [
            (code, place(forged, index)) for code in due
        ]


def test_a_refusal_whose_gate_was_open_is_told() -> None:
    log = story(4, length=60)
    moves = [i for i, e in enumerate(entries_of(log)) if e["type"] == "moved"]
    last = moves[-1]

    def refuse(entry: Entry) -> None:
        moved = entry["data"]
        entry["data"] = {"move": moved["move"], "reasons": [], "why": moved["why"]}

    forged = Log({last: lambda entry: entry.update(type="refused") or refuse(entry)})
    for entry in entries_of(log)[: last + 1]:
        if entry["type"] == "sealed":
            forged.seal()
            continue
        fixed = ("instance", "type", "data", "seq", "prev", "v")
        keys = {key: value for key, value in entry.items() if key not in fixed}
        forged.add(entry["instance"], entry["type"], entry["data"], **keys)
    forged.seal()
    assert told(reported(bundle(forged))) == [("gate.refused", place(forged, last))]


def under(gates: object, log: Log, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The report of a history under a plan with other gates."""
    plan = canonical(gates)
    monkeypatch.setattr(bundles, "PLAN", plan)

    def named(entry: Entry) -> None:
        if "plan" in entry:
            entry["plan"] = sha256(plan).hex()
        if entry["type"] == "started":
            entry["data"]["plan"] = sha256(plan).hex()

    changed = respoilt(log, dict.fromkeys(range(len(log.lines)), named))
    return reported(bundle(changed))


def test_without_a_table_nothing_of_gates_is_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = under({"plan": []}, story(4), monkeypatch)
    assert (report.exit, report.defects) == (2, ())
    assert [item.code for item in report.undecided] == ["gates.none"]


def broken(change: Callable[[Entry], object]) -> Entry:
    table = copy.deepcopy(GATES)
    change(table)
    return table


BROKEN: dict[str, Entry | list[object]] = {
    "no object": [],
    "no clauses": broken(lambda t: t.pop("clauses")),
    "a ring of groups": broken(lambda t: t["clauses"].insert(0, ["x", "all", [0]])),
    "an unknown form": broken(lambda t: t["clauses"].append(["x", ["eval", "1"]])),
    "a hole too far": broken(lambda t: t["clauses"].append(["x", ["?", 1]])),
    "a clause too far": broken(lambda t: t["nodes"]["甲"]["entry"].append(99)),
    "no kind": broken(lambda t: t["nodes"]["甲"].update(kind="z")),
    "an unknown meaning": broken(
        lambda t: t["clauses"].append(["x", ["?", 0, ["guess", "a"]]])
    ),
    "an unknown trigger": broken(
        lambda t: t["kinds"]["k"]["moves"]["to_done"].update(by="whim")
    ),
    "no state to begin in": broken(lambda t: t["kinds"]["k"].update(initial=3)),
    "a group of a strange sort": broken(
        lambda t: t["clauses"].append(["x", "some", []])
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_table_that_is_none_is_told_once(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = under({"gates": BROKEN[what]}, story(4), monkeypatch)
    assert [defect.code for defect in report.defects] == ["plan.gates"]
    assert report.defects[0].where.member.startswith("plans/")


def test_a_history_with_a_gap_is_not_held_against_what_comes_after() -> None:
    log = story(4, length=60)
    entries = [e for e in entries_of(log) if e["instance"] != "~log"]
    name = entries[0]["instance"]
    mine = [i for i, e in enumerate(entries_of(log)) if e["instance"] == name]
    lines = bundle(log).members["entries"].splitlines(keepends=True)
    written = bundle(log)
    del lines[mine[2]]
    written.members["entries"] = b"".join(lines)
    report = reported(written)
    assert not {d.code for d in report.defects if d.code.startswith("gate.")}
    assert at(report, "entry.seq", mine[3])


@pytest.mark.parametrize(
    ("sign", "a", "b", "answer"),
    [
        ("==", 1, {"n": "2/2"}, True),
        ("==", True, 1, True),
        ("<", False, {"n": "1/2"}, True),
        ("==", "1", 1, False),
        ("<", "1", 1, None),
        ("<", {"d": "2009-04-11"}, {"t": "2009-04-12T00:00:00Z"}, None),
        ("==", {"p": "1 day"}, {"p": "24 hours"}, False),
        ("<", {"p": "1 day"}, {"p": "2 days"}, None),
        ("==", ["甲"], "甲", True),
        ("!=", ["甲", "乙"], ["甲", "乙"], False),
        ("<", ["甲"], ["乙"], OPEN),
        ("==", None, None, None),
        (
            ">=",
            {"t": "2009-04-11T00:00:00.500000Z"},
            {"t": "2009-04-11T00:00:00Z"},
            True,
        ),
        ("==", {"x": "list"}, 1, OPEN),
        ("==", {"n": "1/0"}, 1, OPEN),
        ("==", {"t": "yesterday"}, 1, OPEN),
        ("==", [{"x": "y"}], [1], OPEN),
    ],
)
def test_two_values_compare_as_the_page_says(
    sign: str, a: object, b: object, answer: object
) -> None:
    assert compared(sign, value_of(a), value_of(b)) is answer


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        ("甲", ["甲", "乙"], True),
        (["甲", "丙"], ["甲", "乙"], False),
        ("谁", ["*"], True),
        ([], [], True),
        (None, ["甲"], None),
        ("甲", {"x": "list"}, OPEN),
    ],
)
def test_membership_is_as_the_page_says(a: object, b: object, answer: object) -> None:
    assert contained("in", value_of(a), value_of(b)) is answer
    contrary = answer if answer is OPEN or answer is None else not answer
    assert contained("not in", value_of(a), value_of(b)) is contrary


def test_a_value_is_the_same_as_the_record_has_it() -> None:
    assert is_same({"n": "3/4"}, "3/4")
    assert is_same({"t": "2009-04-11T00:00:00Z"}, "2009-04-11T00:00:00Z")
    assert is_same(["甲"], "甲")
    assert not is_same([True], 1)
    assert not is_same(["甲", "乙"], ["乙", "甲"])
    assert not is_same(None, "甲")


def test_a_table_is_read_once_and_whole() -> None:
    table = Table(json.loads(canonical(GATES)))
    assert len(table.clauses) == len(GATES["clauses"])
    assert [one.is_plain for one in table.clauses[:2]] == [True, False]

"""Section 6 of the page: lines, verdicts, permits, and where a move leads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verifier.judged import GATES, F, N, T, Told, said_of

LEAST: list[tuple[list[Any], Any, Any]] = [
    ([T, T, F], 2, T),
    ([T, F, F], 2, F),
    ([T, N, F], 2, N),
    ([N, N, F], 2, N),
    ([N, F, F], 2, F),
    ([T, T, T], 2, T),
    ([F, F, F], 0, T),
    ([T, T, F], {"n": "3/2"}, T),
    ([T, F, F], {"n": "3/2"}, F),
    ([T, T, T], None, N),
    ([T, T, T], "2", N),
]


def verdict_told(clause: str, verdict: Any, parts: Any, asked: Any = ()) -> list[str]:
    """What is told if a line of a refused move says so."""
    number = [line[0] for line in GATES["clauses"]].index(clause)
    kind = GATES["kinds"]["k"]
    ask = {**kind["moves"]["ask"], "gate": [1, number]}
    told = Told(kinds={"k": {**kind, "moves": {"ask": ask}}})
    line = [clause, verdict, [["part", one] for one in parts], list(asked)]
    why = {"gate": [["false", False], line], "facts": []}
    found = told.add("refused", {"move": "ask", "reasons": [], "why": why})
    assert told.recorded == (clause == "nobody knows")
    return found


@pytest.mark.parametrize(("parts", "least", "due"), LEAST)
def test_enough_parts_are_true_or_not_or_nobody_knows(
    parts: list[Any], least: Any, due: Any
) -> None:
    for verdict in (T, F, N):
        wrong = [] if verdict is due else ["gate.verdict"]
        assert verdict_told("least", verdict, parts, [least]) == wrong


GROUPS = [
    ("any", [T, N], T),
    ("any", [F, N], N),
    ("any", [F, F], F),
    ("all", [T, T], T),
    ("all", [T, N], N),
    ("all", [F, N], F),
    ("not", [T, T], F),
    ("not", [T, N], N),
    ("not", [T, F], T),
    ("entry", [T, T], T),
    ("entry", [N, F], N),
    ("entry", [F, N], F),
    ("entry", [T, N], N),
    ("exit", [T], T),
    ("exit", [F], F),
    ("exit", [N], N),
]


@pytest.mark.parametrize(("clause", "parts", "due"), GROUPS)
def test_a_verdict_follows_from_its_parts(
    clause: str, parts: list[Any], due: Any
) -> None:
    for verdict in (T, F, N):
        wrong = [] if verdict is due else ["gate.verdict"]
        assert verdict_told(clause, verdict, parts) == wrong


@pytest.mark.parametrize("verdict", [T, F, N])
def test_what_cannot_be_worked_out_stands_as_recorded(verdict: Any) -> None:
    assert verdict_told("nobody knows", verdict, []) == []


@pytest.mark.parametrize("form", [["v", 5], ["+", ["v", 1], ["v", 2]], ["v", "a"]])
def test_what_is_neither_true_nor_false_is_an_unknown_verdict(form: list[Any]) -> None:
    kind = GATES["kinds"]["k"]
    ask = {**kind["moves"]["ask"], "gate": [0]}
    for verdict in (N, T, F):
        told = Told(
            clauses=[["sum", form]], kinds={"k": {**kind, "moves": {"ask": ask}}}
        )
        told.gates["nodes"] = {"n": {**GATES["nodes"]["n"], "entry": [], "exit": []}}
        why = {"gate": [["sum", verdict]], "facts": []}
        found = told.add("refused", {"move": "ask", "reasons": [], "why": why})
        due = [] if verdict is N else ["gate.verdict"]
        assert [code for code in found if code != "gate.refused"] == due


LINES: dict[str, tuple[list[Any], list[str]]] = {
    "as it must be": ([["true", True]], []),
    "with empty parts": ([["true", True, []]], []),
    "with nothing asked": ([["true", True, [], []]], []),
    "none": ([], ["gate.clauses"]),
    "twice": ([["true", True]] * 2, ["gate.clauses"]),
    "of another text": ([["truth", True]], ["gate.clauses"]),
    "with a part": ([["true", True, [["part", True]]]], ["gate.clauses"]),
    "with a value": ([["true", True, [], [1]]], ["gate.asked"]),
    "false": ([["true", False]], ["gate.verdict", "gate.passed"]),
    "unknown": ([["true", None]], ["gate.verdict", "gate.passed"]),
}


@pytest.mark.parametrize("what", LINES)
def test_a_line_of_a_gate_is_that_of_its_clause(what: str) -> None:
    gate, due = LINES[what]
    why = {"gate": gate, "facts": []}
    assert Told().moved("m", "s", "s", why=why) == due


def test_a_part_that_is_no_line_is_told() -> None:
    kind = GATES["kinds"]["k"]
    ask = {**kind["moves"]["ask"], "gate": [4]}
    for part in ("part", ["part"], ["part", 1], [1, True], ["part", True, 1]):
        told = Told(kinds={"k": {**kind, "moves": {"ask": ask}}})
        why = {"gate": [["all", False, [["part", True], part]]], "facts": []}
        data = {"move": "ask", "reasons": [], "why": why}
        assert told.add("refused", data) == ["gate.clauses"]
        assert told.recorded == 1


def test_a_plain_clause_has_nothing_asked_beside_its_verdict() -> None:
    kind = GATES["kinds"]["k"]
    move = {**kind["moves"]["m"], "gate": [0]}
    clauses = [["true", ["?", 0, ["in", "s", ""]]], *GATES["clauses"][1:]]
    told = Told(clauses=clauses, kinds={"k": {**kind, "moves": {"m": move}}})
    assert told.moved("m", "s", "s") == []
    told.moved("m", "s", "s", did=[["begin", "n", 2, "d"]])
    why = {"gate": [["true", True]], "facts": []}
    assert told.moved("m", "d", "d", round=2, why=why) == ["gate.asked"]


# --- Moves


WAYS: list[tuple[str, str, str, list[str]]] = [
    ("to_d", "s", "d", []),
    ("to_d", "s", "e", ["gate.move"]),
    ("to_d", "d", "d", ["entry.state", "gate.move"]),
    ("m", "s", "s", []),
    ("m", "s", "d", ["gate.move"]),
    ("m", "d", "d", ["entry.state"]),
    ("none", "s", "s", ["gate.move"]),
]


@pytest.mark.parametrize(("move", "source", "to", "due"), WAYS)
def test_a_move_leads_where_the_plan_says(
    move: str, source: str, to: str, due: list[str]
) -> None:
    gate = [["true", True]] if move == "m" else []
    why = {"gate": gate, "facts": []}
    assert Told().moved(move, source, to, why=why) == due


def test_a_node_that_the_plan_does_not_have_has_no_move() -> None:
    assert Told().moved("m", "s", "s", node="z") == ["gate.move"]
    assert Told().moved("m", "d", "d", node="t[x]") == []
    assert Told().moved("m", "d", "d", node="r#1") == []


def test_a_refusal_is_not_held_to_where_the_move_leads() -> None:
    kind = GATES["kinds"]["k"]
    ask = {**kind["moves"]["ask"], "gate": [0], "from": []}
    told = Told(kinds={"k": {**kind, "moves": {"ask": ask}}})
    why = {"gate": [["true", True]], "facts": []}
    data = {"move": "ask", "reasons": [], "why": why}
    assert told.add("refused", data) == ["gate.refused"]


def test_a_permit_lets_one_move_pass_whose_gate_is_not_open() -> None:
    why = {"gate": [["false", False]], "facts": []}
    kind = GATES["kinds"]["k"]
    move = {**kind["moves"]["m"], "gate": [1]}
    told = Told(kinds={"k": {**kind, "moves": {"m": move}}})

    def passed(permit: Any, **keys: Any) -> list[str]:
        return told.moved("m", "s", "s", why={**why, "permit": permit}, **keys)

    assert told.moved("m", "s", "s", why=why) == ["gate.passed"]
    told.add("signalled", {})
    given = [["permit", "n", 1, "m"]]
    told.moved("m", "s", "s", why=why, node="p", did=given)  # 3
    assert passed(2) == ["gate.permit"]
    assert passed(3, node="p") == ["gate.permit"]
    assert passed(3, did=[["used", "n", 2, "m"]]) == []
    assert passed(3, did=[["used", "n", 1, "m"]]) == []
    assert passed(3) == ["gate.permit"]
    told.moved("m", "s", "s", why=why, node="p", did=given)  # 9
    assert passed(3) == ["gate.permit"]
    assert passed(9) == []
    assert passed(9, round=2) == ["gate.permit"]
    # after a broken chain nobody knows which permits there were
    told.seq += 1
    assert passed(99) == ["entry.seq"]


@pytest.mark.parametrize(
    "deed",
    [
        ["permit", "n", 1],
        ["permit", "n", 1, "m", 0],
        ["permit", "n", -1, "m"],
        ["permit", "n", 1, 5],
        ["permit", "p", 1, "m"],
        ["permit", "n", 2, "m"],
        ["permit", "n", 1, "to_d"],
    ],
)
def test_a_permit_of_something_else_lets_nothing_pass(deed: list[Any]) -> None:
    told = Told()
    told.moved("m", "s", "s", node="p", did=[deed])
    why = {"gate": [["true", True]], "facts": [], "permit": 1}
    assert told.moved("m", "s", "s", why=why) == ["gate.permit"]


def test_of_an_instance_with_a_gap_nothing_is_looked_up_any_more() -> None:
    told = Told()
    told.moved("to_d", "s", "d", why={"gate": [], "facts": []})
    told.seq += 1
    assert told.asked(["in", "s", ""], T) == ["entry.seq"]
    assert told.asked(["in", "s", ""], T) == []
    assert said_of(told, "n/n", ["s", 7], 1) == []
    other = Told()
    other.moved("to_d", "s", "d", why={"gate": [], "facts": []})
    other.leaf = bytes(32)
    assert other.asked(["in", "s", ""], T) == ["entry.prev"]
    assert other.asked(["in", "s", ""], T) == []


@pytest.mark.parametrize("asked", [[], [1], [1, 2, 3]])
def test_of_more_or_fewer_values_than_its_form_has_nothing_is_worked_out(
    asked: list[Any],
) -> None:
    assert Told().refused(["==", ["?", 0], ["?", 1]], asked) == ["gate.asked"]
    assert Told().refused(["==", ["?", 0], ["?", 1]], [1, 2]) == []
    assert Told().refused(["==", ["?", 0], ["?", 1]], [2, 2]) == ["gate.verdict"]


@pytest.mark.parametrize("parts", [[], [T], [T, T, T]])
def test_of_more_or_fewer_parts_than_a_clause_has_nothing_is_worked_out(
    parts: list[Any],
) -> None:
    for verdict in (T, F, N):
        assert verdict_told("all", verdict, parts) == ["gate.clauses"]

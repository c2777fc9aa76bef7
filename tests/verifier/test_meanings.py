"""Section 6 of the page: what a clause asked, and what was read, is what was said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.verifier.bundles import Entry
from tests.verifier.judged import GATES, NOW, F, T, Told, said_of

PAPERS = ("exists", "approved", "unchanged_since_approval", "version")


def right_and_wrong(told: Told, meaning: list[Any], value: Any, **keys: Any) -> None:
    """Just this value may be recorded."""
    assert told.asked(meaning, value, **keys) == []
    wrong = not value if isinstance(value, bool) else ["other", value]
    assert told.asked(meaning, wrong, **keys) == ["gate.asked"]


@pytest.mark.parametrize("place", ["", "n"])
def test_where_a_node_stands_is_what_was_said_last(place: str) -> None:
    told = Told()

    def stands(state: str, round_: int, been: str, *, started: bool) -> None:
        for other in "sde":
            right_and_wrong(told, ["in", other, place], other == state)
            right_and_wrong(told, ["been", other, place], other in been)
        right_and_wrong(told, ["done", place], state == "d")
        right_and_wrong(told, ["settled", place], state in "de")
        right_and_wrong(told, ["round", place], round_)
        right_and_wrong(told, ["started", place], started)

    stands("s", 1, "s", started=False)
    told.moved("m", "s", "s", actor="甲")
    stands("s", 1, "s", started=False)
    told.moved("to_d", "s", "d", why={"gate": [], "facts": []})
    stands("d", 1, "sd", started=True)
    told.moved("to_e", "d", "e")
    stands("e", 1, "sde", started=True)
    told.moved("to_d", "e", "d", why={"gate": [], "facts": []})
    stands("d", 1, "sde", started=True)
    told.moved("to_e", "d", "e", round=2)
    stands("e", 2, "e", started=True)
    told.moved("m", "e", "e", round=2, did=[["begin", "n", 3, "s"]])
    stands("s", 3, "s", started=False)


def test_the_parent_of_a_node_is_meant_by_a_caret() -> None:
    told = Told()
    right_and_wrong(told, ["in", "s", "^"], T)
    told.moved("to_d", "s", "d", node="p", why={"gate": [], "facts": []})
    right_and_wrong(told, ["in", "d", "^"], T)
    right_and_wrong(told, ["in", "d", "p"], T)
    right_and_wrong(told, ["in", "s", ""], T)
    assert told.asked(["in", "d", "^"], F, node="p") == []  # it has none


@pytest.mark.parametrize("made", ["t[x]", "r#1"])
def test_of_a_node_that_is_made_nothing_is_told_before(made: str) -> None:
    told = Told()
    for value in (True, False):
        assert told.asked(["in", "s", made], value) == []
    told.moved("m", "s", "s", did=[["begin", made, 1, "s"]])
    right_and_wrong(told, ["in", "s", made], T)
    assert told.asked(["in", "s", "nowhere"], T) == []


def test_how_often_a_move_was_made_is_counted_in_its_round() -> None:
    told = Told()
    right_and_wrong(told, ["acts", "m", ""], 0)
    told.moved("m", "s", "s", actor="甲")
    told.moved("m", "s", "s")  # a person's, whoever it was
    told.moved("m", "s", "s", actor="甲", cause="clock")  # stays, and by no person
    told.moved("m", "s", "s", actor="甲", node="p")
    right_and_wrong(told, ["acts", "m", ""], 2)
    right_and_wrong(told, ["acts", "m", "p"], 1)
    told.moved("to_d", "s", "d", why={"gate": [], "facts": []}, cause="clock")
    right_and_wrong(told, ["acts", "to_d", ""], 0)
    told.moved("to_e", "d", "e", actor="甲", cause="condition")
    right_and_wrong(told, ["acts", "to_e", ""], 1)
    told.moved("m", "e", "e", actor="甲", round=2)
    right_and_wrong(told, ["acts", "m", ""], 1)
    right_and_wrong(told, ["acts", "to_e", ""], 0)


def each_in(meaning: list[Any]) -> Any:
    inner = ["all_of", ["?", 0], ["?", 0, meaning]]
    return ["and", inner, ["v", False]]


def test_the_member_that_is_asked_about_is_meant_by_an_at_sign() -> None:
    told = Told()
    told.moved("to_d", "s", "d", node="p", why={"gate": [], "facts": []})
    form = each_in(["done", "@"])
    assert told.refused(form, [[["p", [True]], ["n", [False]]]]) == []
    assert told.refused(form, [[["p", [True]], ["n", [True]]]]) == ["gate.asked"]
    assert told.refused(form, [[["p", [False]], ["n", [True]]]]) == ["gate.asked"] * 2
    assert told.refused(form, [[[1, [True]]]]) == []  # no path
    assert told.asked(["done", "@"], T) == []  # no member


def test_the_members_of_a_collection_are_looked_up_like_a_value() -> None:
    told = Told()
    hole = ["?", 0, ["items", "r"]]
    form = ["and", ["all_of", hole, ["?", 0]], ["v", False]]
    for count, members in ((2, ["r#1", "r#2"]), (0, []), (None, [])):
        facts = [["r/r", count, 0 if count is None else 1]]
        asked = [[member, [True]] for member in members]
        told.add("signalled", {})
        assert told.refused(form, [asked], facts) == []
        assert told.refused(form, [[*asked, ["r#9", [True]]]], facts) == ["gate.asked"]
    assert told.refused(form, [[["r#9", [True]]]]) == []  # no fact


@pytest.mark.parametrize("count", [-1, 100_001, "2", True])
def test_a_register_that_cannot_be_so_long_is_not_written_out(count: Any) -> None:
    told = Told()
    told.add("signalled", {})
    assert told.asked(["items", "r"], ["x"], [["r/r", count, 1]]) == []


def test_a_register_of_100_000_is_written_out() -> None:
    told = Told()
    told.add("signalled", {})
    assert told.asked(["items", "r"], ["x"], [["r/r", 100_000, 1]]) == ["gate.asked"]


def test_an_input_is_that_of_a_move_that_is_not_sealed() -> None:
    clauses = [
        ["true", ["or", ["==", ["?", 0, ["input", "a"]], ["v", 0]], ["v", True]]]
    ]

    def told(value: Any, **keys: Any) -> list[str]:
        why = {"gate": [["true", True, [], [value]]], "facts": []}
        gates = {**GATES, "clauses": clauses + GATES["clauses"][1:]}
        return Told(**gates).moved("m", "s", "s", why=why, **keys)

    assert told(5, inputs={"a": 5}) == []
    assert told(6, inputs={"a": 5}) == ["gate.asked"]
    assert told(None, inputs={"b": 5}) == []
    assert told(6, inputs={"b": 5}) == ["gate.asked"]
    assert told(None) == []
    assert told(6) == ["gate.asked"]
    assert told(6, inputs={"a": 5}, sealed=True) == []
    assert told(6, inputs=[5]) == []
    assert Told().asked(["input", "a"], 6) == []  # of a refusal nothing is handed in


def test_a_field_is_that_of_the_fact_if_it_is_there() -> None:
    told = Told()
    told.moved("m", "s", "s", did=[["set", "n", "f", 5]])
    fact = [["f/n/f", 5, 1]]
    assert told.asked(["field", "f"], 5, fact) == []
    assert told.asked(["field", "f"], 6, fact) == ["gate.asked"]
    assert told.asked(["field", "f"], 6) == []
    assert told.asked(["field", "g"], 6, [["f/n/g", None, 0]]) == []


def test_an_event_is_whether_its_fact_is_not_null() -> None:
    told = Told()
    told.add("signalled", {"name": "e"})
    fact = [["e/e", {"at": NOW}, 1]]
    assert told.asked(["event", "e"], T, fact) == []
    assert told.asked(["event", "e"], F, fact) == ["gate.asked"]
    assert told.asked(["event", "g"], F, [["e/g", None, 0]]) == []
    assert told.asked(["event", "g"], T, [["e/g", None, 0]]) == ["gate.asked"]
    assert told.asked(["event", "e"], F) == []


PAPERS_SAID: list[tuple[Any, dict[str, Any]]] = [
    (None, dict(zip(PAPERS, (False, False, True, None), strict=True))),
    (["1", "x", None], dict(zip(PAPERS, (True, False, True, "1"), strict=True))),
    (["1", "x", "x"], dict(zip(PAPERS, (True, True, True, "1"), strict=True))),
    (["2", "y", "x"], dict(zip(PAPERS, (True, False, False, "2"), strict=True))),
    ([None, None, "x"], dict(zip(PAPERS, (True, False, False, None), strict=True))),
]


@pytest.mark.parametrize("case", range(len(PAPERS_SAID)))
@pytest.mark.parametrize("word", PAPERS)
def test_a_paper_is_what_its_fact_says(word: str, case: int) -> None:
    fact, due = PAPERS_SAID[case]
    told = Told()
    did = []
    if fact is not None and fact[2] is not None:
        did.append(["approve", "w", fact[2]])
    if fact is not None and fact[1] is not None:
        did.insert(0, ["version", "w", {"label": fact[0], "digest": fact[1], "z": 1}])
    told.moved("m", "s", "s", did=did)
    facts = [["d/w", fact, 0 if fact is None else 1]]
    right = due[word]
    wrong = not right if isinstance(right, bool) else "other"
    assert told.asked([word, "w"], right, facts) == []
    assert told.asked([word, "w"], wrong, facts) == ["gate.asked"]
    assert told.asked([word, "w"], wrong) == []
    assert told.asked([word, "v"], wrong, facts) == []
    named = ["and", ["==", ["?", 0, [word, ["?", 1]]], ["v", 0]], ["v", False]]
    assert told.refused(named, [right, "w"], facts) == []
    assert told.refused(named, [wrong, "w"], facts) == ["gate.asked"]
    assert told.refused(named, [wrong, 5], facts) == []


@pytest.mark.parametrize("fact", [["1", "x"], ["1", "x", "y", "z"], "1"])
def test_a_paper_in_another_shape_says_nothing(fact: Any) -> None:
    """That it is not what was said is told of the fact."""
    told = Told()
    told.add("signalled", {})
    assert told.asked(["exists", "w"], F, [["d/w", fact, 1]]) == ["gate.facts"]


# --- Facts


def test_a_state_is_from_the_entry_that_said_it_last() -> None:
    told = Told()
    assert said_of(told, "n/n", None, 0) == []
    assert said_of(told, "n/n", ["s", 1], 1) == ["gate.facts"]
    told.moved("to_d", "s", "d", why={"gate": [], "facts": []})  # 3
    told.moved("m", "d", "d")  # 4: says nothing new
    assert said_of(told, "n/n", ["d", 1], 3) == []
    assert said_of(told, "n/n", ["d", 1], 4) == ["gate.facts"]
    assert said_of(told, "n/n", ["s", 1], 3) == ["gate.facts"]
    assert said_of(told, "n/n", ["d", 2], 3) == ["gate.facts"]
    assert said_of(told, "n/n", None, 0) == ["gate.facts"]
    told.moved("m", "d", "d", round=2)  # 10: another round
    assert said_of(told, "n/n", ["d", 2], 10) == []


MADE: list[tuple[str, Entry | list[Any], str, str, list[Any]]] = [
    ("added", {"state": "s"}, "x", "n/x", ["s", 1]),
    ("did", ["begin", "x", 4, "s"], "x", "n/x", ["s", 4]),
    ("did", ["add", "x", "t", "c", "k", "s", {}], "x", "n/x", ["s", 1]),
    ("did", ["add", "x", "t", "c", "k", "s"], "x", "n/x", ["s", 1]),
    ("did", ["item", "x", "r", 4, "s", {}], "x", "n/x", ["s", 1]),
    ("did", ["item", "x", "r", 4, "s"], "x", "n/x", ["s", 1]),
    ("added", {"state": "s", "fields": {"g": 0, "f": [1]}}, "x", "f/x/f", [1]),
    ("did", ["add", "x", "t", "c", "k", "s", {"f": [1]}], "x", "f/x/f", [1]),
    ("did", ["item", "x", "r", 4, "s", {"f": [1]}], "x", "f/x/f", [1]),
    ("did", ["set", "x", "f", [1]], "x", "f/x/f", [1]),
]


@pytest.mark.parametrize("case", range(len(MADE)))
def test_what_says_something_is_where_the_fact_comes_from(case: int) -> None:
    kind, data, node, key, value = MADE[case]
    told = Told()
    told.add("signalled", {})
    if kind == "did":
        told.moved("m", "s", "s", did=[data])
    else:
        assert isinstance(data, dict)
        told.add(kind, data, node=node)
    assert said_of(told, key, value, 2) == []
    assert said_of(told, key, value, 1) == ["gate.facts"]
    assert said_of(told, key, [*value, 1], 2) == ["gate.facts"]
    assert said_of(told, key, None, 0) == ["gate.facts"]


def test_a_field_that_was_set_to_null_is_gone() -> None:
    told = Told()
    told.moved("m", "s", "s", did=[["set", "n", "f", 1], ["set", "n", "f", None]])
    assert said_of(told, "f/n/f", None, 0) == []
    assert said_of(told, "f/n/f", 1, 1) == ["gate.facts"]
    told.moved("m", "s", "s", did=[["set", "n", "f", 2], ["set", "n", "g", None]])
    assert said_of(told, "f/n/f", 2, 4) == []


NOTHING_SAID: list[list[Any]] = [
    ["set", "n", "f"],
    ["set", "n", "f", 1, 2],
    ["set", "n", 5, 1],
    ["set", 5, "f", 1],
    ["sets", "n", "f", 1],
    [],
]


@pytest.mark.parametrize("deed", NOTHING_SAID)
def test_a_line_of_another_shape_says_nothing(deed: list[Any]) -> None:
    told = Told()
    told.moved("m", "s", "s", did=[deed])
    assert said_of(told, "f/n/f", None, 0) == []
    assert said_of(told, "f/n/f", 1, 1) == ["gate.facts"]


def test_a_signal_is_of_when_it_occurred_or_was_recorded() -> None:
    told = Told()
    told.add("signalled", {"name": "e", "occurred": "2009-04-01T00:00:00Z"})
    assert said_of(told, "e/e", {"at": "2009-04-01T00:00:00Z"}, 1) == []
    assert said_of(told, "e/e", {"at": NOW}, 1) == ["gate.facts"]
    told.add("signalled", {"name": "e"})
    assert said_of(told, "e/e", {"at": NOW}, 4) == []
    told.moved("m", "s", "s", did=[["signal", "e"]], at="2009-05-01T00:00:00Z")
    assert said_of(told, "e/e", {"at": "2009-05-01T00:00:00Z"}, 6) == []
    told.add("signalled", {"name": 5})
    assert said_of(told, "e/5", None, 0) == []


def test_a_paper_is_of_its_last_version_and_its_last_approval() -> None:
    told = Told()
    assert said_of(told, "d/w", None, 0) == []
    told.moved("m", "s", "s", did=[["version", "w", {"label": "1", "digest": "x"}]])
    assert said_of(told, "d/w", ["1", "x", None], 2) == []
    told.moved("m", "s", "s", did=[["approve", "w", "x"]])
    assert said_of(told, "d/w", ["1", "x", "x"], 4) == []
    assert said_of(told, "d/w", ["1", "x", "x"], 2) == ["gate.facts"]
    told.moved("m", "s", "s", did=[["version", "w", {"digest": "y"}]])
    assert said_of(told, "d/w", [None, "y", "x"], 7) == []
    told.moved("m", "s", "s", did=[["approve", "v", "z"]])
    assert said_of(told, "d/v", [None, None, "z"], 9) == []


@pytest.mark.parametrize("key", ["m/a", "r/a", "d/a/b", "x", "N/n", ""])
def test_of_other_keys_only_the_number_is_looked_at(key: str) -> None:
    told = Told()
    told.add("signalled", {})
    told.add("signalled", {})
    assert said_of(told, key, 5, 1) == []
    assert said_of(told, key, 5, 2) == []
    assert said_of(told, key, 5, 0) == ["gate.facts"]
    assert said_of(told, key, None, 1) == ["gate.facts"]


def test_a_fact_is_of_an_entry_before() -> None:
    told = Told()
    told.add("signalled", {})
    for seq, due in ((1, []), (2, []), (4, ["gate.facts"]), (6, ["gate.facts"])):
        assert said_of(told, "m/a", 5, seq) == due


def test_a_fact_of_an_entry_to_come_is_told_once() -> None:
    told = Told()
    assert said_of(told, "n/n", ["s", 1], 9) == ["gate.facts"]
    assert said_of(told, "n/n", ["s", 1], 0) == ["gate.facts"]


def test_how_many_more_facts_were_read_may_be_said_of_nowhere() -> None:
    told = Told()
    told.add("signalled", {})
    assert said_of(told, "…", 5, 0) == []
    assert said_of(told, "…", 5, 1) == []
    assert said_of(told, "…", 5, 4) == ["gate.facts"]


@pytest.mark.parametrize(
    "deed", [["version", "w"], ["approve", "w"], ["version"], ["approve", 5, "x"]]
)
def test_of_a_paper_a_line_of_another_shape_says_nothing(deed: list[Any]) -> None:
    told = Told()
    assert told.moved("m", "s", "s", did=[deed, ["signal"], ["signal", 5]]) == []
    assert said_of(told, "d/w", None, 0) == []
    assert said_of(told, "e/5", None, 0) == []

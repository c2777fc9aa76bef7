"""Section 6 of the page, row by row: forms and their values, and what is a table."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from engine.verifier import (
    OPEN,
    Findings,
    Instance,
    Judging,
    Table,
    Where,
    is_form,
    is_meaning,
    is_same,
    template_of,
    value_of,
)
from tests.verifier.bundles import Entry

NOW = "2009-04-11T01:02:03Z"
X: Entry = {"x": "list"}  # a value that is not written out


def worked_out(form: Any, asked: list[Any], **entry: Any) -> Any:
    table = Table({"clauses": [], "kinds": {}, "nodes": {}})
    judging = Judging(Findings(), Where(), table, Instance())
    judging.entry = {"at": NOW, **entry}
    return judging.value(form, asked)


def of(sign: str, *values: Any) -> Any:
    """The value of a form over values that were asked."""
    return worked_out([sign, *(["?", n] for n in range(len(values)))], list(values))


ROWS: list[tuple[str, list[Any], Any]] = [
    # true, false, unknown
    ("and", [True, True], True),
    ("and", [True], True),
    ("and", [True, None], None),
    ("and", [None, True], None),
    ("and", [None, False], False),
    ("and", [False, None], False),
    ("and", [True, 1], None),
    ("and", ["x", True], None),
    ("and", [X, True], OPEN),
    ("and", [None, X], OPEN),
    ("and", [X, None], OPEN),
    ("and", [X, False], False),
    ("or", [False, False], False),
    ("or", [False, True], True),
    ("or", [None, True], True),
    ("or", [None, False], None),
    ("or", [False, 0], None),
    ("or", [X, False], OPEN),
    ("or", [X, True], True),
    ("not", [True], False),
    ("not", [False], True),
    ("not", [None], None),
    ("not", [0], None),
    ("not", [X], OPEN),
    # comparing
    ("==", [1, 1], True),
    ("==", [1, 2], False),
    ("!=", [1, 2], True),
    ("!=", [1, 1], False),
    ("==", [None, 1], None),
    ("==", [1, None], None),
    ("!=", [None, None], None),
    ("<", [None, 1], None),
    ("==", [True, 1], True),
    ("==", [False, 0], True),
    ("==", ["1", 1], False),
    ("!=", ["1", 1], True),
    ("<", ["1", 1], None),
    ("<", [1, 2], True),
    ("<", [2, 2], False),
    ("<=", [2, 2], True),
    ("<=", [3, 2], False),
    (">", [3, 2], True),
    (">", [2, 2], False),
    (">=", [2, 2], True),
    (">=", [1, 2], False),
    ("<", [{"n": "1/3"}, {"n": "1/2"}], True),
    ("==", [{"n": "2/4"}, {"n": "1/2"}], True),
    ("==", [{"n": "9" * 30}, {"n": "9" * 30}], True),
    ("==", [{"n": "-3"}, -3], True),
    ("==", [{"n": "1.5"}, 1], OPEN),
    ("==", [{"n": "1/0"}, 1], OPEN),
    ("==", [{"n": "0x1"}, 1], OPEN),
    ("==", [{"n": 1}, 1], OPEN),
    ("==", [{"n": "9" * 1001}, 1], OPEN),
    ("<", ["a", "b"], True),
    ("<", ["Z", "a"], True),
    ("<", ["\U00010000", "\uffff"], False),  # by code points
    ("<", [{"d": "2009-04-10"}, {"d": "2009-04-11"}], True),
    ("==", [{"d": "2009-04-10"}, "2009-04-10"], False),
    ("==", [{"d": "2009-04-10"}, {"p": "2009-04-10"}], False),
    ("<", [{"t": "2009-04-11T01:02:03Z"}, {"t": "2009-04-11T01:02:04Z"}], True),
    (
        "<",
        [{"t": "2009-04-11T01:02:03Z"}, {"t": "2009-04-11T01:02:03.000001Z"}],
        True,
    ),
    (
        "<",
        [{"t": "2009-04-11T01:02:03.100000Z"}, {"t": "2009-04-11T01:02:03.099999Z"}],
        False,
    ),
    ("==", [{"t": "2009-04-11T01:02:03+00:00"}, 1], OPEN),
    ("==", [{"p": "1 day"}, {"p": "1 day"}], True),
    ("!=", [{"p": "1 day"}, {"p": "2 days"}], True),
    ("<=", [{"p": "1 day"}, {"p": "1 day"}], None),
    ("==", [["a"], "a"], True),
    ("==", ["a", ["a"]], True),
    ("<", [[1], 2], True),
    ("<", [1, [2]], True),
    ("==", [["a"], ["a"]], True),
    ("==", [["a", "b"], "a"], False),
    ("==", [["a", "b"], ["a"]], False),
    ("==", [["a", "b"], ["b", "a"]], False),
    ("==", [[1, ["x"]], [1, ["x"]]], True),
    ("==", [[True], [1]], True),
    ("==", [[], []], True),
    ("<", [["a"], ["b"]], OPEN),
    ("==", [[1, X], [1, 2]], OPEN),
    ("==", [1, X], OPEN),
    ("==", [[[X]], 1], OPEN),
    ("==", [{"z": "a"}, 1], OPEN),
    ("==", [{"n": "1", "x": "a"}, 1], OPEN),
    ("==", [{}, 1], OPEN),
    # lists
    ("in", ["a", ["a", "b"]], True),
    ("in", ["c", ["a", "b"]], False),
    ("not in", ["c", ["a", "b"]], True),
    ("not in", ["a", ["a", "b"]], False),
    ("in", [["a", "b"], ["b", "a"]], True),
    ("in", [["a", "c"], ["b", "a"]], False),
    ("in", [[], ["a"]], True),
    ("in", ["a", "a"], True),
    ("in", ["a", "b"], False),
    ("in", ["a", ["*"]], True),
    ("in", ["a", "*"], True),
    ("in", [["*"], ["a"]], False),
    ("in", [1, [True]], True),
    ("in", [None, ["a"]], None),
    ("not in", ["a", None], None),
    ("in", ["a", X], OPEN),
    ("in", [X, ["a"]], OPEN),
    ("in", ["a", ["a", X]], OPEN),
    ("covers", [["a", "b"], ["a"]], True),
    ("covers", [["a"], ["a", "b"]], False),
    ("covers", [["*"], ["a", "b"]], True),
    ("covers", ["*", "a"], True),
    ("covers", ["a", ["a", "*"]], True),
    ("covers", ["a", "a"], True),
    ("covers", ["a", "b"], False),
    ("covers", [[], ["*"]], True),
    ("covers", [None, ["a"]], None),
    ("covers", [["a"], None], None),
    ("covers", [X, ["a"]], OPEN),
    ("covers", [["a"], [X]], OPEN),
    ("size", [["a", "*", "b"]], 2),
    ("size", [[]], 0),
    ("size", ["a"], 1),
    ("size", [7], 1),
    ("size", [None], None),
    ("size", [X], OPEN),
    ("size", [[X]], 1),
    # numbers
    ("+", [1, 2], 3),
    ("-", [1, 2], -1),
    ("*", [3, 2], 6),
    ("/", [1, 2], Fraction(1, 2)),
    ("/", [4, 2], 2),
    ("/", [1, 0], None),
    ("/", [0, 1], 0),
    ("-", [5], -5),
    ("+", [True, 1], 2),
    ("+", [{"n": "1/2"}, {"n": "1/3"}], Fraction(5, 6)),
    ("+", ["1", 1], None),
    ("+", [1, None], None),
    ("+", [[1], 1], None),
    ("+", [X, 1], OPEN),
    ("+", [1, X], OPEN),
    ("+", [X, None], None),
    ("-", ["x"], None),
    ("-", [X], OPEN),
    ("-", [None], None),
    ("-", [1, X], OPEN),
]


@pytest.mark.parametrize(("sign", "values", "answer"), ROWS)
def test_a_form_has_the_value_of_the_page(
    sign: str, values: list[Any], answer: Any
) -> None:
    found = of(sign, *values)
    assert found == answer
    assert (type(found) is bool) is (type(answer) is bool)


def each(word: str, members: Any, form: Any = None) -> Any:
    return worked_out([word, ["?", 0], form or ["?", 0]], [members])


EACH: list[tuple[str, Any, Any]] = [
    ("all_of", [], True),
    ("all_of", [["a", [True]], ["b", [True]]], True),
    ("all_of", [["a", [True]], ["b", [None]]], None),
    ("all_of", [["a", [False]], ["b", [None]]], False),
    ("all_of", [["a", [X]], ["b", [None]]], OPEN),
    ("any_of", [], False),
    ("any_of", [["a", [False]], ["b", [True]]], True),
    ("any_of", [["a", [False]], ["b", [None]]], None),
    ("any_of", [["a", [False]]], False),
    ("any_of", [["a", [X]], ["b", [True]]], True),
    ("count", [], 0),
    ("count", [["a", [True]], ["b", [None]], ["c", [False]], ["d", [True]]], 2),
    ("count", [["a", [1]]], 0),
    ("count", [["a", [X]], ["b", [True]]], OPEN),
    ("all_of", None, None),
    ("count", None, None),
    ("all_of", X, OPEN),
    ("count", "a", OPEN),
    ("all_of", [["a", []]], OPEN),
    ("all_of", [["a", [True, True]]], OPEN),
    ("all_of", [["a"]], OPEN),
    ("all_of", ["a"], OPEN),
    ("all_of", [["a", True]], OPEN),
    ("all_of", [["a", [True], 1]], OPEN),
]


@pytest.mark.parametrize(("word", "members", "answer"), EACH)
def test_a_condition_on_each_member_is_worked_out_for_each(
    word: str, members: Any, answer: Any
) -> None:
    assert each(word, members) is answer or each(word, members) == answer


def test_values_of_a_member_are_numbered_from_0_again() -> None:
    form = ["and", ["==", ["?", 1], ["all_of", ["?", 0], ["<", ["?", 0], ["?", 1]]]]]
    assert worked_out(form, [[["a", [1, 2]], ["b", [3, 4]]], True]) is True
    assert worked_out(form, [[["a", [1, 2]], ["b", [5, 4]]], True]) is False


QUOTA: list[tuple[Any, Any]] = [
    ([2, [["a", 2], ["b", 3]]], True),
    ([2, [["a", 2], ["b", 1]]], False),
    ([2, []], True),
    ([2, None], False),
    (None, None),
    ([{"n": "1/2"}, [["a", {"n": "1/2"}]]], True),
    ([{"n": "1/2"}, [["a", {"n": "1/3"}]]], False),
    ([2, [["a", None]]], OPEN),
    ([2, [["a", X], ["b", 1]]], False),
    ([2, [["a", X], ["b", 2]]], OPEN),
    ([2, [["a"], ["b", 2]]], OPEN),
    ([2, ["ab"]], OPEN),
    ([2, [["a", 3, 0]]], OPEN),
    (["x", [["a", 3]]], OPEN),
    ([None, [["a", 3]]], OPEN),
    ([X, [["a", 3]]], OPEN),
    ([2, "a"], OPEN),
    ([2], OPEN),
    ([2, [], 0], OPEN),
    (X, OPEN),
    (5, OPEN),
]


@pytest.mark.parametrize(("said", "answer"), QUOTA)
def test_a_quota_is_met_if_everybody_has_given_the_least(
    said: Any, answer: Any
) -> None:
    assert worked_out(["quota", ["?", 0]], [said]) is answer


def test_what_stands_in_a_form_is_its_value() -> None:
    assert worked_out(["v", {"n": "1/2"}], []) == Fraction(1, 2)
    assert worked_out(["now"], []) == value_of({"t": NOW})
    assert worked_out(["actor"], [], actor="甲") == "甲"
    assert worked_out(["actor"], []) is None
    assert worked_out(["==", ["actor"], ["?", 0]], ["甲"]) is None


@pytest.mark.parametrize(
    ("said", "kept", "same"),
    [
        (1, 1, True),
        (1, True, False),
        ("1", 1, False),
        (None, None, True),
        (None, "a", False),
        ({"n": "1/2"}, "1/2", True),
        ({"n": "1/2"}, "1/3", False),
        (["a"], "a", True),
        ("a", ["a"], True),
        (["a", "b"], ["a", "b"], True),
        (["a", "b"], ["a"], False),
        (["a"], ["a", "b"], False),
        ([], "a", False),
        ([["a"], 1], ["a", 1], True),
        (X, "anything", True),
        ([X], ["anything"], True),
        ({"z": "a"}, "b", True),
        ("a", {"private": "0"}, True),
    ],
)
def test_a_value_is_compared_with_what_entries_hold(
    said: Any, kept: Any, *, same: bool
) -> None:
    assert is_same(said, kept) is same


# --- What is a form, a meaning, a table


GOOD_FORMS: list[Any] = [
    ["?", 0],
    ["?", 7, ["input", "a"]],
    ["v", None],
    ["v", {"any": ["thing"]}],
    ["now"],
    ["actor"],
    ["and", ["now"]],
    ["or", ["now"], ["now"], ["now"]],
    ["not", ["now"]],
    ["size", ["now"]],
    ["covers", ["now"], ["now"]],
    ["-", ["now"]],
    *([sign, ["now"], ["now"]] for sign in ("==", "!=", "<", "<=", ">", ">=")),
    *([sign, ["now"], ["now"]] for sign in ("in", "not in", "+", "-", "*", "/")),
    *([word, ["?", 3], ["?", 0]] for word in ("all_of", "any_of", "count")),
    ["all_of", ["?", 0], ["and", ["?", 1], ["?", 0]]],
    ["quota", ["?", 0]],
]
BAD_FORMS: list[Any] = [
    None,
    "now",
    [],
    [1],
    [["now"]],
    ["z"],
    ["?"],
    ["?", -1],
    ["?", True],
    ["?", "0"],
    ["?", 0, ["input", "a"], 1],
    ["?", 0, "input"],
    ["?", 0, ["input"]],
    ["v"],
    ["v", 1, 2],
    ["now", 1],
    ["actor", ["now"]],
    ["entry"],  # they are clauses, and stand in no form
    ["exit"],
    ["not", ["entry"]],
    ["entry", ["now"]],
    ["exit", 0],
    ["and"],
    ["or"],
    ["and", "now"],
    ["and", ["now"], 1],
    ["not"],
    ["not", ["now"], ["now"]],
    ["not", 1],
    ["size"],
    ["size", ["now"], ["now"]],
    ["covers", ["now"]],
    ["covers", ["now"], ["now"], ["now"]],
    ["==", ["now"]],
    ["==", ["now"], ["now"], ["now"]],
    ["==", ["now"], 1],
    ["+", ["now"]],
    ["in", ["now"]],
    ["-"],
    ["-", ["now"], ["now"], ["now"]],
    ["-", 1],
    ["all_of", ["?", 0]],
    ["all_of", ["now"], ["?", 0]],
    ["all_of", ["?", 0], ["?", 1]],
    ["all_of", ["?", 0], 1],
    ["all_of", ["?", 0], ["?", 0], ["?", 0]],
    ["quota"],
    ["quota", ["now"]],
    ["quota", ["?", 0], ["?", 1]],
    ["quota", 1],
]


@pytest.mark.parametrize("form", GOOD_FORMS)
def test_what_the_page_has_is_a_form(form: Any) -> None:
    assert is_form(form)


@pytest.mark.parametrize("form", BAD_FORMS)
def test_what_the_page_does_not_have_is_no_form(form: Any) -> None:
    assert not is_form(form)


ONE = ("input", "field", "event", "items", "done", "settled", "started", "round")
TWO = ("in", "been", "acts")
PAPERS = ("exists", "approved", "unchanged_since_approval", "version")


@pytest.mark.parametrize("word", [*ONE, *TWO, *PAPERS])
def test_a_meaning_has_just_the_texts_of_its_row(word: str) -> None:
    texts = ["a"] * (2 if word in TWO else 1)
    assert is_meaning([word, *texts])
    assert not is_meaning([word, *texts, "a"])
    assert not is_meaning([word, *texts[1:]])
    assert not is_meaning([word, *texts[1:], 1])
    assert is_meaning([word, ["?", 0]]) is (word in PAPERS)
    assert not is_meaning([word, ["now"]])
    assert not is_meaning([word, ["?"]])


@pytest.mark.parametrize(
    "value", [None, 5, {"a": 1}, [], "input", [1, "a"], ["guess", "a"], [[]]]
)
def test_what_has_no_row_is_no_meaning(value: Any) -> None:
    assert not is_meaning(value)


def table(**changes: Any) -> Entry:
    """A table that is in form, with some parts of it changed."""
    move = {"from": ["s"], "to": "t", "by": "by", "gate": [0]}
    move |= changes.get("move", {})
    kind = {"initial": "s", "done": ["t"], "settled": [], "moves": {"m": move}}
    node = {"kind": "k", "parent": None, "entry": [0], "exit": [1]}
    said = {
        "clauses": [["a", ["?", 0]], ["b", None], *changes.get("clauses", [])],
        "kinds": {"k": {**kind, **changes.get("kind", {})}},
        "nodes": {"n": {**node, **changes.get("node", {})}},
    }
    said |= changes.get("said", {})
    return said


def without(said: Entry, *path: str) -> Entry:
    inner = said
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return said


GOOD_TABLES: dict[str, Entry] = {
    "as it is": table(),
    "nowhere to": table(move={"to": None}),
    "a parent": table(node={"parent": "p"}),
    "more keys": table(said={"z": 1}, move={"z": 1}, node={"z": 1}, kind={"z": 1}),
    "a group of those before": table(clauses=[["c", "any", [0, 1]]]),
    "enough": table(clauses=[["c", "at_least", [0, 1], ["?", 0]]]),
    "two holes": table(clauses=[["c", ["and", ["?", 1], ["?", 0], ["?", 1]]]]),
    **{by: table(move={"by": by}) for by in ("by", "when", "at", "every", "on")},
    **{sort: table(clauses=[["c", sort, []]]) for sort in ("any", "all", "not")},
}
BAD_TABLES: dict[str, Any] = {
    "a list": [],
    "clauses that are no list": table(said={"clauses": {}}),
    "kinds that are no object": table(said={"kinds": []}),
    "nodes that are no object": table(said={"nodes": []}),
    "a clause that is no list": table(clauses=["c"]),
    "a clause that is a number": table(clauses=[5]),
    "a clause that is a text": table(clauses=["any"]),
    "a clause of one": table(clauses=[["c"]]),
    "a clause of three": table(clauses=[["c", ["now"], 1]]),
    "a clause without text": table(clauses=[[1, ["now"]]]),
    "no form": table(clauses=[["c", ["z"]]]),
    "a hole too far": table(clauses=[["c", ["not", ["?", 1]]]]),
    "a hole in a meaning too far": table(
        clauses=[["c", ["not", ["?", 0, ["exists", ["?", 2]]]]]]
    ),
    "a group without clauses": table(clauses=[["c", "any"]]),
    "a group with a form": table(clauses=[["c", "any", [0], ["now"]]]),
    "a group of itself": table(clauses=[["c", "any", [2]]]),
    "a group of what is none": table(clauses=[["c", "any", [-1]]]),
    "a group of no list": table(clauses=[["c", "any", 0]]),
    "not enough said": table(clauses=[["c", "at_least", [0]]]),
    "enough of no form": table(clauses=[["c", "at_least", [0], ["z"]]]),
    "enough with a hole too far": table(clauses=[["c", "at_least", [0], ["?", 1]]]),
    "a kind that is none": table(said={"kinds": {"k": []}}),
    "no initial": table(kind={"initial": None}),
    "no moves": table(kind={"moves": []}),
    "done is no list": table(kind={"done": "t"}),
    "done of numbers": table(kind={"done": [1]}),
    "settled is no list": table(kind={"settled": None}),
    "a move that is none": table(kind={"moves": {"m": []}}),
    "to a number": table(move={"to": 1}),
    "no gate": without(table(), "kinds", "k", "moves", "m", "gate"),
    "no to": without(table(), "kinds", "k", "moves", "m", "to"),
    "no by": without(table(), "kinds", "k", "moves", "m", "by"),
    "no from": without(table(), "kinds", "k", "moves", "m", "from"),
    "from a text": table(move={"from": "s"}),
    "a gate too far": table(move={"gate": [2]}),
    "a gate of truths": table(move={"gate": [True]}),
    "a node that is none": table(said={"nodes": {"n": 1}}),
    "a node of no kind": table(node={"kind": None}),
    "a node of another kind": table(node={"kind": "z"}),
    "a parent that is none": table(node={"parent": 1}),
    "no entry": table(node={"entry": None}),
    "an exit too far": table(node={"exit": [2]}),
}


@pytest.mark.parametrize("what", GOOD_TABLES)
def test_a_table_as_the_page_has_it_is_read(what: str) -> None:
    assert Table(GOOD_TABLES[what]).nodes.keys() == {"n"}


@pytest.mark.parametrize("what", BAD_TABLES)
def test_a_table_that_the_page_does_not_have_is_none(what: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        Table(BAD_TABLES[what])


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("a/b", "a/b"),
        ("发言材料[乙]", "发言材料[]"),
        ("a[x]/b", "a[]/b"),
        ("a[x[y]z", "a[]z"),
        ("问题#3", "问题#"),
        ("a#3/b#4", "a#"),
        ("a#3[x]", "a#3[]"),
        ("a[#1]", "a[]"),
        ("", ""),
    ],
)
def test_a_node_made_on_the_way_has_the_path_of_its_template(
    path: str, template: str
) -> None:
    assert template_of(path) == template

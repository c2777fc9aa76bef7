"""A condition is read by a closed grammar: what it is, or where it is not one."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.expressions import (
    CHARACTERS_MAX,
    DEPTH_MAX,
    PARTS_MAX,
    Amount,
    BadExpression,
    Call,
    Date,
    Logic,
    Many,
    Name,
    Number,
    Operation,
    Parameter,
    Text,
    Tree,
    names,
    parse,
)


def shape(tree: Tree) -> object:
    """A tree without its columns."""
    match tree:
        case Number(value) | Text(value) | Date(value) | Parameter(value):
            return value
        case Amount(value, unit):
            return (value, unit)
        case Name(parts):
            return ".".join(parts)
        case Many(items):
            return [shape(item) for item in items]
        case Call(name, arguments, where):
            inner = [shape(one) for one in arguments]
            return {name: inner if where is None else [*inner, {"where": shape(where)}]}
        case Operation(sign, parts) | Logic(sign, parts):
            return (sign, *(shape(part) for part in parts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b and not c", ("or", "a", ("and", "b", ("not", "c")))),
        ("(a or b) and c", ("and", ("or", "a", "b"), "c")),
        ("1 + 2 * 3", ("+", 1, ("*", 2, 3))),
        ("1 - 2 - 3", ("-", ("-", 1, 2), 3)),
        ("-2 * 3", ("*", ("-", 2), 3)),
        ("a = 1", ("==", "a", 1)),
        ("a not in [b, 'c']", ("not in", "a", ["b", "c"])),
        ("not a in b", ("not", ("in", "a", "b"))),
        ("not not a", ("not", ("not", "a"))),
        ("40% < 0.5", ("<", Fraction(2, 5), Fraction(1, 2))),
        ("today + 5 个工作日", ("+", "today", (5, "workdays"))),
        ("now >= 2009-04-11", (">=", "now", "2009-04-11")),
        ("count(c where a == b)", {"count": ["c", {"where": ("==", "a", "b")}]}),
        ("all_of(c: done(it))", {"all_of": ["c", {"where": {"done": ["it"]}}]}),
        ("会议-1.到会 > $n", (">", "会议-1.到会", "n")),
        ("done()", {"done": []}),
    ],
)  # fmt: skip
def test_an_expression_is_read_as_it_is_meant(text: str, expected: object) -> None:
    assert shape(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("", "plan.expression_ends", 1),
        ("done(", "plan.expression_ends", 6),
        ("done(a))", "plan.expression_unexpected", 8),
        ("a b", "plan.expression_unexpected", 3),
        ("a.b(c)", "plan.expression_call", 1),
        ("a.", "plan.expression_ends", 3),
        ("().__class__", "plan.expression_unexpected", 2),
        ("9**9**9", "plan.expression_unexpected", 3),
        ("lambda x: x", "plan.expression_unexpected", 8),
        ("a[0]", "plan.expression_unexpected", 2),
        ("a ; b", "plan.expression_character", 3),
        ("a 且 b", "plan.expression_unexpected", 3),
        ("done（a）", "plan.expression_full_width", 5),
        ("a > １", "plan.expression_full_width", 5),
        ("'open", "plan.expression_quote", 1),
        ("1 == 1 == 1", "plan.expression_unexpected", 8),
        ("x" * (CHARACTERS_MAX + 1), "plan.expression_long", 1),
        ("," * (PARTS_MAX + 1), "plan.expression_parts", 1),
        ("(" * (DEPTH_MAX + 1), "plan.expression_deep", DEPTH_MAX + 1),
        ("1" + "-1" * (DEPTH_MAX + 1), "plan.expression_deep", 2 * DEPTH_MAX + 2),
    ],
)
def test_what_is_no_expression_is_told_with_its_column(
    text: str, code: str, column: int
) -> None:
    with pytest.raises(BadExpression) as caught:
        parse(text)
    assert (caught.value.code, caught.value.column) == (code, column)


def test_names_are_told_in_reading_order_without_functions() -> None:
    found = names(parse("done(a.b) and c in [d, $e] or count(f where g > 1) == 2"))
    assert [".".join(name.parts) for name in found] == ["a.b", "c", "d", "f", "g"]


def read(text: str) -> Tree | BadExpression:
    try:
        return parse(text)
    except BadExpression as wrong:
        return wrong


@given(st.text(max_size=120))
def test_any_text_is_an_expression_or_is_told_why_not(text: str) -> None:
    found = read(text)
    if isinstance(found, BadExpression):
        composed = unicodedata.normalize("NFC", text)
        assert 1 <= found.column <= len(composed) + 1
        assert found.code.startswith("plan.expression_")

"""What a clause asked gives its verdict again, to readers who have only the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan import expressions as ex
from engine.plan.compiling import Compiling
from engine.plan.graph import Kind
from engine.plan.reckoning import LISTED_MAX, taken_apart, told
from engine.plan.terms import UNKNOWN, Env, Ref
from engine.plan.values import Duration
from engine.verifier import (
    OPEN,
    READ,
    Findings,
    Instance,
    Judging,
    Table,
    Where,
    Work,
)

NOW = datetime(2009, 4, 11, 1, 2, 3, 400, tzinfo=UTC)
NAMES = "abcd"


@dataclass
class Values:
    """A scope whose names are whatever they are given."""

    sorts: Mapping[str, str]

    def resolve(self, parts: tuple[str, ...], _: frozenset[str]) -> Any:
        name = parts[0]
        if name == "now":
            return Ref("datetime", "now", lambda env: env.now)
        if name not in self.sorts:
            return ()
        return Ref(self.sorts[name], name, lambda env: env.inputs[name])

    def parameter(self, name: str) -> Any:
        return self.resolve((name,), frozenset())

    def kinds_of(self, _: str | None) -> tuple[Kind, ...]:
        return ()

    def has_strangers(self) -> bool:
        return True

    def inside(self, _: Ref) -> Values:
        return self


class Beijing:
    zone = UTC


def judged(form: Any, asked: list[Any]) -> Any:
    """The value of a form as the verifier works it out."""
    table = Table({"clauses": [], "kinds": {}, "nodes": {}})
    instance = Instance()
    judging = Judging(Findings(), Where(), table, instance, Work())
    judging.entry = {"at": told(NOW)["t"]}  # type: ignore[index, call-overload]
    return judging.value(form, asked)


def both_ways(text: str, values: Mapping[str, tuple[str, Any]]) -> tuple[Any, Any]:
    """The verdict of the engine, and what the verifier makes of what was asked."""
    sorts = {name: sort for name, (sort, _) in values.items()}
    compiling = Compiling(Values(sorts))
    tree = ex.parse(text)
    given_ = {name: value for name, (_, value) in values.items()}
    env = Env(Beijing(), "x", NOW, given_)  # type: ignore[arg-type]
    reckoning = taken_apart(compiling, tree)
    asked = [told(run(env)) for run in reckoning.asked]
    verdict = compiling.truth(tree).run(env)
    return verdict, judged(reckoning.form, asked)


numbers = st.fractions(-5, 5, max_denominator=4) | st.integers(-(2**60), 2**60)
truths = st.sampled_from([True, False, UNKNOWN, None])
moments = st.integers(-90_000, 90_000).map(
    lambda seconds: NOW + timedelta(seconds=seconds)
)
texts = st.sampled_from(["", "甲", "乙", "ab", "a"])
anything = st.one_of(
    st.tuples(st.just("bool"), truths),
    st.tuples(st.just("number"), numbers | st.just(UNKNOWN)),
    st.tuples(st.just("text"), texts | st.just(UNKNOWN)),
    st.tuples(st.just("datetime"), moments | st.just(UNKNOWN)),
    st.tuples(st.just("date"), st.dates(date(2009, 4, 10), date(2009, 4, 12))),
    st.tuples(
        st.just("parties"), st.lists(texts | st.just("*"), max_size=3).map(tuple)
    ),
    st.tuples(st.just("any"), truths | numbers | texts),
)
conditions = st.recursive(
    st.sampled_from(
        [
            *("a", "b", "not a", "a == b", "a != b", "a in c", "a not in c", "c in b"),
            *("a < b", "b <= d", "a > 1", "d >= 1/2", "a + b >= c", "a * 2 == b - c"),
            *("-a < b / c", "now >= a", "now < b", "a == 甲", "size(c) >= 1"),
            *("covers(c, d)", "covers(a, b)", "size(a) * 2 > size(b) + 1"),
            *(
                "any_of(c: it == a)",
                "all_of(c: it in d)",
                "count(c where it != b) >= 1",
            ),
            *("a == true", "b != false", "count(d) == 2"),
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=4,
)


@given(conditions, st.fixed_dictionaries(dict.fromkeys(NAMES, anything)))
def test_a_verdict_follows_from_what_was_asked(
    text: str, values: dict[str, tuple[str, Any]]
) -> None:
    try:
        verdict, found = both_ways(text, values)
    except ValueError:
        return  # these sorts do not compare, and no plan has such a clause
    assert found is not OPEN
    assert (found if isinstance(found, bool) else None) == (
        verdict if isinstance(verdict, bool) else None
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (UNKNOWN, None),
        (True, True),
        (2**53 - 1, 2**53 - 1),
        (2**53, {"n": "9007199254740992"}),
        (Fraction(3, 4), {"n": "3/4"}),
        (Fraction(4, 2), 2),
        (NOW, {"t": "2009-04-11T01:02:03.000400Z"}),
        (NOW.date(), {"d": "2009-04-11"}),
        (Duration(Fraction(5), "workdays"), {"p": "5 workdays"}),
        (("甲", Fraction(1, 2)), ["甲", {"n": "1/2"}]),
        (("甲",) * (LISTED_MAX + 1), {"x": "tuple"}),
        ("长" * 1_001, {"x": "str"}),
        ({"leader": "甲"}, {"x": "dict"}),
    ],
)
def test_a_value_is_written_so_that_it_can_be_read(value: Any, written: Any) -> None:
    assert told(value) == written


def test_what_is_not_written_out_is_not_reckoned_with() -> None:
    many = tuple(f"甲{number}" for number in range(LISTED_MAX + 1))
    values = {"a": ("text", "甲"), "b": ("parties", many)}
    assert both_ways("a in b", values) == (False, OPEN)
    # unless it does not matter
    assert both_ways("a == 甲 or a in b", values) == (True, True)
    assert both_ways("a == 乙 and a in b", values) == (False, False)


@pytest.mark.parametrize("nothing", [None, UNKNOWN])
@pytest.mark.parametrize("text", ["a == b", "a != b", "b == a", "a < b", "b >= a"])
def test_of_a_list_of_one_unknown_nothing_is_known_beside_what_is_no_list(
    text: str, nothing: Any
) -> None:
    values = {"a": ("any", (nothing,)), "b": ("number", Fraction(0))}
    assert both_ways(text, values) == (UNKNOWN, None)


def test_every_form_that_is_written_is_one_that_is_read() -> None:
    assert set(READ) >= {"?", "v", "now", "actor", "quota", "all_of", "any_of", "count"}

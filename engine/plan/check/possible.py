"""What an expression may come to be, before anything has happened.

A truth is two possibilities, a number is a span, and what nobody can tell is
``ANY``. Facts only accumulate here, so a possibility that is there stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.plan.terms import COMPARE, UNKNOWN


@dataclass(frozen=True, slots=True)
class Chance:
    """Whether a condition may be true, and whether it may be false.

    Neither: it is unknown for ever, and opens nothing.
    """

    true: bool
    false: bool

    def reversed(self) -> Chance:
        return Chance(self.false, self.true)


YES: Final = Chance(true=True, false=False)
NO: Final = Chance(true=False, false=True)
EITHER: Final = Chance(true=True, false=True)
NEITHER: Final = Chance(true=False, false=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A number between two bounds, both included; None: without bound."""

    low: Fraction | None
    high: Fraction | None

    @property
    def exact(self) -> Fraction | None:
        return self.low if self.low == self.high else None

    def __str__(self) -> str:
        if self.low == self.high and self.low is not None:
            return str(self.low)
        ends = ("…" if end is None else str(end) for end in (self.low, self.high))
        return "–".join(ends)


class _Word:
    """A value that stands for itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


ANY: Final = _Word("anything")
NOTHING: Final = _Word("nothing")
COUNT: Final = Span(Fraction(0), None)

Possible: TypeAlias = Any
"""Chance, Span, ANY, NOTHING, or the one value that it always is."""


def possible(value: Any) -> Possible:
    """The possibility that is just this value."""
    if value is UNKNOWN or value is None:
        return NOTHING
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, (int, Fraction)):
        return Span(Fraction(value), Fraction(value))
    return value


def chance_of(value: Possible) -> Chance:
    if isinstance(value, Chance):
        return value
    return NEITHER if value is NOTHING else EITHER


def all_true(chances: Iterable[Chance]) -> Chance:
    """Kleene's AND over possibilities."""
    found = list(chances)
    return Chance(all(one.true for one in found), any(one.false for one in found))


def any_true(chances: Iterable[Chance]) -> Chance:
    """Kleene's OR over possibilities."""
    found = list(chances)
    return Chance(any(one.true for one in found), all(one.false for one in found))


def at_least(least: Possible, chances: list[Chance]) -> Chance:
    """Whether so many of them may be true together."""
    if not isinstance(least, Span):
        return NEITHER if least is NOTHING else EITHER
    most = sum(1 for one in chances if one.true)
    sure = sum(1 for one in chances if not one.false)
    low, high = least.low or Fraction(0), least.high
    return Chance(most >= low, high is None or sure < high)


# -- comparisons

_REVERSED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def compared(sign: str, left: Possible, right: Possible) -> Chance:
    """What a comparison may answer."""
    if left is NOTHING or right is NOTHING:
        return NEITHER
    if isinstance(left, Span) and isinstance(right, Span):
        return _spans(sign, left, right)
    inexact = (Span, Chance, tuple, _Word)
    if isinstance(left, inexact) or isinstance(right, inexact):
        return EITHER
    try:
        return YES if COMPARE[sign](left, right) else NO
    except TypeError:
        return EITHER


def _spans(sign: str, left: Span, right: Span) -> Chance:
    if sign in {"<", "<="}:
        return _spans(_REVERSED[sign], right, left)
    if sign in {"==", "!="}:
        same = left.exact is not None and left.exact == right.exact
        meet = _reaches(left, right, strictly=False)
        meet = meet and _reaches(right, left, strictly=False)
        equal = Chance(meet, not same)
        return equal if sign == "==" else equal.reversed()
    strictly = sign == ">"
    return Chance(
        _reaches(left, right, strictly=strictly),
        _reaches(right, left, strictly=not strictly),
    )


def _reaches(up: Span, down: Span, *, strictly: bool) -> bool:
    """Whether some value of the one may be as high as some value of the other."""
    if up.high is None or down.low is None:
        return True
    return up.high > down.low if strictly else up.high >= down.low


def reckoned(sign: str, left: Possible, right: Possible) -> Possible:
    """What a sum, difference, product or quotient may be."""
    if left is NOTHING or right is NOTHING:
        return NOTHING
    if not isinstance(left, Span) or not isinstance(right, Span):
        return ANY
    if left.exact is not None and right.exact is not None:
        return _exactly(sign, left.exact, right.exact)
    if sign == "+":
        return Span(_sum(left.low, right.low), _sum(left.high, right.high))
    if sign == "-":
        low, high = _difference(left.low, right.high), _difference(left.high, right.low)
        return Span(low, high)
    return _scaled(sign, left, right)


def _exactly(sign: str, left: Fraction, right: Fraction) -> Possible:
    if sign == "/":
        return NOTHING if right == 0 else Span(left / right, left / right)
    found = {"+": left + right, "-": left - right, "*": left * right}[sign]
    return Span(found, found)


def _scaled(sign: str, left: Span, right: Span) -> Possible:
    """A span times or by an exact positive number; anything else is not told."""
    if sign == "*" and left.exact is not None:
        left, right = right, left
    factor = right.exact
    if factor is None or factor <= 0:
        return ANY
    factor = factor if sign == "*" else 1 / factor
    low, high = (None if end is None else end * factor for end in (left.low, left.high))
    return Span(low, high)


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other


def _difference(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one - other

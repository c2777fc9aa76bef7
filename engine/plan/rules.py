"""Rules of days: which days something falls on, before any calendar is asked.

    {weekly: monday}                      {weekly: [monday, 周四], every: 2 weeks}
    {every: 14 days}                      {monthly: [1, last, first monday]}
    {monthly: last workday}               {yearly: 05-01}
    {yearly: {month: 11, day: fourth thursday}}

What a rule writes as its canonical form it reads again.
May import: engine.plan.readers, engine.plan.values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from engine.plan.readers import (
    WEEKDAYS,
    read_at,
    read_duration,
    read_mapping,
    read_text,
    read_weekday,
)
from engine.plan.values import ValueReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.ports import Json

EXAMPLE: Final = "{weekly: monday, at: 19:30}"
LAST: Final = -1
"""The last of its sort in a month."""
_DAY_OF_EVERY_MONTH: Final = re.compile(r"[1-9]|1[0-9]|2[0-8]")
_MONTH_AND_DAY: Final = re.compile(r"([0-9]{2})-([0-9]{2})")
_MONTH: Final = re.compile(r"0?[1-9]|1[0-2]")
_COMMON_YEAR: Final = 2001
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth")
_NUMBERS: Final[Mapping[str, int]] = {
    **{name: number for number, name in enumerate(_ORDINALS, 1)},
    **{f"第{name}个": number for number, name in enumerate("一二三四五", 1)},
    **{f"第{number}个": number for number in range(1, 6)},
    **dict.fromkeys(("last", "最后一个"), LAST),
}
_WEEKS_OF_EVERY_MONTH: Final = 4
_NTH: Final = re.compile(rf"({'|'.join(_NUMBERS)}) ?(.+)")
_LAST_DAY: Final = ("last", "最后一天", "月末")
_WORKDAY: Final = ("workday", "工作日")


@dataclass(frozen=True, slots=True)
class Weekly:
    """On these days of the week; Monday is 0.

    In every ``weeks``-th week, counted from the week of the first day.
    """

    days: tuple[int, ...]
    weeks: int = 1

    def canonical(self) -> Json:
        days: Json = {"weekly": [WEEKDAYS[day] for day in self.days]}
        return days | ({"every": f"{self.weeks} weeks"} if self.weeks > 1 else {})


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many days, counted from the first day."""

    days: int

    def canonical(self) -> Json:
        return {"every": f"{self.days} day{'s' if self.days > 1 else ''}"}


@dataclass(frozen=True, slots=True)
class Monthly:
    """On these days of each month (1 to 28) and on its last day.

    ``weekdays`` are (n, day of the week), n from 1 to 4 or :data:`LAST`; ``workdays``
    count the month's working days by a calendar, from 1 to 5 or :data:`LAST`.
    """

    days: tuple[int, ...] = ()
    last: bool = False
    weekdays: tuple[tuple[int, int], ...] = ()
    workdays: tuple[int, ...] = ()

    def canonical(self) -> Json:
        return {"monthly": self.texts()}

    def texts(self) -> list[str]:
        numbers = [str(day) for day in self.days] + ["last"] * self.last
        named = [f"{_ordinal(n)} {WEEKDAYS[day]}" for n, day in self.weekdays]
        return numbers + named + [f"{_ordinal(n)} workday" for n in self.workdays]


@dataclass(frozen=True, slots=True)
class Yearly:
    """On this day of each year, never 29 February."""

    month: int
    day: int

    def canonical(self) -> Json:
        return {"yearly": f"{self.month:02}-{self.day:02}"}


@dataclass(frozen=True, slots=True)
class YearlyIn:
    """On these days of one month of each year."""

    month: int
    on: Monthly

    def canonical(self) -> Json:
        return {"yearly": {"month": str(self.month), "day": list(self.on.texts())}}


Rule: TypeAlias = Weekly | Every | Monthly | Yearly | YearlyIn


def _ordinal(number: int) -> str:
    return "last" if number == LAST else _ORDINALS[number - 1]


def asks_calendar(rule: Rule) -> bool:
    """Whether the rule itself counts working days."""
    on = rule.on if isinstance(rule, YearlyIn) else rule
    return isinstance(on, Monthly) and bool(on.workdays)


# --- reading ------------------------------------------------------------------


def read_rule(parts: Mapping[str, object]) -> Rule:
    """The one rule among the keys of a mapping; raises ValueReadError."""
    written = tuple(key for key in RULES if parts.get(key) is not None)
    if written == ("weekly", "every"):
        weekly = cast(Weekly, read_at(parts, "weekly", _read_weekly))
        return Weekly(weekly.days, read_at(parts, "every", _read_weeks) or 1)
    if len(written) != 1:
        raise ValueReadError(
            "value.recurrence_rule", found=list(written) or "–", example=EXAMPLE
        )
    return cast(Rule, read_at(parts, written[0], RULES[written[0]]))


def listed(value: object) -> list[object]:
    """A list as it is, anything else as the only one of a list."""
    found = list(value) if isinstance(value, (list, tuple)) else [value]
    if not found:
        raise ValueReadError("value.list", example="[monday, thursday]")
    return found


def _read_weekly(value: object) -> Weekly:
    return Weekly(tuple(sorted({read_weekday(day) for day in listed(value)})))


def _read_weeks(value: object) -> int:
    period = read_duration(value)
    if period.unit != "weeks" or period.amount < 1:
        raise ValueReadError("value.recurrence_weeks", found=value)
    return int(period.amount)


def _read_every(value: object) -> Every:
    period = read_duration(value)
    if period.unit not in {"days", "weeks"} or period.amount < 1:
        raise ValueReadError("value.recurrence_every", found=value)
    return Every(int(period.amount) * (7 if period.unit == "weeks" else 1))


def _read_monthly(value: object) -> Monthly:
    numbers: set[int] = set()
    named: set[tuple[int, int]] = set()
    workdays: set[int] = set()
    is_last = False
    for day in listed(value):
        text = read_text(day)
        if text in _LAST_DAY:
            is_last = True
        elif _DAY_OF_EVERY_MONTH.fullmatch(text):
            numbers.add(int(text))
        else:
            number, weekday = _read_nth(text)
            workdays |= {number} if weekday is None else set()
            named |= set() if weekday is None else {(number, weekday)}
    return Monthly(
        tuple(sorted(numbers)), is_last, tuple(sorted(named)), tuple(sorted(workdays))
    )


def _read_nth(text: str) -> tuple[int, int | None]:
    """``first monday``: (1, 0); ``last workday``: (LAST, None)."""
    found = _NTH.fullmatch(text)
    if found is None:
        raise ValueReadError("value.recurrence_monthly", found=text)
    number = _NUMBERS[found[1]]
    if found[2] in _WORKDAY:
        return number, None
    if number > _WEEKS_OF_EVERY_MONTH:
        raise ValueReadError("value.recurrence_monthly", found=text)
    return number, read_weekday(found[2])


def _read_yearly(value: object) -> Yearly | YearlyIn:
    if isinstance(value, dict):
        return _read_yearly_in(value)
    text = read_text(value)
    found = _MONTH_AND_DAY.fullmatch(text)
    try:
        # a day that a common year has is a day of every year
        day = found and date(_COMMON_YEAR, int(found[1]), int(found[2]))
    except ValueError:
        day = None
    if day is None:
        raise ValueReadError("value.recurrence_yearly", found=text)
    return Yearly(day.month, day.day)


def _read_yearly_in(value: object) -> YearlyIn:
    example = "{month: 11, day: fourth thursday}"
    parts = read_mapping(value, keys=("month", "day"), example=example)
    month = read_at(parts, "month", _read_month)
    on = read_at(parts, "day", _read_monthly)
    for key, part in (("month", month), ("day", on)):
        if part is None:
            raise ValueReadError("value.missing_key", wanted=key, example=example)
    return YearlyIn(cast(int, month), cast(Monthly, on))


def _read_month(value: object) -> int:
    text = read_text(value)
    if not _MONTH.fullmatch(text):
        raise ValueReadError("value.recurrence_month", found=text)
    return int(text)


RULES: Final[Mapping[str, Callable[[object], Rule]]] = {
    "weekly": _read_weekly,
    "every": _read_every,
    "monthly": _read_monthly,
    "yearly": _read_yearly,
}

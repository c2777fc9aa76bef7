"""Working days: which days an office works, and counting by them.

A calendar knows a span of dates. Outside it nobody has said which days are worked
and which are made up for (调休), so it refuses instead of guessing.
May import: engine.words, engine.plan.readers, engine.plan.values; ``chinese_calendar``
(only here).
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from engine import words
from engine.plan.readers import WEEKDAYS, read_at, read_date, read_mapping, read_weekday
from engine.plan.values import FIRST_DAY, LAST_DAY, ValueReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.ports import Json

SATURDAY_SUNDAY: Final = frozenset({5, 6})
COUNTRY: Final = "country/"
"""Before the code of a country: ``country/DE``, ``country/US-CA``."""
EXAMPLE: Final = "{from: 2027-01-01, to: 2027-12-31, off: [2027-01-01], work: []}"
_ONE_DAY: Final = timedelta(days=1)
_KEYS: Final = ("from", "to", "off", "work", "weekend")


class CalendarExhausted(ValueError):
    """A calendar was asked about a day that it does not cover."""

    code: Final = "value.calendar_exhausted"

    def __init__(self, day: date, calendar: str, first: date, last: date) -> None:
        super().__init__(day, calendar, first, last)
        self.day, self.calendar, self.first, self.last = day, calendar, first, last

    @property
    def values(self) -> dict[str, str]:
        return {
            "day": self.day.isoformat(),
            "calendar": self.calendar,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
        }

    def say(self, language: str = "en") -> str:
        return words.say(self.code, language, **self.values)

    def __str__(self) -> str:
        return self.say("en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The working days from ``valid_from`` to ``valid_to``, both included.

    ``off`` are days not worked though they are no weekend, ``work`` weekend days
    worked to make up for them. ``digest`` is the SHA-256 of the whole table: a due
    time can say by which table it was counted.
    """

    name: str
    digest: str
    valid_from: date
    valid_to: date
    off: frozenset[date] = field(repr=False, compare=False)
    work: frozenset[date] = field(repr=False, compare=False)
    weekend: frozenset[int] = field(repr=False, compare=False)

    def table(self) -> dict[str, Json]:
        """All that it says, as :func:`table_calendar` reads it again."""
        return {
            "from": self.valid_from.isoformat(),
            "to": self.valid_to.isoformat(),
            "off": [day.isoformat() for day in sorted(self.off)],
            "work": [day.isoformat() for day in sorted(self.work)],
            "weekend": [WEEKDAYS[day] for day in sorted(self.weekend)],
        }

    def is_working_day(self, day: date) -> bool:
        self._require(day)
        if day in self.work:
            return True
        return day.weekday() not in self.weekend and day not in self.off

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after a day, or before it if negative.

        Day 0 is the day itself, worked or not: what is asked on a Friday within
        one working day is due on Monday.
        """
        self._require(day)
        if count == 0:
            return day
        return self._after(day, count) if count > 0 else self._before(day, -count)

    def working_days_between(self, after: date, until: date) -> int:
        """Working days after the one day, up to the other and including it.

        So n working days lie between a day and its n-th working day. The other
        way round the count is negative.
        """
        if until < after:
            return -self.working_days_between(until, after)
        self._require(after)
        self._require(until)
        years = (_working_days(self, y) for y in range(after.year, until.year + 1))
        return sum(bisect_right(y, until) - bisect_right(y, after) for y in years)

    def _after(self, day: date, count: int) -> date:
        for year in range(day.year, self.valid_to.year + 1):
            days = _working_days(self, year)
            passed = bisect_right(days, day)
            if passed + count <= len(days):
                return days[passed + count - 1]
            count -= len(days) - passed
        raise self._exhausted(self.valid_to + _ONE_DAY)

    def _before(self, day: date, count: int) -> date:
        for year in range(day.year, self.valid_from.year - 1, -1):
            days = _working_days(self, year)
            earlier = bisect_left(days, day)
            if count <= earlier:
                return days[earlier - count]
            count -= earlier
        raise self._exhausted(self.valid_from - _ONE_DAY)

    def _require(self, day: date) -> None:
        if not self.valid_from <= day <= self.valid_to:
            raise self._exhausted(day)

    def _exhausted(self, day: date) -> CalendarExhausted:
        return CalendarExhausted(day, self.name, self.valid_from, self.valid_to)


@lru_cache(maxsize=1024)
def _working_days(calendar: Calendar, year: int) -> tuple[date, ...]:
    """The working days of one year, in order; whoever counts asks again and again."""
    first = max(calendar.valid_from, date(year, 1, 1))
    last = min(calendar.valid_to, date(year, 12, 31))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in days if calendar.is_working_day(day))


@cache
def chinese() -> Calendar:
    """``cn``: the days published by the State Council, make-up days among them."""
    import chinese_calendar

    off = frozenset(chinese_calendar.holidays)
    work = frozenset(chinese_calendar.workdays)
    # a notice of one year may move the last days of the year before; years that
    # have holidays of their own are the years that were announced
    return made_calendar(
        "cn",
        (date(min(off).year, 1, 1), date(max(off).year, 12, 31)),
        off=off,
        work=work,
        weekend=SATURDAY_SUNDAY,
    )


@cache
def weekdays() -> Calendar:
    """``weekdays``: Monday to Friday, no holidays."""
    return made_calendar(
        "weekdays",
        (FIRST_DAY, LAST_DAY),
        off=frozenset(),
        work=frozenset(),
        weekend=SATURDAY_SUNDAY,
    )


def table_calendar(name: str, table: object) -> Calendar:
    """A calendar from its whole table: ``{from, to, off: [dates], work: [dates]}``.

    ``weekend`` is ``[saturday, sunday]`` unless it says otherwise. Raises
    ValueReadError.
    """
    parts = read_mapping(table, keys=_KEYS, example=EXAMPLE)
    first, last = read_span(parts)
    if first is None or last is None:
        wanted = "from" if first is None else "to"
        raise ValueReadError("value.missing_key", wanted=wanted, example=EXAMPLE)
    off, work = (
        frozenset(read_at(parts, key, read_each(read_date)) or ())
        for key in ("off", "work")
    )
    for key, days in (("off", off), ("work", work)):
        require_within(days, (first, last), key)
    if off & work:
        raise ValueReadError("value.calendar_both", day=min(off & work).isoformat())
    weekend = read_at(parts, "weekend", read_weekend) or SATURDAY_SUNDAY
    return made_calendar(name, (first, last), off=off, work=work, weekend=weekend)


def read_span(parts: Mapping[str, object]) -> tuple[date | None, date | None]:
    """``from`` and ``to``, in order if both are there."""
    first, last = read_at(parts, "from", read_date), read_at(parts, "to", read_date)
    if first is not None and last is not None and first > last:
        raise ValueReadError(
            "value.order", start=first.isoformat(), end=last.isoformat()
        )
    return first, last


def require_within(days: frozenset[date], span: tuple[date, date], key: str) -> None:
    first, last = span
    for day in sorted(days):
        if not first <= day <= last:
            raise ValueReadError(
                "value.calendar_outside",
                day=day.isoformat(),
                first=first.isoformat(),
                last=last.isoformat(),
            ).under(key)


def read_weekend(value: object) -> frozenset[int]:
    days = frozenset(read_each(read_weekday)(value))
    if len(days) == len(WEEKDAYS):
        raise ValueReadError("value.calendar_weekend")
    return days


def read_each(reader: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise ValueReadError("value.list", example="[a, b]")
        return tuple(reader(item) for item in value)

    return read


def made_calendar(
    name: str,
    span: tuple[date, date],
    *,
    off: frozenset[date],
    work: frozenset[date],
    weekend: frozenset[int],
) -> Calendar:
    """A calendar with its digest."""
    made = Calendar(
        name=name,
        digest="",
        valid_from=span[0],
        valid_to=span[1],
        off=off,
        work=work,
        weekend=weekend,
    )
    text = json.dumps(made.table(), sort_keys=True, separators=(",", ":"))
    return replace(made, digest=hashlib.sha256(text.encode()).hexdigest())

"""When something comes again: every Monday at 19:30, every 14 days, each 1st.

    recurrence = read_recurrence({"weekly": "monday", "at": "19:30"})
    due = recurrence.next(now, zone=zone, calendar=calendar, start=first, end=last)

The rule gives days, the time of day makes moments of them in the plan's zone: a
time that the zone skips moves forward by what was skipped, of a time that it has
twice the first counts, so every occurrence comes exactly once.
May import: engine.plan.values, engine.plan.calendar; ``apscheduler.triggers``
(only here, and only for days: its triggers run in UTC, where no hour is skipped).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    NotRequired,
    TypeAlias,
    TypedDict,
    Unpack,
    cast,
)

from engine.plan.values import (
    LAST_DAY,
    WEEKDAYS,
    ValueReadError,
    as_utc,
    canonical,
    moment_at,
    read_at,
    read_choice,
    read_date,
    read_duration,
    read_mapping,
    read_text,
    read_time,
    read_weekday,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import tzinfo

    from engine.plan.calendar import Calendar
    from engine.ports import Json

OCCURRENCES_MAX: Final = 10_000
"""Days looked at for one question: 27 years of every day."""
SKIPPED_MAX: Final = 1_000
"""Days skipped in a row after which none will come: 19 years of Saturdays."""
OnHoliday: TypeAlias = Literal["keep", "skip", "next_workday"]
ON_HOLIDAY: Final = ("keep", "skip", "next_workday")
_ONE_DAY: Final = timedelta(days=1)
_EXAMPLE: Final = "{weekly: monday, at: 19:30}"
_DAY_OF_EVERY_MONTH: Final = re.compile(r"[1-9]|1[0-9]|2[0-8]")
_MONTH_AND_DAY: Final = re.compile(r"([0-9]{2})-([0-9]{2})")
_COMMON_YEAR: Final = 2001


@dataclass(frozen=True, slots=True)
class Weekly:
    """On these days of the week; Monday is 0."""

    days: tuple[int, ...]

    def canonical(self) -> Json:
        return {"weekly": [WEEKDAYS[day] for day in self.days]}


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many days, counted from the first day."""

    days: int

    def canonical(self) -> Json:
        return {"every": f"{self.days} day{'s' if self.days > 1 else ''}"}


@dataclass(frozen=True, slots=True)
class Monthly:
    """On these days of each month (1 to 28), on its last day, or both."""

    days: tuple[int, ...]
    last: bool

    def canonical(self) -> Json:
        return {"monthly": [str(day) for day in self.days] + ["last"] * self.last}


@dataclass(frozen=True, slots=True)
class Yearly:
    """On this day of each year, never 29 February."""

    month: int
    day: int

    def canonical(self) -> Json:
        return {"yearly": f"{self.month:02}-{self.day:02}"}


Rule: TypeAlias = Weekly | Every | Monthly | Yearly


class Setting(TypedDict):
    """Where a recurrence runs: from ``start`` to ``end``, both included.

    ``end`` absent or None: without end.
    """

    zone: tzinfo
    calendar: Calendar
    start: date
    end: NotRequired[date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A rule of days, a time of day, and what becomes of days not worked.

    ``on_holiday``: ``keep`` the day, ``skip`` it, or take the ``next_workday``.
    Only the last two ask the calendar, so only they can exhaust it. ``start`` and
    ``end`` narrow the window that it stands in; a day moved past the end is left
    out, and days moved together are one occurrence.
    """

    rule: Rule
    at: time = time.min
    start: date | None = None
    end: date | None = None
    on_holiday: OnHoliday = "keep"
    text: str = ""

    def next(self, after: datetime, **setting: Unpack[Setting]) -> datetime | None:
        """The first occurrence (UTC) later than a moment; None if there is none."""
        return next(_Course(self, setting).moments(after), None)

    def between(
        self, after: datetime, until: datetime, **setting: Unpack[Setting]
    ) -> tuple[datetime, ...]:
        """The occurrences (UTC) later than ``after``, up to and with ``until``."""
        return tuple(_Course(self, setting).moments(after, until=as_utc(until)))

    def canonical(self) -> dict[str, Json]:
        """Plain data that :func:`read_recurrence` reads again."""
        said = {
            "from": self.start,
            "to": self.end,
            "on_holiday": self.on_holiday,
            "text": self.text or None,
        }
        kept = {key: canonical(part) for key, part in said.items() if part is not None}
        return {**self.rule.canonical(), "at": canonical(self.at), **kept}


class _Course:
    """A recurrence in its setting."""

    def __init__(self, recurrence: Recurrence, setting: Setting) -> None:
        self.recurrence = recurrence
        self.zone, self.calendar = setting["zone"], setting["calendar"]
        starts, end = (setting["start"], recurrence.start), setting.get("end")
        self.first = max(day for day in starts if day is not None)
        self.last = min(day for day in (end, recurrence.end, LAST_DAY) if day)
        self.anchor = recurrence.start or setting["start"]

    def moments(
        self, after: datetime, *, until: datetime | None = None
    ) -> Iterator[datetime]:
        """The occurrences later than a moment, in order, each once."""
        latest, skipped = as_utc(after), 0
        for nominal in self._nominal_days(latest):
            # a day only moves forward: from here on the calendar need not be asked
            if until is not None and self._moment(nominal) > until:
                return
            day = self._worked(nominal)
            skipped = skipped + 1 if day is None else 0
            if skipped > SKIPPED_MAX:
                return
            if day is None or self._moment(day) <= latest:
                continue
            latest = self._moment(day)
            if until is not None and latest > until:
                return
            yield latest

    def _moment(self, day: date) -> datetime:
        return moment_at(day, self.recurrence.at, self.zone)

    def _nominal_days(self, after: datetime) -> Iterator[date]:
        # where a zone skips a whole day, the day before still counts on this one
        first = self._earliest_moved_to(after.astimezone(self.zone).date() - _ONE_DAY)
        days = _days(self.recurrence.rule, self.anchor, first)
        for count, day in enumerate(days):
            if day > self.last:
                return
            if count == OCCURRENCES_MAX:
                raise ValueReadError("value.recurrence_many", most=OCCURRENCES_MAX)
            yield day

    def _earliest_moved_to(self, day: date) -> date:
        """The first day whose occurrence may come on this day or later."""
        if day <= self.first:
            return self.first
        if self.recurrence.on_holiday == "next_workday" and day <= self.last:
            while day > self.first and not self.calendar.is_working_day(day - _ONE_DAY):
                day -= _ONE_DAY
        return day

    def _worked(self, day: date) -> date | None:
        """The day on which the occurrence of a nominal day comes, if it comes."""
        if self.recurrence.on_holiday == "keep" or self.calendar.is_working_day(day):
            return day
        if self.recurrence.on_holiday == "skip":
            return None
        while day < self.last:
            day += _ONE_DAY
            if self.calendar.is_working_day(day):
                return day
        return None


def _days(rule: Rule, anchor: date, first: date) -> Iterator[date]:
    """The days of a rule from ``first`` on, without end."""
    trigger = _trigger(rule, anchor)
    at = datetime.combine(first, time.min, UTC)
    while at.date() <= LAST_DAY:
        found = trigger.get_next_fire_time(None, at)
        if found is None:
            return
        yield found.date()
        at = found + _ONE_DAY


@lru_cache(maxsize=256)
def _trigger(rule: Rule, anchor: date) -> Any:
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    match rule:
        case Weekly(days):
            return CronTrigger(day_of_week=",".join(map(str, days)), timezone=UTC)
        case Monthly(days, last):
            numbers = [str(day) for day in days] + ["last"] * last
            return CronTrigger(day=",".join(numbers), timezone=UTC)
        case Yearly(month, day):
            return CronTrigger(month=month, day=day, timezone=UTC)
        case Every(count):
            start = datetime.combine(anchor, time.min, UTC)
            return IntervalTrigger(days=count, start_date=start, timezone=UTC)


# --- reading ------------------------------------------------------------------


def read_recurrence(value: object) -> Recurrence:
    """A recurrence from plain data; raises ValueReadError.

    ``{weekly: monday | [monday, 周四]}``, ``{every: 14 days | 2 weeks}``,
    ``{monthly: 1 | last | [1, 15]}`` or ``{yearly: 01-01}``, with ``at``, ``from``,
    ``to``, ``on_holiday`` and ``text``.
    """
    keys = (*_RULES, "at", "from", "to", "on_holiday", "text")
    parts = read_mapping(value, keys=keys, example=_EXAMPLE)
    start, end = read_at(parts, "from", read_date), read_at(parts, "to", read_date)
    if start and end and start > end:
        raise ValueReadError(
            "value.order", start=start.isoformat(), end=end.isoformat()
        )
    return Recurrence(
        rule=_read_rule(parts),
        at=read_at(parts, "at", read_time) or time.min,
        start=start,
        end=end,
        on_holiday=read_at(parts, "on_holiday", _read_on_holiday) or "keep",
        text=read_at(parts, "text", read_text) or "",
    )


def _read_rule(parts: Mapping[str, object]) -> Rule:
    written = tuple(key for key in _RULES if parts.get(key) is not None)
    if len(written) != 1:
        raise ValueReadError(
            "value.recurrence_rule", found=list(written) or "–", example=_EXAMPLE
        )
    rule = read_at(parts, written[0], _RULES[written[0]])
    return cast(Rule, rule)


def _read_on_holiday(value: object) -> OnHoliday:
    return cast(OnHoliday, read_choice(value, of=ON_HOLIDAY))


def _read_weekly(value: object) -> Weekly:
    return Weekly(tuple(sorted({read_weekday(day) for day in _listed(value)})))


def _read_every(value: object) -> Every:
    period = read_duration(value)
    if period.unit not in {"days", "weeks"} or period.amount < 1:
        raise ValueReadError("value.recurrence_every", found=value)
    return Every(int(period.amount) * (7 if period.unit == "weeks" else 1))


def _read_monthly(value: object) -> Monthly:
    written = [read_text(day) for day in _listed(value)]
    for day in written:
        if day != "last" and not _DAY_OF_EVERY_MONTH.fullmatch(day):
            raise ValueReadError("value.recurrence_monthly", found=day)
    numbers = sorted({int(day) for day in written if day != "last"})
    return Monthly(tuple(numbers), "last" in written)


def _read_yearly(value: object) -> Yearly:
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


def _listed(value: object) -> list[object]:
    listed = list(value) if isinstance(value, (list, tuple)) else [value]
    if not listed:
        raise ValueReadError("value.list", example="[monday, thursday]")
    return listed


_RULES: Final[Mapping[str, Callable[[object], Rule]]] = {
    "weekly": _read_weekly,
    "every": _read_every,
    "monthly": _read_monthly,
    "yearly": _read_yearly,
}

"""When something comes again: every Monday at 19:30, every 14 days, each 1st.

    recurrence = read_recurrence({"weekly": "monday", "at": "19:30"})
    due = recurrence.next(now, zone=zone, calendar=calendar, start=first, end=last)

The rule (:mod:`engine.plan.rules`) gives days, the times of day make moments of them
in the plan's zone: a time that the zone skips moves forward by what was skipped, of a
time that it has twice the first counts, so every occurrence comes exactly once.
May import: engine.plan.readers, engine.plan.values, engine.plan.rules,
engine.plan.calendar; ``apscheduler.triggers`` (only here, and only for days: its
triggers run in UTC, where no hour is skipped).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import merge
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

from engine.plan.readers import (
    WEEKDAYS,
    read_at,
    read_choice,
    read_date,
    read_mapping,
    read_text,
    read_time,
)
from engine.plan.rules import (
    EXAMPLE,
    LAST,
    RULES,
    Every,
    Monthly,
    Rule,
    Weekly,
    Yearly,
    YearlyIn,
    asks_calendar,
    listed,
    read_rule,
)
from engine.plan.values import LAST_DAY, ValueReadError, as_utc, canonical, moment_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from engine.plan.calendar import Calendar
    from engine.ports import Json

OCCURRENCES_MAX: Final = 10_000
"""Days looked at for one question: 27 years of every day."""
SKIPPED_MAX: Final = 1_000
"""Days skipped in a row after which none will come: 19 years of Saturdays."""
TIMES_MAX: Final = 24
"""Times of one day."""
OnHoliday: TypeAlias = Literal["keep", "skip", "next_workday"]
ON_HOLIDAY: Final = ("keep", "skip", "next_workday")
MissedPolicy: TypeAlias = Literal["each", "last", "none"]
MISSED: Final = ("each", "last", "none")
_ONE_DAY: Final = timedelta(days=1)
_DAYS_OF_WEEK: Final = 7
_MONTHS: Final = 12
_POSITIONS: Final = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", LAST: "last"}
KEYS: Final = (
    *(*RULES, "at", "from", "to", "except", "also"),
    *("on_holiday", "missed", "text"),
)


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
    """A rule of days, times of the day, and what becomes of days not worked.

    ``on_holiday``: ``keep`` the day, ``skip`` it, or take the ``next_workday``. Only
    the last two, and rules that count working days, ask the calendar, so only they
    can exhaust it. ``start`` and ``end`` narrow the window that it stands in; a day
    moved past the end is left out, and days moved together are one occurrence.

    ``without`` are days on which it does not come, neither by the rule nor moved
    there; on the days ``also`` it comes besides, worked or not. ``missed`` says what
    becomes of times at which nobody looked: ``each`` comes late and in order, only
    the ``last`` does, or ``none``.
    """

    rule: Rule
    at: tuple[time, ...] = (time.min,)
    start: date | None = None
    end: date | None = None
    without: frozenset[date] = frozenset()
    also: tuple[date, ...] = ()
    on_holiday: OnHoliday = "keep"
    missed: MissedPolicy = "each"
    text: str = ""

    @property
    def asks_calendar(self) -> bool:
        return self.on_holiday != "keep" or asks_calendar(self.rule)

    def next(self, after: datetime, **setting: Unpack[Setting]) -> datetime | None:
        """The first occurrence (UTC) later than a moment; None if there is none."""
        return next(_Course(self, setting).moments(after), None)

    def between(
        self, after: datetime, until: datetime, **setting: Unpack[Setting]
    ) -> tuple[datetime, ...]:
        """The occurrences (UTC) later than ``after``, up to and with ``until``."""
        return tuple(_Course(self, setting).moments(after, until=as_utc(until)))

    def days(self, **setting: Unpack[Setting]) -> Iterator[date]:
        """The days on which it comes, each once, in order."""
        return _Course(self, setting).days()

    def canonical(self) -> dict[str, Json]:
        """Plain data that :func:`read_recurrence` reads again."""
        said = {
            "from": self.start,
            "to": self.end,
            "except": sorted(self.without) or None,
            "also": self.also or None,
            "on_holiday": self.on_holiday,
            "missed": self.missed if self.missed != "each" else None,
            "text": self.text or None,
        }
        kept = {key: canonical(part) for key, part in said.items() if part is not None}
        at = canonical(self.at if len(self.at) > 1 else self.at[0])
        return {**self.rule.canonical(), "at": at, **kept}


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
        latest = as_utc(after)
        # where a zone skips a whole day, the day before still counts on this one
        first = latest.astimezone(self.zone).date() - _ONE_DAY
        for day in merge(self._by_rule(first, until), self._besides(first)):
            for moment in self._moments(day):
                if moment <= latest:
                    continue
                if until is not None and moment > until:
                    return
                latest = moment
                yield moment

    def days(self) -> Iterator[date]:
        latest = None
        for day in merge(self._by_rule(self.first), self._besides(self.first)):
            if day != latest:
                yield day
            latest = day

    def _moments(self, day: date) -> list[datetime]:
        """What a day has, in order: a change of the clock may bring it into another."""
        at = self.recurrence.at
        return sorted(moment_at(day, one, self.zone) for one in at)

    def _besides(self, first: date) -> Iterator[date]:
        within = (max(first, self.first), self.last)
        return (day for day in self.recurrence.also if within[0] <= day <= within[1])

    def _by_rule(self, first: date, until: datetime | None = None) -> Iterator[date]:
        """The days of the rule as they come; on each of them once or more often."""
        without, skipped = self.recurrence.without, 0
        for nominal in self._nominal(self._earliest_moved_to(first), until):
            # a day only moves forward: from here on the calendar need not be asked
            if until is not None and self._moments(nominal)[0] > until:
                return
            day = None if nominal in without else self._worked(nominal)
            skipped = skipped + 1 if day is None else 0
            if skipped > SKIPPED_MAX:
                return
            if day is not None and day not in without:
                yield day

    def _nominal(self, first: date, until: datetime | None) -> Iterator[date]:
        last = self.last
        if until is not None:
            last = min(last, until.astimezone(self.zone).date())
        for count, day in enumerate(self._days(first, last)):
            if day > last:
                return
            if count == OCCURRENCES_MAX:
                raise ValueReadError("value.recurrence_many", most=OCCURRENCES_MAX)
            yield day

    def _days(self, first: date, last: date) -> Iterator[date]:
        """The days of the rule from ``first`` on; not all of them end at ``last``."""
        rule = self.recurrence.rule
        if isinstance(rule, Weekly):
            return _weekly(rule, self.anchor, first)
        if not asks_calendar(rule):
            return _triggered(rule, self.anchor, first)
        month = rule.month if isinstance(rule, YearlyIn) else None
        on = cast(Monthly, rule.on if isinstance(rule, YearlyIn) else rule)
        counted = _working_days(on.workdays, month, (first, last), self.calendar)
        if not (on.days or on.last or on.weekdays):
            return counted
        return _once(merge(_triggered(rule, self.anchor, first), counted))

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


# --- the days of rules --------------------------------------------------------


def _once(days: Iterator[date]) -> Iterator[date]:
    latest = None
    for day in days:
        if day != latest:
            yield day
        latest = day


def _weekly(rule: Weekly, anchor: date, first: date) -> Iterator[date]:
    """In every so many weeks, counted from the Monday before the anchor."""
    step = rule.weeks * _DAYS_OF_WEEK
    monday = anchor.toordinal() - anchor.weekday()
    monday += max(0, (first.toordinal() - monday) // step) * step
    while monday <= LAST_DAY.toordinal():
        for day in rule.days:
            if first.toordinal() <= monday + day <= LAST_DAY.toordinal():
                yield date.fromordinal(monday + day)
        monday += step


def _working_days(
    wanted: tuple[int, ...],
    month: int | None,
    span: tuple[date, date],
    calendar: Calendar,
) -> Iterator[date]:
    """The n-th working days of months; no month is looked at that begins too late."""
    first, last = span
    begins = first.replace(day=1)
    while begins <= last:
        following = _next_month(begins)
        if month in (None, begins.month):
            length = (following - begins).days
            days = [begins + timedelta(days=number) for number in range(length)]
            worked = [day for day in days if calendar.is_working_day(day)]
            found = {worked[n - (n > 0)] for n in wanted if n <= len(worked) and worked}
            yield from sorted(day for day in found if day >= first)
        if following > LAST_DAY:
            return
        begins = following


def _next_month(begins: date) -> date:
    if begins.month < _MONTHS:
        return begins.replace(month=begins.month + 1)
    return begins.replace(year=begins.year + 1, month=1)


def _triggered(rule: Rule, anchor: date, first: date) -> Iterator[date]:
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
        case Monthly():
            return CronTrigger(day=_in_a_month(rule), timezone=UTC)
        case Yearly(month, day):
            return CronTrigger(month=month, day=day, timezone=UTC)
        case YearlyIn(month, on):
            return CronTrigger(month=month, day=_in_a_month(on), timezone=UTC)
        case Every(count):
            start = datetime.combine(anchor, time.min, UTC)
            return IntervalTrigger(days=count, start_date=start, timezone=UTC)
    raise AssertionError(rule)


def _in_a_month(on: Monthly) -> str:
    """The days of a month as the trigger writes them: ``1,15,last,2nd mon``."""
    named = [f"{_POSITIONS[n]} {WEEKDAYS[day][:3]}" for n, day in on.weekdays]
    return ",".join([*map(str, on.days), *["last"] * on.last, *named])


# --- reading ------------------------------------------------------------------


def read_recurrence(value: object) -> Recurrence:
    """A recurrence from plain data; raises ValueReadError.

    One rule (:mod:`engine.plan.rules`), with ``at: 19:30 | [09:00, 15:00]``,
    ``from``, ``to``, ``except``, ``also``, ``on_holiday``, ``missed`` and ``text``.
    """
    parts = read_mapping(value, keys=KEYS, example=EXAMPLE)
    start, end = read_at(parts, "from", read_date), read_at(parts, "to", read_date)
    if start and end and start > end:
        raise ValueReadError(
            "value.order", start=start.isoformat(), end=end.isoformat()
        )
    without = read_at(parts, "except", _read_dates) or ()
    also = read_at(parts, "also", _read_dates) or ()
    for day in sorted({*without} & {*also}):
        raise ValueReadError("value.recurrence_both", day=day.isoformat())
    return Recurrence(
        rule=read_rule(parts),
        at=read_at(parts, "at", _read_times) or (time.min,),
        start=start,
        end=end,
        without=frozenset(without),
        also=also,
        on_holiday=read_at(parts, "on_holiday", _read_on_holiday) or "keep",
        missed=read_at(parts, "missed", _read_missed) or "each",
        text=read_at(parts, "text", read_text) or "",
    )


def _read_times(value: object) -> tuple[time, ...]:
    times = tuple(sorted({read_time(one) for one in listed(value)}))
    if len(times) > TIMES_MAX:
        raise ValueReadError("value.recurrence_times", most=TIMES_MAX)
    return times


def _read_dates(value: object) -> tuple[date, ...]:
    return tuple(sorted({read_date(day) for day in listed(value)}))


def _read_on_holiday(value: object) -> OnHoliday:
    return cast(OnHoliday, read_choice(value, of=ON_HOLIDAY))


def _read_missed(value: object) -> MissedPolicy:
    return cast(MissedPolicy, read_choice(value, of=MISSED))

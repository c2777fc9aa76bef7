"""Working time: how much of it lies between two moments, and when some has passed.

A working day counts whole, from midnight to midnight of the plan's zone, other days
count nothing; office hours are nobody's business here. What ends at midnight ends the
day before: a Friday's end and one working day is Monday's end, not its beginning.
May import: engine.plan.values, engine.plan.calendar.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from fractions import Fraction
from typing import Final

from engine.plan.calendar import Calendar
from engine.plan.values import Duration

_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)


def working_time(
    start: datetime, end: datetime, calendar: Calendar, zone: tzinfo
) -> Fraction:
    """Working days and exact parts of one from a moment to a later one.

    Negative if the other is earlier. Raises CalendarExhausted.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    whole = calendar.working_days_between(first.date(), last.date())
    return (
        whole
        - _passed_of(first, calendar)
        + _passed_of(last, calendar)
        + (calendar.is_working_day(first.date()) - calendar.is_working_day(last.date()))
    )


def _passed_of(moment: datetime, calendar: Calendar) -> Fraction:
    """The part of its own day that has passed, as a clock shows it; 0 on a day off."""
    if not calendar.is_working_day(moment.date()):
        return Fraction(0)
    shown = datetime.combine(moment.date(), moment.time())
    since = shown - datetime.combine(moment.date(), time())
    return Fraction(since // _MICROSECOND, _DAY // _MICROSECOND)


def passed(
    moment: datetime, length: Duration, calendar: Calendar, zone: tzinfo
) -> datetime:
    """The moment (UTC) when so much has passed since another.

    Raises CalendarExhausted, ValueReadError.
    """
    shown = moment.astimezone(zone)
    if length.unit != "workdays" or shown.time() != time() or length.amount < 0:
        return length.add_to(moment, calendar, zone)
    ended = shown - _DAY
    last = length.add_to(ended, calendar, zone)
    return Duration(Fraction(1), "days").add_to(last, calendar, zone)

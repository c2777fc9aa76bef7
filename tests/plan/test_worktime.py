"""Working time: parts of days are parts, days off are nothing, and sums are exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.calendar import CalendarExhausted, chinese
from engine.plan.readers import read_duration
from engine.plan.values import Duration
from engine.plan.worktime import passed, working_time

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2009, 1, 2, tzinfo=ZONE)
MOMENTS = st.integers(0, 360 * 24 * 60).map(lambda n: FIRST + timedelta(minutes=n))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def between(start: str, end: str) -> Fraction:
    return working_time(at(start), at(end), chinese(), ZONE)


def after(start: str, length: str) -> str:
    found = passed(at(start), read_duration(length), chinese(), ZONE)
    return found.astimezone(ZONE).strftime("%a %m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2009-04-20 09:00", "2009-04-21 09:00", 1),
        ("2009-04-20 09:00", "2009-04-20 15:00", Fraction(1, 4)),
        ("2009-04-24 17:00", "2009-04-27 09:00", Fraction(16, 24)),
        ("2009-04-25 03:00", "2009-04-26 22:00", 0),
        ("2009-04-25 00:00", "2009-04-27 00:00", 0),
        # 1 to 3 May are a holiday; 31 May, a Sunday, is worked to make up for a day
        ("2009-04-30 00:00", "2009-05-05 00:00", 2),
        ("2009-05-30 12:00", "2009-06-01 00:00", 1),
    ],
)
def test_parts_of_working_days_count_as_parts_and_days_off_do_not_count(
    start: str, end: str, days: Fraction
) -> None:
    assert between(start, end) == days
    assert between(end, start) == -days


@given(MOMENTS, MOMENTS, MOMENTS)
def test_two_times_in_a_row_add_up_to_the_whole(
    one: datetime, two: datetime, three: datetime
) -> None:
    def lies(start: datetime, end: datetime) -> Fraction:
        return working_time(start, end, chinese(), ZONE)

    assert lies(one, two) + lies(two, three) == lies(one, three)


@given(MOMENTS, st.integers(0, 200))
def test_it_is_the_sum_of_its_hours(start: datetime, hours: int) -> None:
    first = start.replace(minute=0, second=0)
    days = [(first + timedelta(hours=n)).date() for n in range(hours)]
    worked = sum(chinese().is_working_day(day) for day in days)
    end = first + timedelta(hours=hours)
    assert working_time(first, end, chinese(), ZONE) == Fraction(worked, 24)


@pytest.mark.parametrize(
    ("start", "length", "ends"),
    [
        # the end of a Friday, of a Saturday, of a Sunday, of a Monday
        ("2009-04-25 00:00", "1 workday", "Tue 04-28 00:00"),
        ("2009-04-26 00:00", "1 workday", "Tue 04-28 00:00"),
        ("2009-04-27 00:00", "1 workday", "Tue 04-28 00:00"),
        ("2009-04-28 00:00", "1 workday", "Wed 04-29 00:00"),
        ("2009-04-24 09:00", "1 workday", "Mon 04-27 09:00"),
        ("2009-04-25 00:00", "0 workdays", "Sat 04-25 00:00"),
        ("2009-04-25 00:00", "2 days", "Mon 04-27 00:00"),
        ("2009-04-25 00:00", "3 hours", "Sat 04-25 03:00"),
    ],
)
def test_what_ends_at_midnight_ends_the_day_before(
    start: str, length: str, ends: str
) -> None:
    assert after(start, length) == ends


@given(MOMENTS, st.integers(1, 20))
def test_so_many_working_days_after_the_end_of_a_day_so_many_were_worked(
    start: datetime, days: int
) -> None:
    midnight = start.replace(hour=0, minute=0, second=0)
    if midnight.month == 12:
        return
    length = Duration(Fraction(days), "workdays")
    end = passed(midnight, length, chinese(), ZONE)
    assert working_time(midnight, end, chinese(), ZONE) == days


def test_beyond_the_calendar_nobody_guesses() -> None:
    last = datetime(2030, 1, 1, tzinfo=UTC)
    with pytest.raises(CalendarExhausted):
        working_time(at("2009-04-01 00:00"), last, chinese(), ZONE)

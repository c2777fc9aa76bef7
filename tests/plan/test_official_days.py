"""The working days of ``cn`` are those that the State Council published.

The tables are copied by hand from the notices of the State Council's General Office
(国务院办公厅关于…年部分节假日安排的通知), as its gazette prints them, and not from any
package: first the days off as the notice gives them, then the weekend days worked.

2009  gov.cn/gongbao/content/2008/content_1175823.htm
2023  gov.cn/gongbao/content/2023/content_5736714.htm
2024  gov.cn/gongbao/2023/issue_10806/202311/content_6913823.html
2025  gov.cn/gongbao/2024/issue_11726/202411/content_6989767.html
2026  gov.cn/gongbao/2025/issue_12406/202511/content_7048922.html
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

import pytest

from engine.plan.calendar import chinese

PUBLISHED: Final = {
    2009: (
        "01-01/01-03 01-25/01-31 04-04/04-06 05-01/05-03 05-28/05-30 10-01/10-08",
        "01-04 01-24 02-01 05-31 09-27 10-10",
    ),
    2023: (
        "01-01/01-02 01-21/01-27 04-05/04-05 04-29/05-03 06-22/06-24 09-29/10-06",
        "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    ),
    2024: (
        "01-01/01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-10/06-10 09-15/09-17 "
        "10-01/10-07",
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    ),
    2025: (
        "01-01/01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
        "01-26 02-08 04-27 09-28 10-11",
    ),
    2026: (
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 "
        "10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
}
STATUTORY: Final = {2009: 11, 2023: 11, 2024: 11, 2025: 13, 2026: 13}
"""Holidays of the year by the law itself (全国年节及纪念日放假办法, changed for 2025):
whatever days are moved, so many and no more are taken from the weekdays."""
ONE_DAY: Final = timedelta(days=1)
MONTHS: Final = [(year, month) for year in PUBLISHED for month in range(1, 13)]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def off(year: int) -> set[date]:
    spans = [span.split("/") for span in PUBLISHED[year][0].split()]
    return {
        day
        for first, last in spans
        for day in days(
            date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last}")
        )
    }


def made_up(year: int) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for day in PUBLISHED[year][1].split()}


def is_worked(day: date) -> bool:
    """By the notices alone."""
    if day in made_up(day.year):
        return True
    return day.weekday() < 5 and day not in off(day.year)


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_day_of_the_year_is_as_published(year: int) -> None:
    for day in days(date(year, 1, 1), date(year, 12, 31)):
        assert chinese().is_working_day(day) == is_worked(day), day


@pytest.mark.parametrize("year", PUBLISHED)
def test_only_weekend_days_are_made_up_for_and_none_is_also_off(year: int) -> None:
    assert all(day.weekday() >= 5 for day in made_up(year))
    assert not made_up(year) & off(year)


@pytest.mark.parametrize("year", PUBLISHED)
def test_a_year_has_its_weekdays_less_the_holidays_of_the_law(year: int) -> None:
    whole = days(date(year, 1, 1), date(year, 12, 31))
    weekdays = sum(day.weekday() < 5 for day in whole)
    found = chinese().working_days_between(whole[0] - ONE_DAY, whole[-1])
    assert found == weekdays - STATUTORY[year]


@pytest.mark.parametrize(("year", "month"), MONTHS)
def test_sums_within_a_month_are_what_counting_one_by_one_gives(
    year: int, month: int
) -> None:
    """From each day of the month to each later one, counted by the notices alone."""
    calendar = chinese()
    listed = days(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    for number, after in enumerate(listed):
        counted = 0
        for until in listed[number + 1 :]:
            counted += is_worked(until)
            assert calendar.working_days_between(after, until) == counted
            assert calendar.working_days_between(until, after) == -counted


@pytest.mark.parametrize(("year", "month"), MONTHS)
def test_the_nth_working_day_is_the_one_found_by_walking(year: int, month: int) -> None:
    """From each day of the month, as far as the year goes."""
    calendar, last = chinese(), date(year, 12, 31)
    for day in days(date(year, month, 1), min(date(year, month, 28), last)):
        worked = [one for one in days(day + ONE_DAY, last) if is_worked(one)]
        for count, found in enumerate(worked[:25], 1):
            assert calendar.add_working_days(day, count) == found

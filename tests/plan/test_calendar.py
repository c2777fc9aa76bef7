"""Working days: the published ones, made-up ones, and none beyond the calendar."""

import pickle
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.calendar import (
    Calendar,
    CalendarExhausted,
    chinese,
    table_calendar,
    weekdays,
)
from engine.plan.calendars import named_calendar
from engine.plan.values import ValueReadError

DAYS = st.dates(date(2005, 1, 1), date(2025, 12, 31))


def days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


# the notice of the State Council's General Office on the holidays of 2009
OFF_2009 = [
    *days("2009-01-01", "2009-01-03"),
    *days("2009-01-25", "2009-01-31"),
    *days("2009-04-04", "2009-04-06"),
    *days("2009-05-01", "2009-05-03"),
    *days("2009-05-28", "2009-05-30"),
    *days("2009-10-01", "2009-10-08"),
]
MADE_UP_2009 = [
    date(2009, 1, 4),
    date(2009, 1, 24),
    date(2009, 2, 1),
    date(2009, 5, 31),
    date(2009, 9, 27),
    date(2009, 10, 10),
]


@pytest.mark.parametrize("day", OFF_2009, ids=str)
def test_published_holidays_of_2009_are_not_worked(day: date) -> None:
    assert not chinese().is_working_day(day)


@pytest.mark.parametrize("day", MADE_UP_2009, ids=str)
def test_weekend_days_of_2009_are_worked_to_make_up(day: date) -> None:
    assert day.weekday() >= 5
    assert chinese().is_working_day(day)


def test_every_other_day_of_2009_follows_the_week() -> None:
    for day in days("2009-01-01", "2009-12-31"):
        if day not in OFF_2009 and day not in MADE_UP_2009:
            assert chinese().is_working_day(day) == (day.weekday() < 5), day


def test_the_chinese_calendar_covers_whole_years() -> None:
    calendar = chinese()
    assert calendar.valid_from == date(2004, 1, 1)
    assert calendar.valid_to >= date(2026, 12, 31)
    assert (calendar.valid_to.month, calendar.valid_to.day) == (12, 31)


def test_it_says_what_the_package_says_on_every_day() -> None:
    import chinese_calendar

    calendar = chinese()
    span = (calendar.valid_to - calendar.valid_from).days + 1
    for day in (calendar.valid_from + timedelta(days=n) for n in range(span)):
        assert calendar.is_working_day(day) == chinese_calendar.is_workday(day), day


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2199, 1, 1)], ids=str)
def test_a_day_that_nobody_announced_is_refused_not_guessed(day: date) -> None:
    with pytest.raises(CalendarExhausted) as caught:
        chinese().is_working_day(day)
    error = caught.value
    assert (error.day, error.calendar) == (day, "cn")
    assert (error.first, error.last) == (chinese().valid_from, chinese().valid_to)
    assert day.isoformat() in error.say("zh")
    assert "cn" in str(error)


def test_counting_past_the_end_is_refused() -> None:
    last = chinese().valid_to
    with pytest.raises(CalendarExhausted) as caught:
        chinese().add_working_days(last, 1)
    assert caught.value.day == last + timedelta(days=1)
    with pytest.raises(CalendarExhausted):
        chinese().add_working_days(date(2004, 1, 1), -1)


def test_an_exhausted_calendar_crosses_processes() -> None:
    error = CalendarExhausted(
        date(2030, 1, 1), "cn", date(2004, 1, 1), date(2026, 1, 1)
    )
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2009-05-27", 0, "2009-05-27"),
        ("2009-05-27", 1, "2009-05-31"),  # over the dragon boat festival
        ("2009-05-30", 0, "2009-05-30"),  # day 0 is the day, worked or not
        ("2009-05-30", 1, "2009-05-31"),
        ("2009-05-30", 2, "2009-06-01"),
        ("2009-04-30", 1, "2009-05-04"),
        ("2009-09-30", 5, "2009-10-14"),
        ("2009-12-31", 1, "2010-01-04"),
        ("2009-06-01", -1, "2009-05-31"),
        ("2009-05-31", -1, "2009-05-27"),
        ("2010-01-04", -1, "2009-12-31"),
    ],
)
def test_working_days_are_counted_over_holidays(
    day: str, count: int, expected: str
) -> None:
    found = chinese().add_working_days(date.fromisoformat(day), count)
    assert found == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [
        ("2009-05-27", "2009-05-27", 0),
        ("2009-05-27", "2009-05-30", 0),
        ("2009-05-27", "2009-05-31", 1),
        ("2009-05-27", "2009-06-01", 2),
        ("2009-06-01", "2009-05-27", -2),
        ("2008-12-31", "2009-12-31", 365 - 52 * 2 - 17 + 6),
    ],
)
def test_days_between_leave_out_the_first_and_take_in_the_last(
    after: str, until: str, expected: int
) -> None:
    between = chinese().working_days_between
    assert between(date.fromisoformat(after), date.fromisoformat(until)) == expected


@settings(deadline=None)
@given(day=DAYS, count=st.integers(1, 200))
def test_n_working_days_lie_between_a_day_and_its_nth(day: date, count: int) -> None:
    calendar = chinese()
    nth = calendar.add_working_days(day, count)
    assert calendar.is_working_day(nth)
    assert calendar.working_days_between(day, nth) == count


@settings(deadline=None)
@given(day=DAYS, count=st.integers(1, 200))
def test_counting_back_from_a_working_day_undoes_counting_on(
    day: date, count: int
) -> None:
    calendar = chinese()
    worked = calendar.add_working_days(day, 1)
    there = calendar.add_working_days(worked, count)
    assert calendar.add_working_days(there, -count) == worked


def test_weekdays_know_no_holidays() -> None:
    assert weekdays().is_working_day(date(2009, 5, 1))
    assert not weekdays().is_working_day(date(2009, 5, 31))
    assert weekdays().add_working_days(date(2009, 5, 1), 100_000).year == 2392


def test_a_table_is_a_calendar() -> None:
    calendar = table_calendar(
        "school",
        {
            "from": "2027-01-01",
            "to": "2027-12-31",
            "off": ["2027-01-01", "2027-02-08"],
            "work": ["2027-01-02"],
            "weekend": ["周日", "saturday"],
        },
    )
    assert not calendar.is_working_day(date(2027, 1, 1))
    assert calendar.is_working_day(date(2027, 1, 2))
    assert not calendar.is_working_day(date(2027, 1, 3))
    with pytest.raises(CalendarExhausted):
        calendar.is_working_day(date(2028, 1, 1))


def test_a_table_may_name_another_weekend() -> None:
    friday_off = table_calendar(
        "x", {"from": "2027-01-01", "to": "2027-12-31", "weekend": ["friday"]}
    )
    assert not friday_off.is_working_day(date(2027, 1, 1))
    assert friday_off.is_working_day(date(2027, 1, 2))


SPAN = {"from": "2027-01-01", "to": "2027-12-31"}


@pytest.mark.parametrize(
    ("table", "code", "place"),
    [
        ("2027", "value.mapping", ()),
        ({"to": "2027-12-31"}, "value.missing_key", ()),
        ({"from": "2027-01-01"}, "value.missing_key", ()),
        ({**SPAN, "free": []}, "value.unknown_key", ()),
        ({**SPAN, "from": "2028-01-01"}, "value.order", ()),
        ({**SPAN, "off": "2027-01-01"}, "value.list", ("off",)),
        ({**SPAN, "off": ["2027-02-30"]}, "value.date_day", ("off",)),
        ({**SPAN, "work": ["2028-02-01"]}, "value.calendar_outside", ("work",)),
        (
            {**SPAN, "off": ["2027-02-01"], "work": ["2027-02-01"]},
            "value.calendar_both",
            (),
        ),
        ({**SPAN, "weekend": ["someday"]}, "value.weekday", ("weekend",)),
        (
            {**SPAN, "weekend": [f"周{day}" for day in "一二三四五六日"]},
            "value.calendar_weekend",
            ("weekend",),
        ),
    ],
)
def test_a_faulty_table_says_its_fault_and_place(
    table: object, code: str, place: tuple[str, ...]
) -> None:
    with pytest.raises(ValueReadError) as caught:
        table_calendar("x", table)
    assert (caught.value.code, caught.value.place) == (code, place)


def test_equal_tables_have_equal_digests_and_others_do_not() -> None:
    def digest(**table: object) -> str:
        return table_calendar("x", {**SPAN, **table}).digest

    assert digest(off=["2027-01-01", "2027-05-03"]) == digest(
        off=["2027-05-03", "2027-01-01"]
    )
    assert digest() == table_calendar("another name", SPAN).digest
    different = {
        digest(),
        digest(off=["2027-01-01"]),
        digest(work=["2027-01-01"]),
        digest(weekend=["sunday"]),
        chinese().digest,
        weekdays().digest,
    }
    assert len(different) == 6
    assert all(len(one) == 64 for one in different)


def test_calendars_are_named() -> None:
    assert named_calendar("cn") is chinese()
    assert named_calendar("weekdays") is weekdays()
    with pytest.raises(ValueReadError, match="cn, weekdays") as caught:
        named_calendar("us")
    assert caught.value.code == "value.calendar_unknown"


def test_two_calendars_of_one_name_do_not_share_answers() -> None:
    def holiday(day: str) -> Calendar:
        return table_calendar("x", {**SPAN, "off": [day]})

    first = holiday("2027-03-01").working_days_between(
        date(2027, 2, 26), date(2027, 3, 1)
    )
    second = holiday("2027-03-02").working_days_between(
        date(2027, 2, 26), date(2027, 3, 1)
    )
    assert (first, second) == (0, 1)

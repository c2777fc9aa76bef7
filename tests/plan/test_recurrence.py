"""What comes again: weekly, every so many days, monthly, yearly."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.calendar import CalendarExhausted, chinese, table_calendar, weekdays
from engine.plan.recurrence import MISSED, ON_HOLIDAY, Recurrence, read_recurrence
from engine.plan.rules import LAST, Every, Monthly, Weekly, Yearly, YearlyIn
from engine.plan.values import ValueReadError

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")
PLAN: dict[str, Any] = {
    "zone": SHANGHAI,
    "calendar": chinese(),
    "start": date(2009, 4, 11),
    "end": date(2009, 12, 31),
}


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def coming(
    written: dict[str, object], after: str, count: int, **other: object
) -> list[str]:
    """The next occurrences as the zone's clock shows them."""
    setting: dict[str, Any] = {**PLAN, **other}
    recurrence = read_recurrence(written)
    zone = setting["zone"]
    moment = local(after, zone)
    found = []
    for _ in range(count):
        following = recurrence.next(moment, **setting)
        if following is None:
            break
        assert following.tzinfo is UTC
        found.append(f"{following.astimezone(zone):%Y-%m-%d %H:%M}")
        moment = following
    return found


def test_every_monday_evening() -> None:
    assert coming({"weekly": "monday", "at": "19:30"}, "2009-04-11 00:00", 3) == [
        "2009-04-13 19:30",
        "2009-04-20 19:30",
        "2009-04-27 19:30",
    ]


def test_next_is_strictly_after() -> None:
    written: dict[str, object] = {"weekly": "周一", "at": "19:30"}
    assert coming(written, "2009-04-13 19:29:59", 1) == ["2009-04-13 19:30"]
    assert coming(written, "2009-04-13 19:30", 1) == ["2009-04-20 19:30"]


def test_several_days_of_a_week_come_in_the_week_s_order() -> None:
    found = coming({"weekly": ["周四", "monday", "星期一"]}, "2009-04-12 00:00", 3)
    assert found == ["2009-04-13 00:00", "2009-04-16 00:00", "2009-04-20 00:00"]


@pytest.mark.parametrize("every", ["14 days", "2 weeks", "14 天", "2 周"])
def test_every_so_many_days_is_counted_from_the_first_day(every: str) -> None:
    assert coming({"every": every, "at": "09:00"}, "2009-04-01 00:00", 3) == [
        "2009-04-11 09:00",
        "2009-04-25 09:00",
        "2009-05-09 09:00",
    ]


def test_its_own_from_is_the_day_it_is_counted_from() -> None:
    written: dict[str, object] = {"every": "14 days", "from": "2009-04-01"}
    found = coming(written, "2009-01-01 00:00", 2)
    assert found == ["2009-04-15 00:00", "2009-04-29 00:00"]
    later: dict[str, object] = {"every": "14 days", "from": "2009-05-01"}
    assert coming(later, "2009-01-01 00:00", 1) == ["2009-05-01 00:00"]


def test_monthly_on_a_day_and_on_the_last() -> None:
    assert coming({"monthly": "1", "at": "09:00"}, "2009-04-11 00:00", 2) == [
        "2009-05-01 09:00",
        "2009-06-01 09:00",
    ]
    assert coming({"monthly": ["15", "last"]}, "2009-04-15 00:00", 3) == [
        "2009-04-30 00:00",
        "2009-05-15 00:00",
        "2009-05-31 00:00",
    ]


def test_yearly() -> None:
    found = coming({"yearly": "07-01"}, "2009-07-01 00:00", 2, end=None)
    assert found == ["2010-07-01 00:00", "2011-07-01 00:00"]


def test_it_ends_with_its_window_and_with_its_own_end() -> None:
    written: dict[str, object] = {"weekly": "monday"}
    assert coming(written, "2009-04-13 00:00", 3, end=date(2009, 4, 27)) == [
        "2009-04-20 00:00",
        "2009-04-27 00:00",
    ]
    found = coming({**written, "to": "2009-04-26"}, "2009-04-13 00:00", 3)
    assert found == ["2009-04-20 00:00"]


def test_holidays_are_kept_skipped_or_moved_to_the_next_working_day() -> None:
    # 2009-05-28 and -29 were off; Sunday the 31st was worked to make up
    written: dict[str, object] = {"weekly": "thursday", "at": "09:00"}

    def found(policy: str) -> list[str]:
        return coming({**written, "on_holiday": policy}, "2009-05-22 00:00", 2)

    assert found("keep") == ["2009-05-28 09:00", "2009-06-04 09:00"]
    assert found("skip") == ["2009-06-04 09:00", "2009-06-11 09:00"]
    assert found("next_workday") == ["2009-05-31 09:00", "2009-06-04 09:00"]


def test_a_moved_day_is_found_while_it_is_awaited() -> None:
    written: dict[str, object] = {"weekly": "thursday", "on_holiday": "next_workday"}
    for asked in ("2009-05-28 12:00", "2009-05-30 23:59"):
        assert coming(written, asked, 1) == ["2009-05-31 00:00"]


def test_days_moved_together_are_one_occurrence() -> None:
    written: dict[str, object] = {"every": "1 day", "on_holiday": "next_workday"}
    assert coming(written, "2009-09-29 12:00", 3) == [
        "2009-09-30 00:00",
        "2009-10-09 00:00",
        "2009-10-10 00:00",
    ]


def test_a_day_moved_past_the_end_is_left_out() -> None:
    written: dict[str, object] = {"weekly": "thursday", "on_holiday": "next_workday"}
    assert coming(written, "2009-05-22 00:00", 1, end=date(2009, 5, 30)) == []


def test_only_a_holiday_policy_asks_the_calendar() -> None:
    setting: dict[str, Any] = {**PLAN, "start": date(2027, 1, 1), "end": None}
    after = local("2030-01-01 00:00")
    assert read_recurrence({"weekly": "monday"}).next(after, **setting)
    skipping = read_recurrence({"weekly": "monday", "on_holiday": "skip"})
    with pytest.raises(CalendarExhausted):
        skipping.next(after, **setting)


def test_a_span_inside_the_calendar_does_not_exhaust_it() -> None:
    skipping = read_recurrence({"weekly": "monday", "on_holiday": "skip"})
    last = chinese().valid_to
    found = skipping.between(
        local(f"{last.year}-12-01 00:00"),
        local(f"{last} 23:59"),
        zone=SHANGHAI,
        calendar=chinese(),
        start=date(2026, 1, 1),
    )
    assert len(found) >= 4


def test_between_leaves_out_the_first_moment_and_takes_in_the_last() -> None:
    recurrence = read_recurrence({"weekly": "monday", "at": "19:30"})
    found = recurrence.between(
        local("2009-04-13 19:30"), local("2009-04-27 19:30"), **PLAN
    )
    assert found == (local("2009-04-20 19:30"), local("2009-04-27 19:30"))


def test_a_skipped_hour_moves_forward_and_a_doubled_hour_counts_once() -> None:
    # Berlin: 02:00 became 03:00 on 2009-03-29, 03:00 became 02:00 on 2009-10-25
    berlin: dict[str, Any] = {"zone": BERLIN, "start": date(2009, 1, 1)}
    written: dict[str, object] = {"every": "1 day", "at": "02:30"}
    assert coming(written, "2009-03-28 00:00", 3, **berlin) == [
        "2009-03-28 02:30",
        "2009-03-29 03:30",
        "2009-03-30 02:30",
    ]
    recurrence = read_recurrence(written)
    found = recurrence.between(
        local("2009-10-24 12:00", BERLIN),
        local("2009-10-26 12:00", BERLIN),
        **{**PLAN, **berlin},
    )
    assert found == (
        datetime(2009, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2009, 10, 26, 1, 30, tzinfo=UTC),
    )


def test_a_whole_day_that_a_zone_skipped_brings_no_second_occurrence() -> None:
    # Apia had no 2011-12-30
    found = coming(
        {"every": "1 day", "at": "10:00"},
        "2011-12-29 09:00",
        3,
        zone=APIA,
        start=date(2011, 1, 1),
        end=None,
    )
    assert found == ["2011-12-29 10:00", "2011-12-31 10:00", "2012-01-01 10:00"]


def test_a_span_of_too_many_days_is_refused() -> None:
    daily = read_recurrence({"every": "1 day"})
    setting: dict[str, Any] = {**PLAN, "calendar": weekdays(), "end": None}
    with pytest.raises(ValueReadError) as caught:
        daily.between(local("2009-04-11 00:00"), local("2109-04-11 00:00"), **setting)
    assert caught.value.code == "value.recurrence_many"


def test_a_calendar_without_a_working_day_ends_the_search() -> None:
    idle = table_calendar(
        "idle",
        {
            "from": "2009-01-01",
            "to": "2009-12-31",
            "off": [f"2009-{month:02}-05" for month in range(1, 13)],
            "weekend": [f"周{day}" for day in "一二三四五六"],
        },
    )
    written: dict[str, object] = {"weekly": "monday", "on_holiday": "skip"}
    assert coming(written, "2009-04-11 00:00", 1, calendar=idle) == []


def test_what_is_always_skipped_never_comes() -> None:
    written: dict[str, object] = {"weekly": "saturday", "on_holiday": "skip"}
    found = coming(written, "2009-04-11 00:00", 1, calendar=weekdays(), end=None)
    assert found == []


def test_a_moment_without_a_zone_is_our_own_mistake() -> None:
    naive = datetime(2009, 4, 11)  # noqa: DTZ001 -- this is what is refused
    with pytest.raises(TypeError):
        read_recurrence({"weekly": "monday"}).next(naive, **PLAN)


@pytest.mark.parametrize(
    ("monthly", "found"),
    [
        ("first monday", ["2009-05-04", "2009-06-01", "2009-07-06"]),
        ("第一个周一", ["2009-05-04", "2009-06-01", "2009-07-06"]),
        ("last friday", ["2009-04-24", "2009-05-29", "2009-06-26"]),
        ("最后一个星期五", ["2009-04-24", "2009-05-29", "2009-06-26"]),
        ("fourth thursday", ["2009-04-23", "2009-05-28", "2009-06-25"]),
        ("last workday", ["2009-04-30", "2009-05-31", "2009-06-30"]),
        ("最后一个工作日", ["2009-04-30", "2009-05-31", "2009-06-30"]),
        ("first workday", ["2009-05-04", "2009-06-01", "2009-07-01"]),
        ("第5个工作日", ["2009-05-08", "2009-06-05", "2009-07-07"]),
        ("月末", ["2009-04-30", "2009-05-31", "2009-06-30"]),
        (["15", "last workday"], ["2009-04-15", "2009-04-30", "2009-05-15"]),
        (["last", "last workday"], ["2009-04-30", "2009-05-31", "2009-06-30"]),
    ],
    ids=str,
)
def test_monthly_on_a_weekday_or_a_working_day_of_the_month(
    monthly: object, found: list[str]
) -> None:
    coming_days = coming({"monthly": monthly}, "2009-04-12 00:00", 3)
    assert coming_days == [f"{day} 00:00" for day in found]


def test_yearly_on_a_weekday_of_a_month() -> None:
    written: dict[str, object] = {"yearly": {"month": "11", "day": "fourth thursday"}}
    assert coming(written, "2009-04-12 00:00", 2, end=None) == [
        "2009-11-26 00:00",
        "2010-11-25 00:00",
    ]
    last: dict[str, object] = {"yearly": {"month": "2", "day": "last workday"}}
    assert coming(last, "2009-04-12 00:00", 3, end=None) == [
        "2010-02-26 00:00",
        "2011-02-28 00:00",
        "2012-02-29 00:00",
    ]


def test_every_second_week_is_counted_from_the_week_of_the_first_day() -> None:
    # the plan begins on Saturday the 11th; its week is that of Monday the 6th
    written: dict[str, object] = {"weekly": ["monday", "周四"], "every": "2 weeks"}
    assert coming(written, "2009-04-11 00:00", 4) == [
        "2009-04-20 00:00",
        "2009-04-23 00:00",
        "2009-05-04 00:00",
        "2009-05-07 00:00",
    ]
    later = coming({**written, "from": "2009-04-13"}, "2009-04-11 00:00", 2)
    assert later == ["2009-04-13 00:00", "2009-04-16 00:00"]


def test_several_times_of_a_day_come_in_order() -> None:
    written: dict[str, object] = {"weekly": "monday", "at": ["15:00", "09:00"]}
    assert coming(written, "2009-04-13 09:00", 3) == [
        "2009-04-13 15:00",
        "2009-04-20 09:00",
        "2009-04-20 15:00",
    ]


def test_days_are_left_out_by_the_rule_and_where_they_are_moved_to() -> None:
    # 2009-05-28 is a holiday, and moves to Sunday the 31st
    written: dict[str, object] = {"weekly": "thursday", "on_holiday": "next_workday"}
    for day in ("2009-05-28", "2009-05-31"):
        found = coming({**written, "except": [day]}, "2009-05-22 00:00", 1)
        assert found == ["2009-06-04 00:00"]


def test_days_besides_come_in_their_turn_worked_or_not() -> None:
    written: dict[str, object] = {
        "weekly": "monday",
        "on_holiday": "skip",
        "also": ["2009-05-02", "2009-05-11", "2010-01-01"],
        "at": "19:30",
    }
    assert coming(written, "2009-04-28 00:00", 4) == [
        "2009-05-02 19:30",
        "2009-05-04 19:30",
        "2009-05-11 19:30",
        "2009-05-18 19:30",
    ]
    assert coming(written, "2009-12-28 20:00", 1) == []


def test_the_last_working_day_needs_no_month_after_the_last() -> None:
    """The calendar ends with the year: nothing of the next one is asked."""
    rule = read_recurrence({"monthly": "last workday"})
    year = chinese().valid_to.year
    found = rule.between(
        local(f"{year}-10-01 00:00"),
        local(f"{year}-12-31 23:59"),
        zone=SHANGHAI,
        calendar=chinese(),
        start=date(year, 1, 1),
    )
    assert len(found) == 3


@pytest.mark.parametrize(
    ("zone", "at", "after", "shown"),
    [
        # 2009-03-08: 02:00 became 03:00
        ("America/New_York", "02:30", "2009-03-07 12:00", "2009-03-08 03:30"),
        # 2009-10-04: 02:00 became 02:30
        ("Australia/Lord_Howe", "02:10", "2009-10-03 12:00", "2009-10-04 02:40"),
        # 2009-10-18: midnight became 01:00
        ("America/Sao_Paulo", "00:00", "2009-10-17 12:00", "2009-10-18 01:00"),
    ],
)
def test_a_time_that_a_zone_skips_moves_by_what_was_skipped(
    zone: str, at: str, after: str, shown: str
) -> None:
    there: dict[str, Any] = {"zone": ZoneInfo(zone), "start": date(2009, 1, 1)}
    assert coming({"every": "1 day", "at": at}, after, 1, **there) == [shown]


def test_two_times_that_a_skipped_hour_brings_together_are_one() -> None:
    there: dict[str, Any] = {"zone": BERLIN, "start": date(2009, 1, 1)}
    written: dict[str, object] = {"every": "1 day", "at": ["02:15", "03:15", "03:30"]}
    assert coming(written, "2009-03-28 12:00", 3, **there) == [
        "2009-03-29 03:15",
        "2009-03-29 03:30",
        "2009-03-30 02:15",
    ]


@settings(deadline=None, max_examples=40)
@given(
    zone=st.sampled_from(
        [
            "Europe/Berlin",
            "America/New_York",
            "America/Sao_Paulo",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Casablanca",
            "Asia/Shanghai",
        ]
    ),
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    year=st.integers(1986, 2024),
)
def test_each_day_of_a_year_comes_exactly_once_in_every_zone(
    zone: str, at: time, year: int
) -> None:
    """But for a day that the zone never had: it and the next are one."""
    place = ZoneInfo(zone)
    found = Recurrence(rule=Every(1), at=(at,)).between(
        datetime(year, 1, 1, tzinfo=place) - timedelta(microseconds=1),
        datetime(year, 12, 31, 23, 59, 59, tzinfo=place),
        zone=place,
        calendar=weekdays(),
        start=date(year, 1, 1),
        end=date(year, 12, 31),
    )
    shown = [one.astimezone(place).date() for one in found]
    whole = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    missing = {day for day in whole if day.year == year} - set(shown)
    assert missing <= ({date(2011, 12, 30)} if zone == "Pacific/Apia" else set())
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("first", ["2008-02-28", "2011-12-30", "2000-02-28"])
def test_leap_days_and_ends_of_years_are_days_like_others(first: str) -> None:
    start = date.fromisoformat(first)
    setting: dict[str, Any] = {"start": start, "end": None}
    found = coming({"every": "1 day"}, f"{first} 12:00", 4, **setting)
    assert found == [f"{start + timedelta(days=n)} 00:00" for n in range(1, 5)]


@pytest.mark.parametrize(
    "rule",
    [
        {"weekly": "tuesday"},
        {"every": "1 day"},
        {"monthly": "last"},
        {"monthly": "last workday"},
        {"yearly": "12-31"},
    ],
    ids=str,
)
def test_the_last_year_ends_without_an_error(rule: dict[str, object]) -> None:
    """Dates end with 2999; what would come later comes no more."""
    setting: dict[str, Any] = {"calendar": weekdays(), "start": date(2999, 1, 1)}
    found = coming(rule, "2999-12-30 12:00", 9, **{**setting, "end": None})
    assert found == ["2999-12-31 00:00"]


def test_what_is_not_said_is_not_written() -> None:
    """So what was recorded before a word was known keeps its bytes."""
    assert read_recurrence({"weekly": "monday", "at": "19:30"}).canonical() == {
        "weekly": ["monday"],
        "at": "19:30",
        "on_holiday": "keep",
    }


MONTH = ("value.recurrence_month", ("yearly", "month"))


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ("每周一", "value.mapping", ()),
        ({}, "value.recurrence_rule", ()),
        ({"at": "19:30"}, "value.recurrence_rule", ()),
        (
            {"weekly": "monday", "monthly": "1"},
            "value.recurrence_rule",
            (),
        ),
        ({"weekly": "moonday"}, "value.weekday", ("weekly",)),
        ({"weekly": []}, "value.list", ("weekly",)),
        ({"weekly": {"day": "monday"}}, "value.scalar", ("weekly",)),
        ({"weekly": "monday", "at": "9:00"}, "value.form", ("at",)),
        ({"weekly": "monday", "on_holiday": "yes"}, "value.choice", ("on_holiday",)),
        ({"weekly": "monday", "until": "x"}, "value.unknown_key", ()),
        (
            {"weekly": "monday", "from": "2009-05-01", "to": "2009-04-01"},
            "value.order",
            (),
        ),
        ({"every": "0 days"}, "value.recurrence_every", ("every",)),
        ({"every": "3 hours"}, "value.recurrence_every", ("every",)),
        ({"every": "1 workday"}, "value.recurrence_every", ("every",)),
        ({"monthly": "31"}, "value.recurrence_monthly", ("monthly",)),
        ({"monthly": "0"}, "value.recurrence_monthly", ("monthly",)),
        ({"monthly": "fifth monday"}, "value.recurrence_monthly", ("monthly",)),
        ({"monthly": "sixth workday"}, "value.recurrence_monthly", ("monthly",)),
        ({"monthly": "first moonday"}, "value.weekday", ("monthly",)),
        ({"yearly": {"month": "13", "day": "1"}}, *MONTH),
        ({"yearly": {"month": "11"}}, "value.missing_key", ("yearly",)),
        (
            {"weekly": "monday", "every": "10 days"},
            "value.recurrence_weeks",
            ("every",),
        ),
        (
            {"weekly": "monday", "except": ["2009-05-04"], "also": ["2009-05-04"]},
            "value.recurrence_both",
            (),
        ),
        (
            {
                "weekly": "monday",
                "at": [f"{h:02}:{m}0" for h in range(24) for m in "02"],
            },
            "value.recurrence_times",
            ("at",),
        ),
        ({"weekly": "monday", "at": []}, "value.list", ("at",)),
        ({"weekly": "monday", "missed": "all"}, "value.choice", ("missed",)),
        ({"yearly": "02-29"}, "value.recurrence_yearly", ("yearly",)),
        ({"yearly": "13-01"}, "value.recurrence_yearly", ("yearly",)),
        ({"yearly": "1-1"}, "value.recurrence_yearly", ("yearly",)),
    ],
)
def test_a_faulty_recurrence_says_its_fault_and_place(
    written: object, code: str, place: tuple[str, ...]
) -> None:
    with pytest.raises(ValueReadError) as caught:
        read_recurrence(written)
    assert (caught.value.code, caught.value.place) == (code, place)
    assert not re.search(r"\?[a-z]", caught.value.say("zh") + caught.value.say("en"))


DATES = st.dates(date(2005, 1, 1), date(2025, 12, 31))
NTH = st.sampled_from([1, 2, 3, 4, LAST])
IN_A_MONTH = st.builds(
    lambda days, weekdays, workdays: Monthly(
        tuple(sorted(days)),
        last=True,
        weekdays=tuple(sorted(weekdays)),
        workdays=tuple(sorted(workdays)),
    ),
    st.sets(st.integers(1, 28), max_size=3),
    st.sets(st.tuples(NTH, st.integers(0, 6)), max_size=2),
    st.sets(NTH, max_size=2),
)
RULES = st.one_of(
    st.builds(
        lambda days, weeks: Weekly(tuple(sorted(days)), weeks),
        st.sets(st.integers(0, 6), min_size=1),
        st.integers(1, 6),
    ),
    st.builds(Every, st.integers(1, 400)),
    IN_A_MONTH,
    st.builds(Yearly, st.integers(1, 12), st.integers(1, 28)),
    st.builds(YearlyIn, st.integers(1, 12), IN_A_MONTH),
)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
RECURRENCES = st.builds(
    Recurrence,
    rule=RULES,
    at=st.sets(TIMES, min_size=1, max_size=3).map(lambda at: tuple(sorted(at))),
    start=st.none() | DATES,
    without=st.frozensets(DATES, max_size=3),
    also=st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=3).map(
        lambda days: tuple(sorted(days))
    ),
    missed=st.sampled_from(MISSED),
    on_holiday=st.sampled_from(ON_HOLIDAY),
    text=st.text(max_size=5).filter(str.isalnum) | st.just("每周一晚"),
)


@settings(deadline=None)
@given(RECURRENCES)
def test_the_canonical_form_reads_back_the_same(recurrence: Recurrence) -> None:
    again = read_recurrence(recurrence.canonical())
    assert again.canonical() == recurrence.canonical()
    assert again.rule == recurrence.rule


@settings(deadline=None)
@given(recurrence=RECURRENCES, first=DATES, zone=st.sampled_from([SHANGHAI, BERLIN]))
def test_next_walks_exactly_through_what_lies_between(
    recurrence: Recurrence, first: date, zone: ZoneInfo
) -> None:
    setting: dict[str, Any] = {
        "zone": zone,
        "calendar": weekdays(),
        "start": date(2005, 1, 1),
    }
    after = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    until = after + timedelta(days=40)
    expected = recurrence.between(after, until, **setting)
    assert sorted(set(expected)) == list(expected)
    walked, moment = [], after
    while (found := recurrence.next(moment, **setting)) and found <= until:
        walked.append(found)
        moment = found
    assert tuple(walked) == expected
    if recurrence.on_holiday != "keep":
        days = [moment.astimezone(zone).date() for moment in walked]
        assert all(weekdays().is_working_day(day) for day in days)


def test_the_heavy_library_is_imported_only_when_it_is_needed() -> None:
    import subprocess
    import sys

    asked = (
        "import sys, engine.plan.recurrence, engine.plan.calendar;"
        "print([m for m in ('apscheduler', 'chinese_calendar') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"

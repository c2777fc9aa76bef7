"""What comes again: weekly, every so many days, monthly, yearly."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.calendar import CalendarExhausted, chinese, table_calendar, weekdays
from engine.plan.recurrence import (
    ON_HOLIDAY,
    Every,
    Monthly,
    Recurrence,
    Weekly,
    Yearly,
    read_recurrence,
)
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
RULES = st.one_of(
    st.builds(
        lambda days: Weekly(tuple(sorted(days))),
        st.sets(st.integers(0, 6), min_size=1),
    ),
    st.builds(Every, st.integers(1, 400)),
    st.builds(
        lambda days: Monthly(tuple(sorted(days)), last=True),
        st.sets(st.integers(1, 28)),
    ),
    st.builds(Yearly, st.integers(1, 12), st.integers(1, 28)),
)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
RECURRENCES = st.builds(
    Recurrence,
    rule=RULES,
    at=st.sets(TIMES, min_size=1, max_size=3).map(lambda at: tuple(sorted(at))),
    start=st.none() | DATES,
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

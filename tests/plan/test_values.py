"""Text becomes a value in one way of writing, exactly, and comes back from JSON."""

import json
import pickle
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan import values
from engine.plan.calendar import CalendarExhausted, chinese, weekdays
from engine.plan.readers import (
    READERS,
    read_bool,
    read_choice,
    read_date,
    read_datetime,
    read_duration,
    read_int,
    read_number,
    read_ratio,
    read_text,
    read_time,
    read_weekday,
    read_window,
)
from engine.plan.values import (
    Duration,
    Unit,
    ValueReadError,
    Window,
    canonical,
    decimal,
    from_json,
    moment_at,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def refusal(read: Callable[[], object]) -> ValueReadError:
    """The refusal, which says its sentence in both languages with all its facts."""
    with pytest.raises(ValueReadError) as caught:
        read()
    for language in ("zh", "en"):
        sentence = caught.value.say(language)
        assert caught.value.code not in sentence
        assert not re.search(r"\?[a-z_]+", sentence), sentence
    return caught.value


@pytest.mark.parametrize(
    ("reader", "text", "expected"),
    [
        (read_int, "10000", 10_000),
        (read_int, "-3", -3),
        (read_int, "+3", 3),
        (read_int, "0", 0),
        (read_number, "2.5", Fraction(5, 2)),
        (read_number, "0.10", Fraction(1, 10)),
        (read_number, "-7", Fraction(-7)),
        (read_ratio, "2/3", Fraction(2, 3)),
        (read_ratio, "0.4", Fraction(2, 5)),
        (read_ratio, "40%", Fraction(2, 5)),
        (read_ratio, "33.3%", Fraction(333, 1000)),
        (read_ratio, "0", Fraction(0)),
        (read_ratio, "1", Fraction(1)),
        (read_bool, "true", True),
        (read_bool, "false", False),
        (read_date, "2009-04-11", date(2009, 4, 11)),
        (read_date, "2008-02-29", date(2008, 2, 29)),
        (read_time, "19:30", time(19, 30)),
        (read_time, "00:00", time(0, 0)),
        (read_time, "19:30:15", time(19, 30, 15)),
        (read_text, "no", "no"),
        (read_text, "e\u0301", "\u00e9"),
    ],
)
def test_text_is_read_exactly(
    reader: Callable[[object], object], text: str, expected: object
) -> None:
    found = reader(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("reader", "text", "write"),
    [
        (read_int, "010", "10"),
        (read_int, "1_000", "1000"),
        (read_int, "1,000", "1000"),
        (read_int, "1e3", "1000"),
        (read_int, "１０", "10"),
        (read_int, "-007", "-7"),
        (read_number, "02.5", "2.5"),
        (read_number, "２.５", "2.5"),
        (read_ratio, "40％", "40%"),
        (read_ratio, "２/３", "2/3"),
        (read_date, "2009-4-1", "2009-04-01"),
        (read_date, "2009年4月11日", "2009-04-11"),
        (read_date, "2009/04/11", "2009-04-11"),
        (read_date, "20090411", "2009-04-11"),
        (read_time, "9:00", "09:00"),
        (read_time, "19：30", "19:30"),
        (read_duration, "５ 天", "5 天"),
    ],
)
def test_who_writes_it_otherwise_is_told_what_to_write(
    reader: Callable[[object], object], text: str, write: str
) -> None:
    error = refusal(lambda: reader(text))
    assert error.code == "value.form"
    assert error.values == {"found": text, "write": write}
    reader(write)


@pytest.mark.parametrize(
    ("reader", "text", "code"),
    [
        (read_int, "many", "value.int"),
        (read_int, "", "value.int"),
        (read_int, " 5", "value.int"),
        (read_int, "2.5", "value.int"),
        (read_int, "٣", "value.int"),
        (read_int, "1" * 16, "value.number_long"),
        (read_number, ".5", "value.number"),
        (read_number, "1/3", "value.number"),
        (read_number, "nan", "value.number"),
        (read_number, "0." + "1" * 10, "value.number_long"),
        (read_ratio, "half", "value.ratio"),
        (read_ratio, "1/0", "value.ratio"),
        (read_ratio, "3/2", "value.ratio_range"),
        (read_ratio, "101%", "value.ratio_range"),
        (read_ratio, "-0.1", "value.ratio_range"),
        (read_ratio, "1/" + "9" * 99, "value.number_long"),
        (read_bool, "yes", "value.bool"),
        (read_bool, "True", "value.bool"),
        (read_date, "2009-02-30", "value.date_day"),
        (read_date, "2009-00-10", "value.date_month"),
        (read_date, "2009-13-01", "value.date_month"),
        (read_date, "0009-01-01", "value.date_range"),
        (read_date, "四月上旬", "value.date"),
        (read_time, "24:00", "value.time_range"),
        (read_time, "19:60", "value.time_range"),
        (read_time, "evening", "value.time"),
        (read_duration, "soon", "value.duration"),
        (read_duration, "-3 days", "value.duration"),
        (read_duration, "05 days", "value.duration"),
        (read_duration, "2 months", "value.duration_unit"),
        (read_duration, "0.5 workdays", "value.duration_whole"),
        (read_duration, "1.5 天", "value.duration_whole"),
        (read_duration, "0.0001 hours", "value.duration_seconds"),
        (read_duration, "100001 days", "value.duration_long"),
        (read_window, "4月", "value.mapping"),
        (read_weekday, "8", "value.weekday"),
    ],
)
def test_what_is_no_value_is_refused(
    reader: Callable[[object], object], text: str, code: str
) -> None:
    assert refusal(lambda: reader(text)).code == code


def test_a_refused_date_says_how_many_days_its_month_has() -> None:
    error = refusal(lambda: read_date("2009-02-30"))
    assert "28" in error.say("zh")
    assert "28" in error.say("en")


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "window"])
@pytest.mark.parametrize("value", [["a"], {"a": "b"}, None, 5], ids=repr)
def test_a_scalar_is_not_read_from_a_list_or_a_mapping(
    kind: str, value: object
) -> None:
    assert refusal(lambda: READERS[kind](value)).code == "value.scalar"


def test_a_choice_is_one_of_its_list() -> None:
    assert read_choice("满意", of=("满意", "不满意")) == "满意"
    error = refusal(lambda: read_choice("好", of=("满意", "不满意")))
    assert "满意" in str(error)


def test_a_weekday_has_its_names() -> None:
    assert [read_weekday(name) for name in ("monday", "Monday", "周一")] == [0, 0, 0]
    assert [read_weekday(name) for name in ("周日", "星期天", "每周日")] == [6, 6, 6]


# --- datetimes ----------------------------------------------------------------


def test_a_datetime_is_in_the_plan_s_zone_and_a_moment_in_utc() -> None:
    expected = datetime(2009, 4, 11, 11, 30, tzinfo=UTC)
    for text in (
        "2009-04-11 19:30",
        "2009-04-11T19:30:00",
        "2009-04-11T11:30:00Z",
        "2009-04-11 12:30+01:00",
    ):
        found = read_datetime(text, SHANGHAI)
        assert found == expected
        assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2009-04-11", "value.datetime"),
        ("2009-04-11  19:30", "value.datetime"),
        ("2009-04-31 19:30", "value.date_day"),
        ("2009-04-11 25:00", "value.time_range"),
        ("2009-04-11 19:30+99:00", "value.datetime"),
    ],
)
def test_what_is_no_datetime_is_refused(text: str, code: str) -> None:
    assert refusal(lambda: read_datetime(text, SHANGHAI)).code == code


def test_a_skipped_time_moves_forward_and_of_a_doubled_one_the_first_counts() -> None:
    skipped = moment_at(date(2009, 3, 29), time(2, 30), BERLIN)
    assert skipped == datetime(2009, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 in Berlin
    doubled = moment_at(date(2009, 10, 25), time(2, 30, fold=1), BERLIN)
    assert doubled == datetime(2009, 10, 25, 0, 30, tzinfo=UTC)


# --- durations ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "chinese_text"),
    [
        ("5 workdays", "5 workdays", "5个工作日"),
        ("5 工作日", "5 workdays", "5个工作日"),
        ("5个工作日", "5 workdays", "5个工作日"),
        ("1 workday", "1 workday", "1个工作日"),
        ("14 天", "14 days", "14天"),
        ("2 周", "2 weeks", "2周"),
        ("3 小时", "3 hours", "3小时"),
        ("1.50 hours", "1.5 hours", "1.5小时"),
        ("30分钟", "30 minutes", "30分钟"),
    ],
)
def test_a_duration_is_written_in_two_languages(
    text: str, said: str, chinese_text: str
) -> None:
    duration = read_duration(text)
    assert duration.canonical() == duration.say("en") == str(duration) == said
    assert duration.say("zh") == chinese_text


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1 workday", "2009-05-27 16:00", "2009-05-31 16:00"),
        ("0 workdays", "2009-05-28 16:00", "2009-05-28 16:00"),
        ("14 days", "2009-04-11 08:00", "2009-04-25 08:00"),
        ("2 weeks", "2009-04-11 08:00", "2009-04-25 08:00"),
        ("1.5 hours", "2009-04-11 23:00", "2009-04-12 00:30"),
        ("90 minutes", "2009-04-11 23:00", "2009-04-12 00:30"),
    ],
)
def test_a_duration_is_added_to_a_moment(text: str, start: str, end: str) -> None:
    found = read_duration(text).add_to(at(start), chinese(), SHANGHAI)
    assert found == at(end)
    assert found.tzinfo is UTC


def test_a_moment_given_in_another_zone_is_counted_in_the_plan_s() -> None:
    # already Saturday in Shanghai, where the next working day is Monday
    friday = datetime(2009, 6, 5, 17, tzinfo=UTC)
    found = read_duration("1 workday").add_to(friday, chinese(), SHANGHAI)
    assert found == at("2009-06-08 01:00")


def test_a_duration_can_go_back() -> None:
    found = (-read_duration("1 workday")).add_to(
        at("2009-05-31 16:00"), chinese(), SHANGHAI
    )
    assert found == at("2009-05-27 16:00")


def test_days_keep_the_clock_and_hours_the_length() -> None:
    saturday = at("2009-03-28 12:00", BERLIN)
    day = read_duration("1 day").add_to(saturday, weekdays(), BERLIN)
    hours = read_duration("24 hours").add_to(saturday, weekdays(), BERLIN)
    assert day == at("2009-03-29 12:00", BERLIN)
    assert hours - day == timedelta(hours=1)


def test_nothing_added_is_the_same_moment_even_in_a_doubled_hour() -> None:
    second = datetime(2009, 10, 25, 1, 30, tzinfo=UTC)
    for unit in get_args(Unit):
        zero = Duration(Fraction(0), unit)
        assert zero.add_to(second.astimezone(BERLIN), chinese(), BERLIN) == second


def test_a_working_day_that_nobody_announced_is_refused() -> None:
    with pytest.raises(CalendarExhausted):
        read_duration("5000 workdays").add_to(
            at("2026-01-01 00:00"), chinese(), SHANGHAI
        )


@pytest.mark.parametrize("start", ["2999-12-01 00:00", "9999-12-31 00:00"])
def test_a_sum_beyond_the_last_day_is_refused(start: str) -> None:
    long = read_duration("100000 weeks")
    error = refusal(lambda: long.add_to(at(start), weekdays(), SHANGHAI))
    assert error.code == "value.moment_range"


def test_a_quota_counts_pure_hours() -> None:
    assert read_duration("5 workdays").hours() == 40
    assert read_duration("5 workdays").hours(per_workday=Fraction(15, 2)) == Fraction(
        75, 2
    )
    assert read_duration("90 minutes").hours() == Fraction(3, 2)
    assert read_duration("1 week").hours() == 168


def test_a_duration_has_a_known_unit() -> None:
    unknown: Any = "months"
    assert refusal(lambda: Duration(Fraction(1), unknown)).code == "value.duration_unit"


# --- windows ------------------------------------------------------------------


def test_a_window_includes_both_its_days() -> None:
    window = read_window(
        {"from": "2009-04-11", "to": "2009-04-30", "text": "4月中下旬"}
    )
    assert window == Window(date(2009, 4, 11), date(2009, 4, 30), "4月中下旬")
    assert window.opens(SHANGHAI) == at("2009-04-11 00:00")
    assert window.closes(SHANGHAI) == at("2009-05-01 00:00")


def test_a_day_is_a_window() -> None:
    day = date(2009, 4, 11)
    assert read_window({"day": "2009-04-11"}) == Window(day, day)


def test_a_window_may_be_open_on_one_side() -> None:
    window = read_window({"from": "2009-04-11"})
    assert window.closes(SHANGHAI) is None
    assert read_window({"to": "2009-04-11"}).opens(SHANGHAI) is None


def test_a_day_without_a_midnight_opens_when_it_begins() -> None:
    # Beirut skipped from 00:00 to 01:00 on 2009-03-29
    beirut = ZoneInfo("Asia/Beirut")
    opens = read_window({"day": "2009-03-29"}).opens(beirut)
    assert opens == datetime(2009, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ({}, "value.window_empty", ()),
        ({"text": "上旬"}, "value.window_empty", ()),
        ({"day": "2009-04-11", "to": "2009-04-12"}, "value.window_day", ()),
        ({"from": "2009-04-12", "to": "2009-04-11"}, "value.order", ()),
        ({"from": "2009-04-31"}, "value.date_day", ("from",)),
        ({"from": "2009-04-11", "text": ["a"]}, "value.scalar", ("text",)),
        ({"start": "2009-04-11"}, "value.unknown_key", ()),
    ],
)
def test_a_faulty_window_says_its_fault_and_place(
    written: object, code: str, place: tuple[str, ...]
) -> None:
    error = refusal(lambda: read_window(written))
    assert (error.code, error.place) == (code, place)


# --- JSON ---------------------------------------------------------------------

RANGE_DATES = st.dates(values.FIRST_DAY, values.LAST_DAY)
WHOLE = st.integers(-(10**15) + 1, 10**15 - 1)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
MOMENTS = st.datetimes(
    datetime(1900, 1, 2),  # noqa: DTZ001 -- the bounds of a strategy have no zone
    datetime(2999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, SHANGHAI, BERLIN]),
)
DURATIONS = st.one_of(
    st.builds(
        Duration,
        st.integers(-100_000, 100_000).map(Fraction),
        st.sampled_from(["workdays", "days", "weeks"]),
    ),
    st.builds(
        lambda seconds: Duration(Fraction(seconds, 3600), "hours"),
        st.integers(-360_000_000, 360_000_000),
    ),
)
WINDOWS = st.builds(
    lambda days, text: Window(min(days), max(days), text),
    st.tuples(RANGE_DATES, RANGE_DATES),
    st.text(),
) | st.builds(Window, RANGE_DATES | st.none(), st.none(), st.text())
BY_KIND: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(),
    "int": WHOLE,
    "bool": st.booleans(),
    "number": st.fractions(),
    "ratio": st.fractions(0, 1),
    "date": RANGE_DATES,
    "time": TIMES,
    # a wall time that a zone skipped equals no moment of another zone
    "datetime": MOMENTS.map(values.as_utc),
    "duration": DURATIONS,
    "window": WINDOWS,
    "list[date]": st.lists(RANGE_DATES).map(tuple),
}


@pytest.mark.parametrize("kind", BY_KIND)
@settings(deadline=None)
@given(data=st.data())
def test_a_value_comes_back_from_json(kind: str, data: st.DataObject) -> None:
    value = data.draw(BY_KIND[kind])
    stored = canonical(value)
    again = from_json(kind, json.loads(json.dumps(stored)))
    assert again == value
    assert canonical(again) == stored


@settings(deadline=None)
@given(number=WHOLE, decimals=st.integers(0, 9))
def test_a_number_is_read_as_it_is_shown(number: int, decimals: int) -> None:
    exact = Fraction(number, 10**decimals)
    assert read_number(decimal(exact)) == exact


@settings(deadline=None)
@given(DURATIONS.filter(lambda duration: duration.amount >= 0))
def test_a_duration_is_read_as_it_is_written(duration: Duration) -> None:
    text = duration.canonical()
    if "/" not in text:
        assert read_duration(text) == duration


@settings(deadline=None)
@given(MOMENTS)
def test_equal_moments_have_one_form(moment: datetime) -> None:
    assert canonical(moment) == canonical(moment.astimezone(SHANGHAI))


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (Fraction(2, 3), "2/3"),
        (Fraction(4, 2), 2),
        (True, True),
        (date(2009, 4, 11), "2009-04-11"),
        (time(19, 30), "19:30"),
        (time(19, 30, 5), "19:30:05"),
        (datetime(2009, 4, 11, 19, 30, tzinfo=SHANGHAI), "2009-04-11T11:30:00Z"),
        (datetime(2009, 4, 11, 0, 0, 0, 5, tzinfo=UTC), "2009-04-11T00:00:00.000005Z"),
        (Duration(Fraction(5), "workdays"), "5 workdays"),
        (
            Window(date(2009, 4, 11), None, "起"),
            {"from": "2009-04-11", "to": None, "text": "起"},
        ),
        ({"a": (Fraction(1, 3), [date(2009, 4, 11)])}, {"a": ["1/3", ["2009-04-11"]]}),
    ],
)
def test_values_have_one_form_in_json(value: object, stored: object) -> None:
    found = canonical(value)
    assert found == stored
    assert type(found) is type(stored)


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        {1, 2},
        object(),
        b"",
        datetime(2009, 4, 11),  # noqa: DTZ001 -- this is what is refused
        time(1, 2, 3, 4),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_value_has_no_form(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("int", "5"),
        ("int", True),
        ("bool", 1),
        ("text", 5),
        ("ratio", "4/6"),
        ("ratio", "2/0"),
        ("ratio", 0.5),
        ("date", "20090411"),
        ("date", "2009-02-30"),
        ("time", "1930"),
        ("datetime", "2009-04-11 11:30"),
        ("duration", "1 workdays"),
        ("duration", "5 fortnights"),
        ("window", {"from": "2009-04-11"}),
        ("window", "2009"),
    ],
)
def test_stored_values_that_were_never_written_are_refused(
    kind: str, stored: object
) -> None:
    assert refusal(lambda: from_json(kind, stored)).code == "value.stored"


def test_absent_stays_absent_and_unknown_types_are_our_own_mistake() -> None:
    assert from_json("date", None) is None
    with pytest.raises(TypeError):
        from_json("colour", "red")


# --- errors and words ---------------------------------------------------------


def test_a_refusal_crosses_processes_with_its_place() -> None:
    error = refusal(lambda: read_window({"to": "2009-02-30"})).under("window")
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.values) == (error.code, error.values)
    assert again.place == error.place == ("window", "to")

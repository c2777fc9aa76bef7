"""The dates of a plan fit each other, its calendar, and the day it was issued."""

from __future__ import annotations

import pytest

from engine.testing import HEAD, STAGES, told

STAGED = """\
stages:
- id: 一
  window: {from: %s, to: %s}
  links: [{id: 甲段, owner: 甲, do: [{id: 办, kind: task}]}]
- id: 二
  window: {from: %s, to: %s}
  links: [{id: 乙段, owner: 甲, do: [{id: 办, kind: task}]}]
"""


def staged(*days: str) -> str:
    return HEAD + STAGED % tuple(f"2009-{day}" for day in days)


def link(keys: str, act: str = "{id: 办, kind: task}") -> str:
    return HEAD + STAGES.replace("owner: 甲", f"owner: 甲, {keys}").replace(
        "{id: 办, kind: task}", act
    )


def test_stages_that_follow_each_other_are_in_order() -> None:
    assert told(staged("04-13", "05-15", "05-18", "08-31")) == []


def test_stages_that_overlap_are_told() -> None:
    assert told(staged("04-13", "05-20", "05-18", "08-31")) == [
        "check.stages_overlap: 二.window: '二' begins on 2009-05-18 while '一' ends on "
        "2009-05-20: the stages overlap; check the dates"
    ]


def test_working_days_between_stages_are_told() -> None:
    assert told(staged("04-13", "05-15", "05-20", "08-31")) == [
        "check.stages_gap: 二.window: '一' ends on 2009-05-15 and '二' begins on "
        "2009-05-20: days between them belong to no stage; check the dates"
    ]


def test_a_stage_that_begins_on_a_holiday_is_noted() -> None:
    assert told(staged("04-13", "04-30", "05-01", "08-31")) == [
        "check.opens_on_holiday: 二.window: '二' begins on 2009-05-01, which is no "
        "working day; change the date if that does not suit"
    ]


def test_a_window_outside_its_parents_is_told() -> None:
    text = link("window: {from: 2009-04-01, to: 2009-05-01}")
    assert told(text) == [
        "check.window_outside: 阶段.环节.window: the window 2009-04-01–2009-05-01 of "
        "'阶段.环节' reaches beyond 2009-04-11–2009-08-31 of '阶段'; change the dates, "
        "or write window: plan if that is meant"
    ]


def test_a_link_may_last_as_long_as_the_plan() -> None:
    text = staged("04-13", "05-15", "05-18", "08-31")
    text = text.replace("id: 甲段,", "id: 甲段, window: plan,")
    assert told(text) == []


@pytest.mark.parametrize("due", ["2009-04-10", "2009-09-02"])
def test_a_due_date_outside_the_window_is_told(due: str) -> None:
    assert told(link(f"due: {due}")) == [
        f"check.due_outside: 阶段.环节.due: '阶段.环节' is due on {due}, outside its "
        "window 2009-04-11–2009-08-31; change one of the two"
    ]


def test_a_due_date_inside_the_window_is_fine() -> None:
    assert told(link("due: 2009-08-31")) == []
    assert told(link("due: plan.end")) == []


def test_a_reminder_longer_than_the_window_is_told() -> None:
    keys = "window: {from: 2009-05-04, to: 2009-05-06}"
    long = link(keys, "{id: 办, kind: task, remind: 2 weeks}")
    assert told(long) == [
        "check.reminded_before: 阶段.环节.办.remind: '阶段.环节.办' reminds 2 weeks "
        "ahead, "
        "which is longer than its window 2009-05-04–2009-05-06, so it reminds at once; "
        "shorten remind"
    ]
    assert told(long.replace("2 weeks", "1 day")) == []


def test_what_is_ordered_before_the_plan_is_issued_has_to_be_named() -> None:
    text = link("window: {from: 2009-04-13, to: 2009-04-30}") + "issued: 2009-04-15\n"
    assert told(text) == [
        "check.ordered_before_issued: 阶段.环节: '阶段.环节' is ordered for "
        "2009-04-13, "
        "but the plan is issued on 2009-04-15; change a date, or name it under "
        "backdated.allowed"
    ]
    named = text + "backdated: {allowed: [阶段], reason: 先办后发}\n"
    assert told(named) == []


def test_a_due_date_beyond_the_calendar_is_a_fault() -> None:
    text = link("due: 2027-01-04")
    assert told(text, severity="fault") == [
        "check.calendar_ends: 阶段.环节.due: 2027-01-04 lies beyond the calendar 'cn', "
        "which is valid from 2004-01-01 to 2026-12-31; nobody knows the working days "
        "outside it: change the date, or give a calendar that has that year "
        "('calendar: weekdays' knows Monday to Friday only)"
    ]


def test_a_due_date_that_is_counted_beyond_the_calendar_is_a_fault() -> None:
    text = link("due: window.end + 5 workdays").replace("2009-08-31", "2026-12-30")
    assert told(text, severity="fault") == [
        "check.calendar_due: 阶段.环节.due: the due date of '阶段.环节' is counted "
        "beyond the calendar 'cn', which is valid from 2004-01-01 to 2026-12-31, so "
        "nobody knows the day; change it, or give a calendar that has that year"
    ]
    assert told(text.replace("+ 5", "- 5"), severity="fault") == []


OPEN = HEAD.replace(", to: 2009-08-31", "") + STAGES


def rhythm(rule: str, plan: str = OPEN) -> str:
    return plan.replace("kind: task", f"kind: span, recurs: {rule}")


@pytest.mark.parametrize(
    "rule", ["{weekly: monday, on_holiday: skip}", "{monthly: last workday}"]
)
def test_what_recurs_by_working_days_for_ever_ends_with_the_calendar(rule: str) -> None:
    assert told(rhythm(rule), severity="warning") == [
        "check.calendar_rhythm: 阶段.环节.办.recurs: '阶段.环节.办' recurs by working "
        "days and without an end, but the calendar 'cn' ends on 2026-12-31, after "
        "which it comes no more; give it an end, or a longer calendar"
    ]
    ended = rule.replace("}", ", to: 2026-12-31}")
    assert told(rhythm(ended), severity="warning") == []
    week = rhythm(rule).replace("calendar: cn", "calendar: weekdays")
    assert told(week, severity="warning") == []


def test_what_recurs_by_the_week_alone_needs_no_calendar() -> None:
    assert told(rhythm("{weekly: monday}"), severity="warning") == []


def test_a_rhythm_that_ends_beyond_the_calendar_is_a_fault() -> None:
    text = rhythm("{weekly: monday, on_holiday: skip, to: 2027-12-31}")
    (found,) = told(text, severity="fault")
    assert found.startswith("check.calendar_ends: 阶段.环节.办.recurs: 2027-12-31")


def test_a_day_left_out_on_which_nothing_comes_is_told() -> None:
    rule = "{weekly: monday, except: [2009-05-04, 2009-05-05, 2009-12-07]}"
    found = told(rhythm(rule, HEAD + STAGES), severity="warning")
    assert [one.rpartition("leaves out ")[2][:10] for one in found] == [
        "2009-05-05",
        "2009-12-07",
    ]

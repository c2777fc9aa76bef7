"""Supervision: reminder, slips, deputies, extension, holds, signatures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actions import document
from engine.action import Attempt
from engine.core.events import Moved
from engine.errors import BadInput
from engine.plan.owing import LINES_MAX
from engine.plan.terms import Env
from engine.testing import Play, paper

HEAD = """
plan: test/supervision
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-01, to: 2009-08-31}
leader: 长
parties:
  people: {长: {}, 上: {}, 甲: {}, 乙: {}, 丙: {}, 丁: {}}
  bodies:
    小组: {roles: {组长: [甲], 副组长: [乙, 丙], 候补: []}, deputies: [候补, 副组长]}
    另组: {roles: {组长: [丁], 副组长: [乙]}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 上
    do:
"""
NODE = "一.环节.工作"
LADDER = ["remind", "blue_slip", "yellow_slip", "next_deputy", "red_slip"]
ASKED = {"reason": "抗旱", "progress": "过半"}


def play(given: str = "due: 2009-04-24", *, owner: str = "小组.组长") -> Play:
    """A task; 24 April is a Friday, the plan starts on Saturday the 11th at 8:00."""
    return Play.of(f"{HEAD}    - {{id: 工作, kind: task, owner: {owner}, {given}}}\n")


def moves(task: Play) -> list[str]:
    return [one.move for one in climbed(task)]


def climbed(task: Play) -> list[Moved]:
    """What the ladder did, in order."""
    return [
        one
        for one in task.events()
        if isinstance(one, Moved)
        and one.node == NODE
        and one.actor is None
        and one.move != "open"
    ]


def until(task: Play, moment: str) -> None:
    """The clock in Shanghai, every timer at its own moment."""
    at = datetime.fromisoformat(f"{moment}+08:00")
    task.wait(seconds=(at - task.now).total_seconds())


def slept(task: Play, moment: str) -> None:
    """Nobody looks until then."""
    task.now = datetime.fromisoformat(f"{moment}+08:00").astimezone(UTC)
    task.service.tick(task.id, now=task.now)


def by_the_clock(task: Play) -> list[tuple[str, str, str]]:
    """What each timer brought, in order, with the time that it was for."""
    return [
        (one.due, one.node, one.move)
        for one in task.events()
        if isinstance(one, Moved) and one.cause == "clock" and one.due
    ]


def told(one: Moved) -> list[str]:
    """Whom a rung tells."""
    return [
        who
        for line in one.did
        if line[0] == "request" and line[2] == "notify"
        for who in line[4]["to"]
    ]


def due(task: Play) -> str:
    """The last day of the due date."""
    found = task.known.due(NODE, Env(task.known, NODE, task.now))
    assert found is not None
    last = found.astimezone(task.plan.zone) - timedelta(microseconds=1)
    return f"{last:%m-%d}"


# -- rungs


def test_each_rung_comes_at_its_own_working_day() -> None:
    task = play()
    seen = {}
    for day in range(20, 31):
        before = len(moves(task))
        until(task, f"2009-04-{day} 12:00")
        seen[day] = moves(task)[before:]
    until(task, "2009-05-05 12:00")
    assert {day: made for day, made in seen.items() if made} == {
        22: ["remind"],  # 22, 23, 24 are left
        25: ["blue_slip"],
        30: ["yellow_slip"],  # 27, 28, 29 have passed
    }
    # 30 April and 4 May have passed; 1 to 3 May are a holiday
    assert moves(task)[3:] == ["next_deputy", "red_slip"]


def test_owner_deputies_in_order_and_leader_are_told_one_rung_each() -> None:
    task = play()
    until(task, "2009-06-01 12:00")
    assert [(one.move, told(one)) for one in climbed(task)] == [
        ("remind", ["甲"]),
        ("blue_slip", ["甲"]),
        ("yellow_slip", ["甲", "乙"]),
        ("next_deputy", ["丙"]),
        ("red_slip", ["甲", "长"]),
    ]


def test_who_has_no_deputies_is_followed_by_the_leader() -> None:
    task = play(owner="丁")
    until(task, "2009-06-01 12:00")
    assert [told(one) for one in climbed(task)][2:] == [["丁"], ["丁", "长"]]


def test_each_slip_is_a_paper_of_its_colour_that_says_how_late_it_is() -> None:
    task = play()
    until(task, "2009-06-01 12:00")
    slips = [
        line[4]
        for one in climbed(task)
        for line in one.did
        if line[0] == "request" and line[2] == "document"
    ]
    assert [one["colour"] for one in slips] == ["blue", "yellow", "red"]
    assert slips[1]["values"] == {
        "matter": {"zh": "工作", "en": "工作"},
        "to": ["甲"],
        "due": "2009-04-24T15:59:00Z",
        "demand": {
            "zh": "已逾期 3 个工作日，请限期办结并反馈",
            "en": "3 working days overdue; finish it and report",
        },
    }
    for given in slips:
        paper_of(given)


def paper_of(given: dict[str, Any]) -> None:
    """The action takes what it is given and makes a paper of it."""
    attempt = Attempt(
        key="play/1/1",
        number=1,
        instance="play",
        node=NODE,
        titles={"plan": "测试", "node": "工作"},
        requested=datetime(2009, 4, 30, tzinfo=UTC),
        now=datetime(2009, 4, 30, tzinfo=UTC),
        people={"甲": {"title": "甲"}},
    )
    (made,) = document.run(document.ACTION.parameters(**given), attempt).files
    assert made.name == f"{given['name']['zh']}.docx"
    assert made.content.startswith(b"PK")


def test_after_downtime_each_rung_comes_once_and_in_order() -> None:
    task = play()
    slept(task, "2009-06-01 12:00")
    assert moves(task) == LADDER
    slept(task, "2009-07-01 12:00")
    assert moves(task) == LADDER


def test_after_downtime_the_rungs_of_several_come_as_they_would_have_awake() -> None:
    other = "{id: 次, kind: task, owner: 另组.组长, due: 2009-04-28}"
    given = f"due: 2009-04-24}}\n    - {other[:-1]}"
    awake, asleep = play(given), play(given)
    until(awake, "2009-06-01 12:00")
    slept(asleep, "2009-06-01 12:00")
    assert by_the_clock(asleep) == by_the_clock(awake)
    assert len({node for _, node, _ in by_the_clock(asleep)}) == 2


def test_only_the_next_rung_has_a_timer() -> None:
    task = play(owner="丁")
    for rung in ("remind", "blue_slip", "yellow_slip", "red_slip"):
        mine = [one.move for one in task.journal.timers(task.id) if one.node == NODE]
        assert mine == [rung]
        task.wait(seconds=(task.service.next_due(task.id) - task.now).total_seconds())
    assert not [one for one in task.journal.timers(task.id) if one.node == NODE]


def test_what_is_done_climbs_no_further() -> None:
    task = play()
    until(task, "2009-04-30 12:00")
    task.do("工作", "finish", who="甲", evidence=paper())
    until(task, "2009-06-01 12:00")
    assert moves(task) == LADDER[:3]


def test_a_plan_says_the_days_of_a_node_or_leaves_it_alone() -> None:
    days = "remind: 1 workday, yellow: 1 workday, red: 2 workdays"
    quick = play(f"due: 2009-04-24, {days}", owner="丁")
    until(quick, "2009-04-29 00:00")
    assert moves(quick) == ["remind", "blue_slip", "yellow_slip", "red_slip"]
    alone = play("due: 2009-04-24, supervised: false")
    until(alone, "2009-06-01 12:00")
    assert moves(alone) == []


# -- extension


def test_an_extension_takes_three_people() -> None:
    task = play()
    assert "nobody has asked" in task.refusal("工作", "endorse_extension", who="上")[0]
    task.do("工作", "ask_extension", who="甲", until="2009-05-08", **ASKED)
    refused = task.refusal("工作", "extend", who="长")
    assert refused == ("the superior has not endorsed it yet",)
    assert "may not" in task.refusal("工作", "endorse_extension", who="甲")[0]
    assert "may not" in task.refusal("工作", "endorse_extension", who="长")[0]
    task.do("工作", "endorse_extension", who="上")
    assert "already" in task.refusal("工作", "endorse_extension", who="上")[0]
    task.do("工作", "extend", who="长")
    assert due(task) == "05-08"


def test_a_new_date_begins_the_ladder_anew() -> None:
    task = play()
    until(task, "2009-04-23 12:00")
    task.do("工作", "ask_extension", who="甲", until="2009-05-08", **ASKED)
    task.do("工作", "endorse_extension", who="上")
    task.do("工作", "extend", who="长")
    until(task, "2009-06-01 12:00")
    assert moves(task) == ["remind", *LADDER]


def test_one_day_more_can_be_asked_for() -> None:
    task = play()
    task.do("工作", "ask_extension", who="甲", until="2009-04-25", **ASKED)
    task.do("工作", "endorse_extension", who="上")
    task.do("工作", "extend", who="长")
    assert due(task) == "04-25"


def test_where_the_owner_answers_for_the_whole_the_leader_alone_decides() -> None:
    task = play(owner="上")
    task.do("工作", "ask_extension", who="上", until="2009-05-08", **ASKED)
    task.do("工作", "extend", who="长")
    assert due(task) == "05-08"


@pytest.mark.parametrize("who", ["上", "长"])
def test_both_levels_refuse_with_a_reason(who: str) -> None:
    task = play()
    task.do("工作", "ask_extension", who="甲", until="2009-05-08", **ASKED)
    task.do("工作", "refuse_extension", who=who, reason="来得及")
    assert due(task) == "04-24"
    assert "nobody has asked" in task.refusal("工作", "extend", who="长")[0]
    task.do("工作", "ask_extension", who="甲", until="2009-05-08", **ASKED)
    task.do("工作", "endorse_extension", who="上")
    task.do("工作", "extend", who="长")


def test_who_endorsed_through_a_delegation_does_not_grant() -> None:
    task = play()
    task.do("工作", "delegate", who="甲", to="长", until="2009-05-01")
    task.do("工作", "ask_extension", who="长", until="2009-05-08", **ASKED)
    task.do("工作", "endorse_extension", who="上")
    assert "stand aside" in task.refusal("工作", "extend", who="长")[0]


def test_a_request_and_its_endorsement_lapse_with_the_round() -> None:
    task = play()
    task.do("工作", "ask_extension", who="甲", until="2009-05-08", **ASKED)
    task.do("工作", "endorse_extension", who="上")
    task.do("工作", "finish", who="甲", evidence=paper())
    task.do("环节", "reopen", who="长", reason="漏了")
    assert "nobody has asked" in task.refusal("工作", "extend", who="长")[0]
    task.do("工作", "ask_extension", who="甲", until="2009-05-08", **ASKED)
    assert "not endorsed" in task.refusal("工作", "extend", who="长")[0]


def test_progress_and_reason_are_asked_for() -> None:
    task = play()
    with pytest.raises(BadInput, match="progress"):
        task.do("工作", "ask_extension", who="甲", until="2009-05-08", reason="抗旱")


# -- the clock


def hold(task: Play, start: str, end: str) -> None:
    until(task, start)
    task.do("工作", "suspend", who="长", reason="等文件")
    until(task, end)
    task.do("工作", "resume", who="长")


def test_a_hold_moves_the_due_date_on_by_its_working_days() -> None:
    task = play()
    hold(task, "2009-04-14 09:00", "2009-04-20 09:00")
    assert due(task) == "04-30"


def test_a_hold_over_a_weekend_costs_no_working_day() -> None:
    task = play()
    hold(task, "2009-04-17 17:00", "2009-04-20 09:00")
    assert due(task) == "04-24"


def test_several_holds_add_up_to_whole_days() -> None:
    task = play()
    for day in (14, 15, 16):
        hold(task, f"2009-04-{day} 08:00", f"2009-04-{day} 16:00")
        assert due(task) == ("04-27" if day == 16 else "04-24")


def test_while_it_is_on_hold_it_has_no_timer_and_is_never_overdue() -> None:
    task = play()
    task.do("工作", "suspend", who="甲", reason="等文件")
    assert not [one for one in task.journal.timers(task.id) if one.node == NODE]
    until(task, "2009-06-01 12:00")
    assert task.holds("overdue(工作)") is False
    assert moves(task) == []
    task.do("工作", "resume", who="甲")
    assert due(task) == "06-12"
    until(task, "2009-06-10 12:00")
    assert moves(task) == ["remind"]


def test_a_rung_is_not_climbed_twice_because_of_a_hold() -> None:
    task = play()
    hold(task, "2009-04-30 09:00", "2009-05-11 09:00")
    until(task, "2009-07-01 12:00")
    assert moves(task) == LADDER


def test_what_was_late_stays_as_late_as_it_was() -> None:
    task = play(owner="丁")
    hold(task, "2009-04-29 00:00", "2009-06-08 00:00")
    assert task.holds("late(工作) == 2") is True


def test_a_date_set_while_on_hold_counts_from_then() -> None:
    task = play()
    task.do("工作", "suspend", who="甲", reason="等文件")
    until(task, "2009-04-20 09:00")
    task.do("工作", "ask_extension", who="甲", until="2009-05-08", **ASKED)
    task.do("工作", "endorse_extension", who="上")
    task.do("工作", "extend", who="长")
    until(task, "2009-04-22 09:00")
    task.do("工作", "resume", who="甲")
    assert due(task) == "05-12"


def test_what_is_due_within_a_time_counts_the_holds_of_its_round() -> None:
    task = play("within: 10 workdays")
    hold(task, "2009-04-14 09:00", "2009-04-20 09:00")
    assert due(task) == "04-30"
    task.do("工作", "finish", who="甲", evidence=paper())
    task.do("环节", "reopen", who="长", reason="漏了")
    assert due(task) == "05-05"


def test_the_history_alone_gives_the_same_clock() -> None:
    task = play()
    hold(task, "2009-04-14 09:00", "2009-04-20 10:30")
    task.do("工作", "suspend", who="甲", reason="再等")
    live = task.service.look(task.id).instance
    assert task.replayed().facts == live.facts


# -- signatures


def test_what_is_handed_over_is_signed_for() -> None:
    task = play("due: 2009-04-24, must_sign: true")
    assert moves(task) == ["hand_over"]
    task.do("工作", "acknowledge", who="甲")
    assert "nothing to sign" in task.refusal("工作", "acknowledge", who="甲")[0]
    until(task, "2009-04-20 12:00")
    assert moves(task) == ["hand_over"]


def test_what_is_not_signed_for_is_told_to_the_leader_once() -> None:
    task = play("due: 2009-04-24, must_sign: true")
    until(task, "2009-04-14 07:00")
    assert moves(task) == ["hand_over"]
    until(task, "2009-04-20 12:00")
    assert moves(task) == ["hand_over", "tell_unsigned"]
    assert told(climbed(task)[-1]) == ["长"]


def test_each_slip_is_signed_for_anew() -> None:
    task = play("due: 2009-04-24, must_sign: true", owner="丁")
    task.do("工作", "acknowledge", who="丁")
    until(task, "2009-04-27 12:00")
    task.do("工作", "acknowledge", who="丁")
    until(task, "2009-06-01 12:00")
    assert moves(task)[-4:] == [
        "yellow_slip",
        "tell_unsigned",
        "red_slip",
        "tell_unsigned",
    ]


def test_nobody_signs_where_the_plan_does_not_want_it() -> None:
    task = play()
    until(task, "2009-06-01 12:00")
    assert "nothing to sign" in task.refusal("工作", "acknowledge", who="甲")[0]


# -- digest

DIGEST = """
spans:
- {id: 提要, kind: digest, each: [甲, 乙], recurs: {weekly: monday, at: 08:30}}
"""


def digests(task: Play) -> list[tuple[str, str, str]]:
    return [
        (one.node, line[4]["text"]["zh"], line[4]["text"]["en"])
        for one in task.events()
        if isinstance(one, Moved) and one.move == "announce"
        for line in one.did
        if line[0] == "request"
    ]


def test_each_person_is_told_weekly_what_is_open_with_colour_and_last_day() -> None:
    text = f"{HEAD}    - {{id: 工作, kind: task, owner: 甲, due: 2009-04-24}}\n"
    more = "    - {id: 长远, title: {zh: 远, en: far}, kind: task, owner: 甲}\n"
    task = Play.of(text + more + DIGEST)
    until(task, "2009-04-28 12:00")
    assert digests(task) == [
        (
            "提要[甲]",
            "工作：办理中，期限 2009-04-24\n远：办理中，期限 2009-08-31",
            "工作: open, due 2009-04-24\nfar: open, due 2009-08-31",
        ),
    ] * 2 + [
        (
            "提要[甲]",
            "【蓝】工作：办理中，期限 2009-04-24\n远：办理中，期限 2009-08-31",
            "[blue] 工作: open, due 2009-04-24\nfar: open, due 2009-08-31",
        ),
    ]


def test_a_long_digest_counts_what_it_leaves_out() -> None:
    tasks = "".join(
        f"    - {{id: 工作{n}, kind: task, owner: 甲, due: 2009-04-24}}\n"
        for n in range(LINES_MAX + 2)
    )
    task = Play.of(HEAD + tasks + DIGEST)
    until(task, "2009-04-13 12:00")
    ((_, zh, en),) = digests(task)
    assert zh.count("\n") == en.count("\n") == LINES_MAX
    assert (zh.splitlines()[-1], en.splitlines()[-1]) == ("另有 2 项", "2 more")


def test_what_a_plan_has_switched_off_is_never_looked_at() -> None:
    def looked_at(given: str) -> tuple[str, ...]:
        return play(given).plan.nodes[NODE].automatic["open"]

    signing = ("hand_over", "tell_unsigned")
    assert looked_at("due: 2009-04-24, supervised: false") == ()
    assert looked_at("due: 2009-04-24") == tuple(LADDER)
    assert looked_at("due: 2009-04-24, must_sign: true") == (*signing, *LADDER)
    changed = "effects: {suspend: [{set: {supervised: 'true'}}]}"
    assert looked_at(f"supervised: false, {changed}") == tuple(LADDER)


# -- calendars


def test_each_persons_calendar_has_last_days_and_what_recurs_with_them() -> None:
    rows = """\
    - {id: 工作, kind: task, owner: 甲, due: 2009-04-30}
    - {id: 反馈, kind: span, owner: 甲, recurs: {monthly: 1, at: 09:00}}
    - {id: 别的, kind: task, owner: 乙, due: 2009-05-04}
    - id: 学习
      kind: study
      owner: 丙
      attend: [乙, 丙]
      measure: 学时
      recurs: {monthly: 4, at: 19:30}
    - {id: 日历, kind: timetable, each: [甲, 乙], recurs: {weekly: monday, at: 08:00}}
"""
    measure = "measures: {学时: {title: 学时, unit: 小时}}\nstages:"
    task = Play.of(HEAD.replace("stages:", measure) + rows)
    task.wait(days=3)
    feeds = {
        line[4]["feed"]: line[4]["events"]
        for one in task.events()
        for line in getattr(one, "did", ())
        if line[0] == "request" and line[2] == "calendar"
    }
    assert set(feeds) == {"甲", "乙"}
    days = [(one["node"], one["starts"]) for one in feeds["甲"]]
    assert days[:3] == [
        ("一.环节.工作", "2009-04-30"),
        ("一.环节.反馈", "2009-05-01T01:00:00Z"),
        ("一.环节.反馈", "2009-06-01T01:00:00Z"),
    ]
    assert [node for node, _ in days].count("一.环节.反馈") == 5
    assert [(one["node"], one["starts"]) for one in feeds["乙"]][:2] == [
        ("一.环节.别的", "2009-05-04"),
        ("一.环节.学习", "2009-05-04T11:30:00Z"),
    ]
    # who attends has the moments, who answers for it the last day too
    assert "2009-08-31" not in {one["starts"] for one in feeds["乙"]}

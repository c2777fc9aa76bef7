"""What one party can do now, what is shut to it, and what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import BadInput, UnknownParty
from engine.testing import Play, paper
from engine.views.status import Reader
from engine.views.worklist import acting, merged, work_of

PLAN = """
plan: test/work
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}}
  sets: {三人: {members: [甲, 乙, 丙]}}
  outside: {县委办: {title: 县委办公室, also: [县委办公室]}}
deliverables: {材料: {title: 材料}}
registers: {意见: {item: suggestion, by: 乙, title: 意见台账}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 乙
    do:
    - {id: 晚办, kind: task, due: 2009-06-01}
    - {id: 早办, kind: task, due: 2009-05-01}
    - {id: 起草, kind: writing, what: 材料}
    - {id: 等候, kind: task, entry: [done(早办)]}
    - {id: 缺件, kind: task, exit: ['event(一)', 'event(二)']}
    - {id: 报送, kind: submission, what: 材料, to: 县委办}
"""


@pytest.fixture
def started() -> Play:
    return Play.of(PLAN)


def reader(play: Play) -> Reader:
    live = play.service.look(play.id)
    return Reader(
        known=live.known,
        instance=live.instance,
        timers=live.timers,
        requests=0,
        now=play.now,
    )


def work(play: Play, who: str) -> dict[str, Any]:
    return work_of(reader(play), who)


def named(rows: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(row["node"].rpartition(".")[2], row.get("move")) for row in rows]


def test_what_can_be_done_is_ordered_by_due_date(started: Play) -> None:
    assert named(work(started, "乙")["now"]) == [
        ("早办", "finish"),
        ("晚办", "finish"),
        ("起草", "write"),
    ]


def test_what_is_shut_says_how_much_is_missing(started: Play) -> None:
    shut = work(started, "乙")["shut"]
    found = {row["node"].rpartition(".")[2]: row["unmet"] for row in shut}
    assert found["缺件"] == 2
    assert found["报送"] == 1


def test_what_waits_for_others_is_listed_apart(started: Play) -> None:
    assert ("等候", None) in named(work(started, "乙")["waiting"])
    started.do("早办", "finish", who="乙", evidence=paper())
    assert ("等候", "finish") in named(work(started, "乙")["now"])


def test_who_has_no_part_has_no_work(started: Play) -> None:
    found = work(started, "丙")
    assert all(not rows for rows in found.values())


def test_an_outside_party_signs_for_what_was_sent_to_it(started: Play) -> None:
    assert work(started, "县委办")["now"] == []
    started.do("起草", "write", who="乙", file=paper())
    started.do("报送", "send", who="乙")
    assert named(work(started, "县委办")["now"]) == [("报送", "receipt")]


def test_a_delegate_sees_the_work_and_for_whom(started: Play) -> None:
    started.do("早办", "delegate", who="乙", to="丙", until="2009-05-01")
    rows = work(started, "丙")["now"]
    assert ("早办", "finish") in named(rows)
    assert {row["behalf_of"] for row in rows} == {"乙"}


def test_the_leader_sees_an_extension_only_when_it_was_asked_for(
    started: Play,
) -> None:
    assert ("早办", "extend") not in named(work(started, "甲")["now"])
    started.do(
        "早办",
        "ask_extension",
        who="乙",
        until="2009-05-20",
        reason="忙",
        progress="过半",
    )
    assert ("早办", "extend") in named(work(started, "甲")["now"])


def test_registers_that_one_may_add_to_are_named(started: Play) -> None:
    assert [row["register"] for row in work(started, "乙")["registers"]] == ["意见"]
    assert work(started, "丙")["registers"] == []


def test_what_is_settled_is_no_work(started: Play) -> None:
    started.do("起草", "write", who="乙", file=paper())
    found = work(started, "乙")
    assert ("起草", "write") not in named(found["now"])
    assert ("起草", "write") in named(found["also"])


def test_the_work_of_several_instances_is_one_list_by_due_date(started: Play) -> None:
    both = merged([work(started, "乙"), work(started, "乙")])
    days = [row["due"] for row in both["now"]]
    assert len(days) == 6
    assert days == sorted(days)


def test_a_name_that_no_plan_has_is_told(started: Play) -> None:
    with pytest.raises(UnknownParty) as told:
        list(acting([reader(started)], "县委辦"))
    assert "县委办" in told.value.say("zh")


def test_a_body_is_told_to_name_one_of_its_members(started: Play) -> None:
    with pytest.raises(BadInput) as told:
        list(acting([reader(started)], "三人"))
    assert "丙" in told.value.say("zh")


def test_an_outside_party_may_be_called_by_its_other_name(started: Play) -> None:
    ((_, name),) = acting([reader(started)], "县委办公室")
    assert name == "县委办"

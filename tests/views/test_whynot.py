"""Why a move cannot be made, who can change that, and by when."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.facts import Known
from engine.errors import UnknownMove, UnknownNode
from engine.plan.readers import read_datetime
from engine.testing import CAMPAIGN, Play, campaign, paper
from engine.views.blocked import whynot

HEAD = """
plan: test/reading
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}, 丁: {}}
  sets: {职工: {members: [甲, 乙, 丙, 丁], title: 全体职工}}
  outside: {县委办: {}}
deliverables: {材料: {title: 剖析材料}}
measures: {学时: {unit: 小时}}
quotas: {学时: {for: 职工, measure: 学时, min: 8, due: plan.end}}
registers: {意见: {item: suggestion, by: 职工, title: 意见台账}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    do:
    - {id: 学习, kind: study, attend: 职工, measure: 学时}
"""


def play(*activities: str) -> Play:
    return Play.of(HEAD + "".join(f"    - {line}\n" for line in activities))


def asked(play: Play, node: str, move: str, **given: Any) -> dict[str, Any]:
    found = whynot(play.known, node, move, play.now, **given)
    one: dict[str, Any] = found["moves"][0]
    return one


def texts(move: dict[str, Any]) -> list[str]:
    return [reason["text"]["en"] for reason in move["reasons"]]


def steps(move: dict[str, Any]) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [
        (step["node"].rpartition(".")[2], step["move"], tuple(step["who"]["who"]))
        for reason in move["reasons"]
        for step in reason["steps"]
    ]


# -- the seed's campaign


@pytest.fixture(scope="module")
def in_may() -> Known:
    """民主生活会 may be prepared, and nothing of it is done."""
    return campaign("memory://", until="2009-05-08 17:30").look(CAMPAIGN).known


def at(known: Known, moment: str) -> Any:
    return read_datetime(moment, known.zone)


def test_the_meeting_waits_for_exactly_the_three_preparations(in_may: Known) -> None:
    now = at(in_may, "2009-05-08 17:30")
    (move,) = whynot(in_may, "民主生活会.会议", "hold", now)["moves"]
    first, *rest = move["reasons"]
    assert not move["can"]
    assert first["code"] == "core.not_in_state"
    assert [reason["clause"] for reason in rest] == [
        "done(征求班子意见)",
        "done(谈心交心)",
        "done(撰写发言)",
    ]
    assert all(reason["verdict"] == "false" for reason in rest)


def test_each_preparation_names_those_who_owe_it(in_may: Known) -> None:
    now = at(in_may, "2009-05-08 17:30")
    (move,) = whynot(in_may, "民主生活会.会议", "召开", now)["moves"]
    opinions, talks, speeches = (one["steps"] for one in move["reasons"][1:])
    assert [step["move"] for step in opinions] == ["collect"]
    assert opinions[0]["who"]["party"]["zh"] == "学习实践活动领导小组"
    leaders = ["夏寅江", "杨颛", "王磊", "颜能昌"]
    assert [step["who"]["who"] for step in talks] == [[who] for who in leaders]
    assert [step["needed"] for step in talks] == ["3"] * 4
    assert [step["node"] for step in speeches] == [
        f"分析检查.民主生活会.撰写发言[{who}]" for who in leaders
    ]
    assert {step["at"] for step in speeches} == {"2009-07-01T00:00:00+08:00"}


def test_a_shut_parent_is_followed_to_who_can_open_it() -> None:
    known = campaign("memory://", until="2009-05-08 16:30").look(CAMPAIGN).known
    now = at(known, "2009-05-08 16:30")
    (move,) = whynot(known, "民主生活会.会议", "hold", now)["moves"]
    assert "done(找准突出问题.征集意见)" in [one["clause"] for one in move["reasons"]]
    found = {(s["node"], s["move"]) for r in move["reasons"] for s in r["steps"]}
    assert found == {("分析检查.找准突出问题.征集意见", "close")}


@pytest.fixture(scope="module")
def in_june() -> Known:
    """Two of the seven have agreed to the analysis."""
    return campaign("memory://", until="2009-06-12 09:05").look(CAMPAIGN).known


def test_a_submission_names_the_approvals_that_are_missing(in_june: Known) -> None:
    now = at(in_june, "2009-06-12 09:05")
    (move,) = whynot(in_june, "剖析材料.报送", "send", now)["moves"]
    first = move["reasons"][0]
    (step,) = first["steps"]
    assert first["text"]["zh"] == "材料尚未通过审议"
    assert (step["node"], step["move"]) == ("分析检查.剖析材料.讨论", "agree")
    assert (step["given"], step["needed"]) == ("2", "4")
    assert step["left"] == ["王磊", "颜能昌", "刘兴星"]


def test_who_wrote_it_is_told_to_stand_aside(in_june: Known) -> None:
    now = at(in_june, "2009-06-12 09:05")
    (move,) = whynot(in_june, "讨论", "agree", now, actor="石绍岚")["moves"]
    assert not move["can"]
    assert move["as"]["reason"]["code"] == "core.not_by"
    assert move["reasons"] == []


def test_who_has_agreed_is_told_that_once_is_enough(in_june: Known) -> None:
    now = at(in_june, "2009-06-12 09:05")
    (move,) = whynot(in_june, "讨论", "agree", now, actor="杨颛")["moves"]
    assert move["as"]["reason"]["code"] == "core.once_each"


# -- every sort of clause


def test_a_move_that_can_be_made_names_its_makers_and_what_it_takes() -> None:
    move = asked(play("{id: 办理, kind: task}"), "办理", "finish")
    assert move["can"]
    assert move["who"] == {"party": None, "who": ["甲"]}
    assert [(one["name"], one["required"]) for one in move["takes"]] == [
        ("evidence", True),
        ("note", False),
    ]


def test_a_right_that_is_missing_is_told_with_whose_it_is() -> None:
    move = asked(play("{id: 办理, kind: task}"), "办理", "finish", actor="乙")
    assert not move["can"]
    assert "甲" in move["as"]["reason"]["text"]["en"]


def test_a_delegate_may_and_the_entry_of_the_delegation_is_shown() -> None:
    task = play("{id: 办理, kind: task}")
    done = task.do("办理", "delegate", who="甲", to="乙", until="2009-04-20")
    move = asked(task, "办理", "finish", actor="乙")
    assert move["can"]
    assert move["who"]["who"] == ["甲", "乙"]
    assert move["as"]["behalf_of"] == "甲"
    assert move["as"]["granted"] == done.first


def test_clauses_about_what_is_handed_in_are_told_apart() -> None:
    move = asked(play("{id: 会议, kind: meeting, attend: 职工}"), "会议", "hold")
    assert move["can"]
    assert [one["text"]["en"] for one in move["asked"]] == [
        "the roll names people who are not members; put guests under observers",
        "too few are present",
    ]


def test_a_signal_is_named_as_something_to_be_recorded() -> None:
    waits = play("{id: 办理, kind: task, entry: [event(县委动员)]}")
    assert steps(asked(waits, "办理", "finish")) == [("县委动员", "signal", ())]


def test_a_quota_says_who_owes_how_much_and_who_can_record_it() -> None:
    waits = play(
        "{id: 办理, kind: task, entry: [quota(学时)]}",
    )
    waits.do("学习", "session", who="甲", present=["甲"], hours="6", mode="集中学习")
    move = asked(waits, "办理", "finish")
    owed, session = move["reasons"][1]["steps"]
    assert owed["owing"] == [
        {"who": "甲", "amount": "2"},
        {"who": "乙", "amount": "8"},
        {"who": "丙", "amount": "8"},
        {"who": "丁", "amount": "8"},
    ]
    assert owed["at"] == "2009-09-01T00:00:00+08:00"
    assert (session["move"], session["who"]["who"]) == ("session", ["甲"])


def test_a_clock_clause_says_when() -> None:
    waits = play("{id: 办理, kind: task, entry: [now >= 2009-05-01]}")
    (reason,) = asked(waits, "办理", "finish")["reasons"][1:]
    (step,) = reason["steps"]
    assert (step["sort"], step["at"]) == ("clock", "2009-05-01T00:00:00+08:00")


def test_of_an_any_each_side_is_a_way() -> None:
    waits = play(
        "{id: 甲事, kind: task}",
        "{id: 乙事, kind: task}",
        "{id: 办理, kind: task, entry: [{any: [done(甲事), done(乙事)]}]}",
    )
    move = asked(waits, "办理", "finish")
    assert len(move["reasons"]) == 2
    assert [node for node, _, _ in steps(move)] == ["甲事", "乙事"]


def test_what_is_met_is_not_named() -> None:
    waits = play(
        "{id: 甲事, kind: task}",
        "{id: 乙事, kind: task}",
        "{id: 办理, kind: task, entry: [{all: [done(甲事), done(乙事)]}]}",
    )
    waits.do("甲事", "finish", who="甲", evidence=paper())
    move = asked(waits, "办理", "finish")
    assert texts(move)[1:] == ["'乙事' is not done yet"]
    assert [node for node, _, _ in steps(move)] == ["乙事"]


def test_inside_one_expression_only_what_is_missing_is_followed() -> None:
    waits = play(
        "{id: 甲事, kind: task}",
        "{id: 乙事, kind: task}",
        "{id: 办理, kind: task, entry: ['done(甲事) and done(乙事)']}",
    )
    waits.do("甲事", "finish", who="甲", evidence=paper())
    assert [node for node, _, _ in steps(asked(waits, "办理", "finish"))] == ["乙事"]


def test_a_document_leads_to_who_writes_and_who_approves_it() -> None:
    waits = play(
        "{id: 起草, kind: writing, what: 材料}",
        "{id: 审议, kind: review, of: 材料, by: 职工, entry: [written(起草)]}",
        "{id: 办理, kind: task, exit: [approved(材料)]}",
    )
    assert steps(asked(waits, "办理", "finish")) == [("起草", "write", ("甲",))]
    waits.do("起草", "write", who="甲", file=paper())
    move = asked(waits, "办理", "finish")
    assert steps(move) == [("审议", "agree", ("甲", "乙", "丙", "丁"))]
    assert move["reasons"][0]["steps"][0]["who"]["party"] == {
        "zh": "全体职工",
        "en": "全体职工",
    }


def test_each_item_of_a_register_that_is_not_settled_is_followed() -> None:
    waits = play("{id: 办理, kind: task, exit: ['all_of(意见: settled(it))']}")
    waits.do("意见", "add", who="乙", text="一")
    waits.do("意见", "add", who="丙", text="二")
    waits.do("意见#1", "reject", who="甲", reason="不可行")
    found = steps(asked(waits, "办理", "finish"))
    assert {node for node, _, _ in found} == {"意见#2"}


def test_a_list_says_what_it_lacks() -> None:
    waits = play(
        "{id: 清单, kind: checklist, items: [一, 二, 三]}",
        "{id: 办理, kind: task, entry: [done(清单)]}",
    )
    waits.do("清单", "tick", who="甲", points=["一"], note="已办")
    (reason,) = asked(waits, "办理", "finish")["reasons"][1:]
    assert reason["steps"][0]["missing"] == ["二", "三"]


def test_every_move_of_a_node_is_told_and_what_it_does_by_itself() -> None:
    signs = play("{id: 签认, kind: signoff, what: 清单, by: [乙, 丙]}")
    found = whynot(signs.known, "签认", None, signs.now)
    assert [one["move"] for one in found["moves"]] == ["sign", "refuse"]
    (complete,) = found["by_itself"]
    assert complete["move"] == "complete"
    (reason,) = complete["reasons"]
    (step,) = reason["steps"]
    assert (step["given"], step["needed"], step["left"]) == ("0", "2", ["乙", "丙"])


def test_a_move_further_on_names_the_move_that_comes_first() -> None:
    meets = play("{id: 会议, kind: meeting, attend: 职工}")
    found = steps(asked(meets, "会议", "minute"))
    assert found == [("会议", "convene", ("甲",)), ("会议", "hold", ("甲",))]


def test_an_open_permit_opens_a_shut_gate() -> None:
    shut = play("{id: 办理, kind: task, exit: [event(放行)], owner: 乙}")
    shut.do("办理", "ask_override", who="乙", move="finish", reason="急")
    entry = shut.do("办理", "override", who="甲", move="finish", reason="同意").first
    move = asked(shut, "办理", "finish")
    assert move["can"]
    assert move["permit"] == entry
    assert move["reasons"] == []


def test_a_register_says_who_may_add_to_it() -> None:
    found = whynot(play().known, "意见", None, play().now, actor="乙")
    (add,) = found["moves"]
    assert add["can"]
    assert add["who"]["who"] == ["甲", "乙", "丙", "丁"]
    assert "text" in {one["name"] for one in add["takes"]}
    stranger = whynot(play().known, "意见", "add", play().now, actor="县委办")
    assert stranger["moves"][0]["as"]["reason"]["code"] == "core.no_right"


def test_a_move_that_happens_by_itself_may_be_asked_for() -> None:
    waits = play("{id: 清单, kind: checklist, items: [一, 二]}")
    found = whynot(waits.known, "清单", "finish", waits.now)
    (finish,) = found["by_itself"]
    (reason,) = finish["reasons"]
    assert reason["clause"] == "covers(ticked, items)"
    assert reason["steps"][0]["missing"] == ["一", "二"]


def test_a_name_that_is_not_there_is_told_with_its_neighbours() -> None:
    one = play("{id: 办理, kind: task}")
    with pytest.raises(UnknownMove) as move:
        whynot(one.known, "办理", "finsh", one.now)
    assert "finish" in move.value.say("en")
    with pytest.raises(UnknownNode) as node:
        whynot(one.known, "辦理", None, one.now)
    assert "办理" in node.value.say("zh")

"""Where an instance stands."""

from __future__ import annotations

from typing import Any

import pytest

from engine.audit.past.history import event_of
from engine.core.events import Added, Moved
from engine.testing import CAMPAIGN, Play, campaign, paper
from engine.views.status import Reader, status_of, summary_of

PLAN = """
plan: test/status
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}}
  sets: {两人: {members: [甲, 乙], title: 两人小组}}
measures: {学时: {unit: 小时}}
quotas: {学时: {title: 学习, for: 两人, measure: 学时, min: 4, due: plan.end}}
registers: {意见: {item: suggestion, by: 两人, title: 意见台账}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 两人
    do:
    - {id: 办理, kind: task, due: 2009-04-30}
    - {id: 学习, kind: study, attend: 两人, measure: 学时}
"""


@pytest.fixture
def started() -> Play:
    return Play.of(PLAN)


def reader(play: Play) -> Reader:
    live = play.service.look(play.id)
    open_ = play.journal.open_requests(instance=play.id)
    return Reader(
        known=live.known,
        instance=live.instance,
        timers=live.timers,
        requests=len(open_),
        now=play.now,
    )


def row(play: Play, node: str) -> dict[str, Any]:
    (found,) = status_of(reader(play), node=node)["nodes"]
    one: dict[str, Any] = found
    return one


def test_the_tree_is_stages_and_links_unless_all_is_asked(started: Play) -> None:
    short = status_of(reader(started))["nodes"]
    assert [(n["node"], n["depth"]) for n in short] == [("一", 0), ("一.环节", 1)]
    whole = status_of(reader(started), every=True)["nodes"]
    assert [n["node"] for n in whole][2:] == ["一.环节.办理", "一.环节.学习"]


def test_a_node_says_its_state_owner_window_and_due(started: Play) -> None:
    found = row(started, "办理")
    assert found["state"]["name"] == "open"
    assert found["owner"] == {
        "party": {"zh": "两人小组", "en": "两人小组"},
        "who": ["甲", "乙"],
    }
    assert found["due"] == "2009-05-01T00:00:00+08:00"
    assert found["window"]["to"] == "2009-08-31"


def test_marks_go_blue_yellow_and_red_by_working_days(started: Play) -> None:
    # three working days ahead of the end of 30 April, a Thursday
    seen = []
    for days in (13, 4, 2, 4, 3, 2):
        started.wait(days=days)
        seen.append(row(started, "办理")["mark"])
    assert seen == [None, "blue", "blue", "blue", "yellow", "red"]


def test_what_is_settled_has_no_mark(started: Play) -> None:
    started.wait(days=30)
    assert summary_of(reader(started))["marks"]["red"] == 1
    started.do("办理", "finish", who="甲", evidence=paper())
    assert summary_of(reader(started))["marks"]["red"] == 0


def test_a_quota_says_who_owes_how_much(started: Play) -> None:
    started.do(
        "学习", "session", who="甲", present=["甲"], hours="2.5", mode="集中学习"
    )
    (quota,) = status_of(reader(started))["quotas"]
    assert quota["least"] == "4"
    assert quota["unit"] == "小时"
    assert quota["owing"] == [
        {"who": "甲", "amount": "1.5"},
        {"who": "乙", "amount": "4"},
    ]


def test_a_register_counts_its_items_by_state(started: Play) -> None:
    for text in ("一", "二"):
        started.do("意见", "add", who="甲", text=text)
    started.do("意见#1", "reject", who="甲", reason="不可行")
    (register,) = status_of(reader(started))["registers"]
    assert (register["items"], register["settled"]) == (2, 1)
    assert {s["name"]: s["items"] for s in register["states"]} == {
        "raised": 1,
        "rejected": 1,
    }
    items = status_of(reader(started), node="意见")["nodes"]
    assert [one["node"] for one in items] == ["意见#1", "意见#2"]


def test_what_comes_next_and_what_is_behind_are_told(started: Play) -> None:
    summary = summary_of(reader(started))
    assert summary["next_due"]["node"] == "一.环节.办理"
    assert summary["next_due"]["move"] == "remind"
    assert summary["behind"] == 0
    late = reader(started)
    asked = Reader(
        known=late.known,
        instance=late.instance,
        timers=late.timers,
        requests=late.requests,
        now=late.timers.earliest or late.now,
    )
    assert summary_of(asked)["behind"] == 1


def test_a_node_on_hold_and_its_round_are_told(started: Play) -> None:
    started.do("办理", "suspend", who="甲", reason="等候")
    assert row(started, "办理")["on_hold"] is True
    assert row(started, "办理")["round"] == 1


def test_every_state_that_is_shown_was_reached_by_moves_in_the_history() -> None:
    service = campaign("memory://", until="2009-06-12 12:00")
    live = service.look(CAMPAIGN)
    reached: dict[str, str] = {}
    for entry in service.journal.entries(CAMPAIGN):
        event = event_of(entry)
        if isinstance(event, Added):
            reached[event.node] = event.state
        if isinstance(event, Moved):
            reached[event.node] = event.target
            for word, path, *rest in event.did:
                if word in {"begin", "add", "item"}:
                    reached[path] = rest[{"begin": 1, "add": 3, "item": 2}[word]]
    shown = status_of(
        Reader(
            known=live.known,
            instance=live.instance,
            timers=live.timers,
            requests=0,
            now=live.instance.at,  # type: ignore[arg-type]
        ),
        every=True,
    )["nodes"]
    assert len(shown) > 150
    for node in shown:
        initial = live.known.node(node["node"]).kind.initial
        assert node["state"]["name"] == reached.get(node["node"], initial)

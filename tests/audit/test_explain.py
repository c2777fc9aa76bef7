"""What allowed an entry, and what it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from engine.audit.explain import why
from engine.ports import Entry
from engine.testing import Play, paper

PLAN = """
plan: test/why
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties: {people: {甲: {}, 乙: {}, 丙: {}}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 乙
    do:
    - {id: 先办, kind: task}
    - {id: 后办, kind: task, entry: [done(先办), event(放行)]}
    - {id: 定时, kind: task, entry: [now >= 2009-05-01]}
    - id: 难办
      kind: task
      exit: [{that: event(批复), else: {zh: 没有批复, en: no reply yet}}]
"""


@pytest.fixture
def play() -> Play:
    return Play.of(PLAN)


def entries(play: Play) -> dict[int, Entry]:
    return {one.seq: one for one in play.journal.entries(play.id)}


def explained(play: Play, seq: int, depth: int = 9) -> dict[str, Any]:
    found = entries(play)
    return why(found[seq], found.__getitem__, play.plan, depth=depth)


def last(play: Play, node: str, move: str) -> int:
    return max(
        seq
        for seq, entry in entries(play).items()
        if entry.node == node and f'"move":"{move}"' in entry.body.decode()
    )


def test_a_persons_move_shows_move_right_and_gate(play: Play) -> None:
    seq = play.do("先办", "finish", who="乙", evidence=paper()).first
    found = explained(play, seq)
    assert (found["move"], found["actor"], found["cause"]) == ("finish", "乙", "person")
    assert found["right"] == {"role": "owner"}
    clauses = [(one["clause"], one["verdict"]) for one in found["gate"]]
    assert clauses == [("not on_hold", "true"), ("exit", "true")]


def test_a_delegates_right_names_the_entry_of_the_delegation(play: Play) -> None:
    given = play.do("先办", "delegate", who="乙", to="丙", until="2009-05-01").first
    seq = play.do("先办", "finish", who="丙", evidence=paper()).first
    found = explained(play, seq)
    assert found["right"] == {"role": "owner", "behalf_of": "乙", "granted": given}
    assert given in [one["seq"] for one in found["causes"]]


def test_an_automatic_move_shows_the_facts_that_made_it_so(play: Play) -> None:
    done = play.do("先办", "finish", who="乙", evidence=paper()).first
    said = play.signal("放行").first
    found = explained(play, last(play, "一.环节.后办", "open"))
    assert found["cause"] == "condition"
    parts = [one["clause"] for one in found["gate"][0]["parts"]]
    assert parts == ["done(先办)", "event(放行)"]
    by = {one["fact"]: one["entry"] for one in found["facts"]}
    assert by["n/一.环节.先办"] == done
    assert by["e/放行"] == said
    assert {done, said} <= {one["seq"] for one in found["causes"]}


def test_causes_end_at_people_and_signals(play: Play) -> None:
    play.do("先办", "finish", who="乙", evidence=paper())
    play.signal("放行")

    def ends(one: dict[str, Any]) -> list[dict[str, Any]]:
        inner = one.get("causes") or []
        return [end for part in inner for end in ends(part)] or [one]

    found = explained(play, last(play, "一.环节.后办", "open"))
    told = [one for one in ends(found) if not one.get("told")]
    assert all(one["cause"] in {"person", "outside", "condition"} for one in told)
    people = [one for one in told if one["cause"] == "person"]
    assert [one["actor"] for one in people] == ["乙"]


def test_a_move_of_the_clock_says_when_it_was_due(play: Play) -> None:
    play.wait(days=30)
    found = explained(play, last(play, "一.环节.定时", "open"))
    assert found["cause"] == "clock"
    assert found["due"] == "2009-05-01T00:00:00+08:00"


def test_a_refusal_shows_its_reasons_and_what_was_known(play: Play) -> None:
    assert play.refusal("难办", "finish", who="乙", evidence=paper())
    seq = max(entries(play))
    found = explained(play, seq)
    assert found["type"] == "refused"
    assert found["reasons"][0]["text"] == {"zh": "没有批复", "en": "no reply yet"}
    assert {"fact": "e/批复", "value": None, "entry": None} in found["facts"]


def test_an_override_names_the_entry_that_permitted_it(play: Play) -> None:
    play.do("难办", "ask_override", who="乙", move="finish", reason="急")
    permit = play.do("难办", "override", who="甲", move="finish", reason="可").first
    seq = play.do("难办", "finish", who="乙", evidence=paper()).first
    found = explained(play, seq)
    assert found["permit"] == permit
    assert ("exit", "false") in [(g["clause"], g["verdict"]) for g in found["gate"]]
    assert permit in [one["seq"] for one in found["causes"]]


def test_depth_says_how_far_causes_are_followed(play: Play) -> None:
    play.do("先办", "finish", who="乙", evidence=paper())
    play.signal("放行")
    seq = last(play, "一.环节.后办", "open")
    assert explained(play, seq, depth=0)["causes"] == []
    assert all(one["causes"] == [] for one in explained(play, seq, depth=1)["causes"])

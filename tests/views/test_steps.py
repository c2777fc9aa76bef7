"""Whoever whynot names can do what it says, and doing it leads on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from engine.core import means, prospects
from engine.core.commands import Do
from engine.core.decision import decide
from engine.core.facts import choices
from engine.core.means import Step
from engine.core.naming import live_paths
from engine.errors import BadInput
from engine.plan.graph import Move
from engine.runtime.service import Live
from engine.testing import CAMPAIGN, Play, apart, campaign, paper

GIVEN: dict[str, Any] = {
    "groups": {"一组": {"leader": "甲", "members": ["甲"]}},
    "file": paper(),
    "date": "2009-12-31",
    "datetime": "2009-12-31 09:00",
    "bool": "true",
    "int": "1",
    "number": "1",
}


def inputs(live: Live, path: str, move: Move) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, taken in move.takes.items():
        if taken.type == "choice":
            found[name] = choices(taken, live.known, path)[0]
        elif taken.type == "scores":
            found[name] = dict.fromkeys(choices(taken, live.known, path), 3)
        else:
            found[name] = GIVEN.get(taken.type, "夏寅江")
    return found


def shut(live: Live, at: Any) -> Iterator[Step]:
    """The steps for every move of every node that cannot be made now."""
    for path in live_paths(live.known):
        for move in prospects.persons_moves(live.known.node(path).kind):
            one = prospects.prospect(live.known, path, move, at)
            if move.anywhere or one.is_open:
                continue
            for obstacle in one.unmet:
                yield from means.steps_for(live.known, obstacle, at)


def refused(live: Live, step: Step, at: Any) -> Any:
    move = live.known.node(step.node).kind.moves[step.move]
    act = Do(
        node=step.node,
        move=step.move,
        actor=next(who for who in step.who if who != "*"),
        inputs=inputs(live, step.node, move),
    )
    with suppress(BadInput):
        act = apart(live, act)
        found = decide(live.plan, live.instance, act, now=at, timers=live.timers)
        asked = prospects.prospect(live.known, step.node, move, at).asked
        told = found.refused.reasons if found.refused else ()
        return [
            one
            for one in told
            if one.get("clause") not in {outcome.clause.text for outcome in asked}
        ]
    return []


@pytest.mark.parametrize("until", ["2009-04-15 12:00", "2009-06-12 09:05"])
def test_whoever_is_named_may_do_what_is_said(until: str) -> None:
    live = campaign("memory://", until=until).look(CAMPAIGN)
    at = live.instance.at
    steps = {(step.node, step.move): step for step in shut(live, at)}
    moves = [step for step in steps.values() if step.sort == "move"]
    assert len(moves) > 20
    for step in moves:
        assert refused(live, step, at) == [], step


PLAN = """
plan: test/steps
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties: {people: {甲: {}, 乙: {}, 丙: {}}, sets: {三人: {members: [甲, 乙, 丙]}}}
deliverables: {材料: {title: 材料}}
stages:
- id: 一
  links:
  - id: 准备
    owner: 乙
    do:
    - {id: 清单, kind: checklist, items: [一, 二], each: 三人}
    - {id: 起草, kind: writing, what: 材料, entry: [done(清单)]}
    - {id: 审议, kind: review, of: 材料, by: 三人, quorum: 2/3, entry: [done(起草)]}
  - id: 报送
    owner: 乙
    entry: [done(准备)]
    do:
    - {id: 送出, kind: task, entry: [approved(材料), event(批复)]}
"""


def test_following_the_steps_leads_to_the_move() -> None:
    """Nothing is known of the plan but what each answer says."""
    play = Play.of(PLAN)
    taken: list[str] = []
    for _ in range(60):
        path = "一.报送.送出"
        move = play.known.node(path).kind.moves["finish"]
        one = prospects.prospect(play.known, path, move, play.now)
        if one.is_open:
            break
        step = next(
            step
            for obstacle in one.unmet
            for step in means.steps_for(play.known, obstacle, play.now)
        )
        taken.append(step.move)
        if step.sort == "signal":
            play.signal(step.node)
            continue
        live = play.service.look(play.id)
        given = inputs(
            live, step.node, live.known.node(step.node).kind.moves[step.move]
        )
        if step.missing:
            given["points"] = list(step.missing)
        play.do(step.node, step.move, who=step.who[0], **given)
    assert play.known.state("一.报送.送出") == "open"
    assert taken.count("tick") == 3
    assert taken.count("agree") == 2
    assert set(taken) >= {"tick", "write", "agree", "signal"}

"""An erasure is decided again too: who approved it might, and there were two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from msgspec.structs import replace

from engine.audit.verifying.redeciding import Redeciding
from engine.core.commands import ApproveErasure, AskErasure
from engine.core.events import Erased, Erasure, Event
from engine.core.instance import Instance
from engine.testing import Play

PLAN = """
plan: example/privacy
title: 个人信息
window: {from: 2009-04-11, to: 2009-04-30}
leader: 甲
privacy: {approve: [甲, 乙, 丁]}
parties: {people: {甲: {}, 乙: {}, 丙: {}, 丁: {}}}
registers:
  意见: {title: 意见, item: suggestion, by: [甲, 乙]}
stages:
- {id: 阶段, links: [{id: 环节, owner: 甲, do: [
    {id: 征求, kind: opinion_round, via: [谈话], into: 意见, owner: 乙}]}]}
"""
Happened = list[tuple[Event, datetime]]


@pytest.fixture(scope="module")
def one() -> Play:
    play = Play.of(PLAN)
    play.do("征求", "collect", who="乙", text="说他工作拖拉", channel="谈话")
    (kept,) = play.journal.privates(play.id)
    command = AskErasure(
        actor="丙", entry=1, basis="本人要求", commitments=(kept.commitment,)
    )
    asked = play.service.erasure(play.id, command, now=play.now).events[0][0]
    for who in ("甲", "乙"):
        approved = ApproveErasure(actor=who, asked=asked)
        play.service.erasure(play.id, approved, now=play.now)
    return play


def told(one: Play, happened: Happened) -> set[tuple[str, int]]:
    instance = Instance(id=one.id, plan=one.known.plan.digest)
    return set(Redeciding(one.known.plan, instance).over(happened))


def happened(one: Play) -> Happened:
    return list(_read(one))


def _read(one: Play) -> Iterator[tuple[Event, datetime]]:
    for entry in one.journal.entries(one.id):
        event, at = one.service.decode(entry)
        yield event, at


def test_an_erasure_that_two_approved_follows(one: Play) -> None:
    assert told(one, happened(one)) == set()


Change = Callable[[Happened, int], int]
"""Forges a history whose entry with that index says `erased`; the entry to be told."""


def left_out(history: Happened, at: int) -> int:
    del history[at - 1]
    return at


def by(who: str, *, back: int = 1) -> Change:
    def change(history: Happened, at: int) -> int:
        event, when = history[at - back]
        assert isinstance(event, Erasure)
        history[at - back] = replace(event, actor=who), when
        return at - back + 1

    return change


def saying(**other: object) -> Change:
    def change(history: Happened, at: int) -> int:
        event, when = history[at]
        assert isinstance(event, Erased)
        history[at] = replace(event, **other), when
        return at + 1

    return change


def again(history: Happened, at: int) -> int:
    history.append(history[at])
    return at + 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(left_out, id="one approval"),
        pytest.param(by("丙"), id="who asked approves"),
        pytest.param(by("甲"), id="one approves twice"),
        pytest.param(by("戊"), id="a stranger approves"),
        pytest.param(by("戊", back=2), id="a stranger approves first"),
        pytest.param(saying(commitments=("0" * 64,)), id="another value is erased"),
        pytest.param(saying(basis="别的理由"), id="another reason"),
        pytest.param(saying(requested_by="丁"), id="somebody else asked"),
        pytest.param(saying(approved_by=(("甲", 4), ("丁", 5))), id="others approved"),
        pytest.param(saying(files=("0" * 64,)), id="a file that nobody named"),
        pytest.param(again, id="erased twice"),
    ],
)
def test_a_forged_erasure_is_found_at_its_place(one: Play, change: Change) -> None:
    history = happened(one)
    at = next(n for n, (event, _) in enumerate(history) if isinstance(event, Erased))
    number = change(history, at)
    assert ("audit.erasure", number) in told(one, history)

"""Times that passed while nobody looked: each comes late, only the last, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.audit.verifying.verify import verify
from engine.bootstrap import open_service
from engine.core.agenda import LEFT_OUT_MAX, timers_of
from engine.core.commands import Tick
from engine.core.decision import decide
from engine.core.events import Missed, Moved
from engine.plan.library import from_bundle
from engine.testing import HEAD, Play

MORNINGS = """\
stages:
- id: 阶段
  links:
  - {id: 环节, owner: 甲, do: [{id: 办, kind: beat, recurs: %s}]}
"""
BEAT = """\
kind: beat
title: {zh: 节拍, en: beat}
extends: activity
fields:
  recurs: {type: recurrence, title: {zh: 定期, en: recurs}}
  level: {type: int, reserved: true, title: {zh: 级, en: level}}
states:
  over: {title: {zh: 已结束, en: over}, done: true, final: true}
moves:
- {name: tick, title: {zh: 响, en: tick}, from: open, to: same, every: recurs%s}
- name: end
  title: {zh: 结束, en: end}
  from: open
  to: over
  when: [event(完), now >= window.start + 60 hours]
"""
NODE = "阶段.环节.办"


def play_of(
    folder: Path,
    policy: str = "",
    *,
    at: str = "09:00",
    gate: str = "",
    head: str = HEAD,
) -> Play:
    """A plan with a beat each morning at nine, 01:00 UTC, from 11 April 2009 on."""
    (folder / "kinds").mkdir(parents=True)
    (folder / "kinds" / "beat.yaml").write_text(BEAT % gate, "utf-8")
    rule = f"{{every: 1 day, at: {at}{policy}}}"
    (folder / "plan.yaml").write_text(head + MORNINGS % rule, "utf-8")
    return Play.load(folder / "plan.yaml")


def back_after(play: Play, **length: float) -> None:
    """Nobody looks for so long; then somebody does."""
    play.now += timedelta(**length)
    play.service.tick(play.id, now=play.now)


def dues(play: Play) -> list[str]:
    """The times for which the move was made, as the zone shows them."""
    return [
        f"{datetime.fromisoformat(one.due).astimezone(play.plan.zone):%m-%d %H:%M}"
        for one in play.events()
        if isinstance(one, Moved) and one.move == "tick" and one.due
    ]


def missed(play: Play) -> list[tuple[str, int, str, str]]:
    found = [one for one in play.events() if isinstance(one, Missed)]
    assert {one.node for one in found} <= {NODE}
    return [(one.because, one.count, one.first[5:], one.last[5:]) for one in found]


def test_each_time_comes_late_and_in_order_unless_the_plan_says_otherwise(
    tmp_path: Path,
) -> None:
    for number, policy in enumerate(("", ", missed: each")):
        play = play_of(tmp_path / str(number), policy)
        back_after(play, days=3)
        assert dues(play) == ["04-11 09:00", "04-12 09:00", "04-13 09:00"]
        assert missed(play) == []


def test_only_the_last_comes_and_the_others_are_recorded(tmp_path: Path) -> None:
    play = play_of(tmp_path, ", missed: last")
    back_after(play, days=3)
    assert dues(play) == ["04-13 09:00"]
    assert missed(play) == [("last", 2, "04-11T01:00:00Z", "04-12T01:00:00Z")]


def test_none_comes_and_all_are_recorded(tmp_path: Path) -> None:
    play = play_of(tmp_path, ", missed: none")
    back_after(play, days=3, hours=3)
    assert dues(play) == []
    assert missed(play) == [("none", 4, "04-11T01:00:00Z", "04-14T01:00:00Z")]
    play.wait(days=1)
    assert dues(play) == ["04-15 09:00"]


@pytest.mark.parametrize(
    ("late", "came", "left_out"),
    [
        (timedelta(minutes=59, seconds=59), ["04-11 09:00"], []),
        (timedelta(hours=1), [], [("none", 1, "04-11T01:00:00Z", "04-11T01:00:00Z")]),
    ],
    ids=["not yet an hour", "an hour"],
)
def test_none_makes_up_for_what_is_less_than_an_hour_late(
    tmp_path: Path, late: timedelta, came: list[str], left_out: list[Any]
) -> None:
    play = play_of(tmp_path, ", missed: none")
    back_after(play, seconds=(timedelta(hours=1) + late).total_seconds())
    assert (dues(play), missed(play)) == (came, left_out)


@pytest.mark.parametrize("policy", ["each", "last", "none"])
def test_what_comes_on_time_is_never_left_out(tmp_path: Path, policy: str) -> None:
    play = play_of(tmp_path, f", missed: {policy}")
    play.wait(days=3)
    assert dues(play) == ["04-11 09:00", "04-12 09:00", "04-13 09:00"]
    assert missed(play) == []


def test_several_times_of_a_day_are_missed_one_by_one(tmp_path: Path) -> None:
    play = play_of(tmp_path, ", missed: last", at="[09:00, 15:00]")
    back_after(play, days=1, hours=3)
    assert missed(play) == [("last", 2, "04-11T01:00:00Z", "04-11T07:00:00Z")]
    assert dues(play) == ["04-12 09:00"]


def test_the_last_waits_for_the_turn_of_its_own_time(tmp_path: Path) -> None:
    """What was due before it happens before it, and may take its place away."""
    play = play_of(tmp_path, ", missed: last")
    play.signal("完")
    back_after(play, days=4)
    assert play.state(NODE) == "over"
    assert dues(play) == []
    assert missed(play) == [("last", 3, "04-11T01:00:00Z", "04-13T01:00:00Z")]


@pytest.mark.parametrize("policy", ["each", "last", "none"])
def test_the_history_alone_gives_the_instance_and_its_timers(
    tmp_path: Path, policy: str
) -> None:
    play = play_of(tmp_path, f", missed: {policy}")
    for hours in (50, 3, 200, 24):
        back_after(play, hours=hours)
        live = play.service.look(play.id)
        assert play.replayed().facts == live.instance.facts
        assert timers_of(play.plan, play.replayed()).due == live.timers.due


def test_what_was_left_out_survives_the_process_and_is_verified(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    first = play_of(tmp_path / "one", ", missed: last")
    first.service = open_service(url)
    first.service.start(first.plan, first.bundle, instance=first.id, now=first.now)
    first.service.journal.close()
    again = open_service(url)
    found = again.tick(first.id, now=first.now + timedelta(days=5))
    kinds = [type(event) for _, event in found.events]
    assert kinds == [Missed, Moved]
    head = again.journal.head(first.id)
    assert head is not None
    assert verify(again.journal, head, from_bundle).defects == ()
    assert again.tick(first.id, now=first.now + timedelta(days=5)).events == ()
    again.journal.close()


def test_an_entry_tells_of_a_thousand_at_most(tmp_path: Path) -> None:
    open_ended = HEAD.replace(", to: 2009-08-31", "")
    play = play_of(tmp_path, ", missed: last", head=open_ended)
    back_after(play, days=LEFT_OUT_MAX + 501)
    counts = [count for _, count, _, _ in missed(play)]
    assert counts == [LEFT_OUT_MAX, 500]
    assert dues(play) == ["05-20 09:00"]


@pytest.mark.parametrize(
    "gate", ["event(可以)", "level > 1"], ids=["it does not hold", "nobody knows"]
)
def test_a_time_at_which_the_gate_does_not_hold_passes_and_is_recorded(
    tmp_path: Path, gate: str
) -> None:
    play = play_of(tmp_path, gate=f", gate: ['{gate}']")
    play.wait(days=2)
    assert dues(play) == []
    assert [(why, count) for why, count, _, _ in missed(play)] == [("gate", 1)] * 2


def test_once_the_gate_holds_only_what_is_to_come_comes(tmp_path: Path) -> None:
    play = play_of(tmp_path, gate=", gate: [event(可以)]")
    play.wait(days=2)
    play.signal("可以")
    play.wait(days=2)
    assert dues(play) == ["04-13 09:00", "04-14 09:00"]


def test_a_gate_that_waits_for_a_moment_adds_no_time_of_its_own(tmp_path: Path) -> None:
    play = play_of(tmp_path, gate=", gate: ['now >= window.start + 36 hours']")
    play.wait(days=3)
    assert dues(play) == ["04-13 09:00"]


def test_a_clock_that_steps_back_brings_nothing_twice(tmp_path: Path) -> None:
    play = play_of(tmp_path, ", missed: last")
    back_after(play, days=3)
    before = play.events()
    back_after(play, days=-2)
    assert play.events() == before


@pytest.mark.parametrize(
    ("zone", "comes"),
    [("Asia/Tokyo", "2009-04-11T03:00:00Z"), ("Asia/Bangkok", "2009-04-11T05:00:00Z")],
    ids=["an hour sooner", "an hour later"],
)
def test_other_rules_of_the_zone_bring_each_day_once(
    tmp_path: Path, zone: str, comes: str
) -> None:
    """As if a new zone database had moved the clock by an hour since the timer."""
    play = play_of(tmp_path, at="12:00")
    live = play.service.look(play.id)
    moved = replace(play.plan, zone=ZoneInfo(zone))
    instance, timers, found = live.instance, live.timers, []
    for hours in range(24):
        now = datetime(2009, 4, 11, hours, 30, tzinfo=UTC)
        made = decide(moved, instance, Tick(), now=now, timers=timers)
        instance, timers = made.instance, made.timers
        found += [one.event for one in made.recorded if isinstance(one.event, Moved)]
    assert [one.due for one in found] == [comes]

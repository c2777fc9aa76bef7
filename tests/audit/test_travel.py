"""As it stood: every beginning of a history gives the instance of then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from engine.audit.changes import changes, record_of
from engine.audit.travel import (
    AsOf,
    KnownAt,
    Snapshot,
    check,
    facts_of,
    reached,
    restored,
    snapshot_of,
    state_digest,
    stood,
)
from engine.core.ballot_box import is_sealed
from engine.core.facts import Known
from engine.core.instance import Instance
from engine.errors import DamagedData, NotYet
from engine.plan.graph import Plan
from engine.ports import Entry
from engine.runtime.service import Service
from engine.testing import CAMPAIGN, Play, paper, played
from tests.core import test_properties as random_acts

BALLOT = """
plan: test/travel
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}}
  sets: {班子: {members: [甲, 乙, 丙]}}
registers: {问题: {item: problem, by: 班子}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    do:
    - {id: 表决, kind: ballot, question: 通过吗, electorate: 班子, secret: true}
    - {id: 办, kind: task}
"""


def fresh(instance: Instance) -> Instance:
    return Instance(id=instance.id, plan=instance.plan, simulated=instance.simulated)


def told(instance: Instance) -> dict[str, Any]:
    return {key: one for key, one in instance.facts.items() if not is_sealed(key)}


def check_prefixes(lives: list[Instance], entries: list[Entry]) -> None:
    """At every revision that was live the fold of so many entries is the same."""
    for live in lives:
        then = stood(fresh(live), entries, KnownAt(live.revision))
        assert dict(then.facts) == told(live)
        assert replace(then, facts=live.facts) == live
        assert state_digest(then) == state_digest(live)


# -- every beginning of a history


@random_acts.walks(10)
@given(random_acts.plans(), random_acts.STEPS)
def test_an_instance_as_of_any_entry_is_the_one_that_was_live(
    text: str, steps: list[int]
) -> None:
    walk = random_acts.Walk(Play.of(text))
    lives = [walk.play.service.look(walk.play.id).instance]
    for number in steps:
        walk.step(number)
        lives.append(walk.play.service.look(walk.play.id).instance)
    entries = list(walk.play.journal.entries(walk.play.id))
    check_prefixes(lives, entries)
    check_every_entry(lives[-1], entries)


def check_every_entry(live: Instance, entries: list[Entry]) -> None:
    """From a fresh instance, from any earlier one and from a snapshot: the same."""
    steps = [fresh(live)]
    for entry in entries:
        steps.append(stood(steps[-1], [entry], KnownAt(entry.seq)))
    for number in range(1, len(entries) + 1, 7):
        then = steps[number]
        assert stood(fresh(live), entries, KnownAt(number)) == then
        kept = snapshot_of(then, entries[number - 1])
        check(kept, fresh(live), entries)
        again = stood(fresh(live), entries[number:], KnownAt(10**9), snapshot=kept)
        assert again == steps[-1]
    assert dict(steps[-1].facts) == told(live)


@pytest.fixture(scope="module")
def campaign() -> tuple[Plan, list[Instance], list[Entry]]:
    """The shipped campaign: the instance after each act, and its entries."""
    from engine.bootstrap import open_service

    service: Service = open_service("memory://")
    lives = [service.look(CAMPAIGN).instance for _ in played(service)]
    plan = service.plan_of(CAMPAIGN)
    return plan, lives, list(service.journal.entries(CAMPAIGN))


Campaign = tuple[Plan, list[Instance], list[Entry]]


def test_the_campaign_is_as_it_was_after_every_act(campaign: Campaign) -> None:
    _, lives, entries = campaign
    assert len(entries) > 500
    check_prefixes(lives[::9], entries)
    check_every_entry(lives[-1], entries[: lives[-1].revision])


def test_a_moment_is_that_of_its_last_entry(campaign: Campaign) -> None:
    _, lives, entries = campaign
    last = {entry.at: entry.seq for entry in entries}
    for at in list(last)[::11]:
        then = stood(fresh(lives[0]), entries, AsOf(at))
        assert (then.revision, then.at) == (last[at], at)
        before = AsOf(at - timedelta(microseconds=1))
        if last[at] != last[entries[0].at]:
            assert stood(fresh(lives[0]), entries, before).revision < last[at]


# -- the ends of time


def test_beyond_the_last_entry_is_the_present(campaign: Campaign) -> None:
    _, lives, entries = campaign
    present = stood(fresh(lives[0]), entries, KnownAt(len(entries)))
    for until in (KnownAt(10**9), AsOf(entries[-1].at + timedelta(days=9_999))):
        assert stood(fresh(lives[0]), entries, until) == present


def test_before_the_first_entry_there_is_nothing(campaign: Campaign) -> None:
    _, lives, entries = campaign
    long_ago = AsOf(entries[0].at - timedelta(seconds=1))
    for until in (KnownAt(0), long_ago):
        with pytest.raises(NotYet) as raised:
            stood(fresh(lives[0]), entries, until)
        for language in ("zh", "en"):
            assert "2009-04-1" in raised.value.say(language)


def test_no_more_is_read_than_the_moment_needs(campaign: Campaign) -> None:
    _, _, entries = campaign
    read: list[int] = []

    def counted() -> Iterator[Entry]:
        for entry in entries:
            read.append(entry.seq)
            yield entry

    assert len(list(reached(counted(), KnownAt(5), instance=CAMPAIGN))) == 5
    assert len(read) == 6


# -- what was secret


def test_a_ballot_that_was_open_then_tells_no_answer_now() -> None:
    play = Play.of(BALLOT)
    opened: set[str] = set()
    for who, choice in (("甲", "yes"), ("乙", "abstain"), ("丙", "yes")):
        opened |= set(play.known.facts)
        play.do("表决", "cast", who=who, choice=choice)
    entries = list(play.journal.entries(play.id))
    counted = next(entry.seq for entry in entries if entry.type == "counted")
    live = play.service.look(play.id).instance
    for number in range(1, len(entries) + 1):
        then = stood(fresh(live), entries, KnownAt(number))
        assert not any(is_sealed(key) for key in then.facts)
        answers = [key for key in then.facts if key.startswith("t/一.环节.表决/")]
        assert bool(answers) == (number >= counted)
        kept = snapshot_of(then, entries[number - 1])
        if number < counted:
            assert "abstain" not in kept.facts.decode()
    assert any(is_sealed(key) for key in opened)


def test_a_snapshot_of_what_is_live_keeps_no_box() -> None:
    play = Play.of(BALLOT)
    play.do("表决", "cast", who="甲", choice="abstain")
    live = play.service.look(play.id).instance
    *_, last = play.journal.entries(play.id)
    assert any(is_sealed(key) for key in live.facts)
    assert "abstain" not in facts_of(live).decode()
    check(snapshot_of(live, last), fresh(live), play.journal.entries(play.id))


# -- snapshots


@pytest.fixture
def kept(campaign: Campaign) -> tuple[Snapshot, Instance, list[Entry]]:
    _, lives, entries = campaign
    then = stood(fresh(lives[0]), entries, KnownAt(300))
    return snapshot_of(then, entries[299]), fresh(lives[0]), entries


Kept = tuple[Snapshot, Instance, list[Entry]]


def test_a_snapshot_is_the_instance_that_it_was_made_of(kept: Kept) -> None:
    snapshot, instance, entries = kept
    assert restored(snapshot, instance) == stood(instance, entries, KnownAt(300))
    assert snapshot.digest == state_digest(restored(snapshot, instance))
    assert KnownAt(300).holds(snapshot)
    assert not KnownAt(299).holds(snapshot)
    assert AsOf(entries[299].at).holds(snapshot)
    assert not AsOf(entries[299].at - timedelta(seconds=1)).holds(snapshot)


@pytest.mark.parametrize(
    "changed",
    [
        {"facts": b"{}"},
        {"seq": 299},
        {"at": datetime.fromisoformat("2009-05-01T00:00:00+08:00")},
        {"digest": "00" * 32},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_snapshot_that_was_changed_is_not_used(
    kept: Kept, changed: dict[str, Any]
) -> None:
    snapshot, instance, entries = kept
    forged = replace(snapshot, **changed)
    with pytest.raises(DamagedData):
        stood(instance, entries, KnownAt(400), snapshot=forged)
    with pytest.raises(DamagedData):
        check(forged, instance, entries)


def test_a_snapshot_of_another_instance_or_plan_is_not_used(kept: Kept) -> None:
    snapshot, instance, entries = kept
    for other in (replace(instance, id="other"), replace(instance, plan="00")):
        with pytest.raises(DamagedData):
            stood(other, entries, KnownAt(400), snapshot=snapshot)


def test_a_snapshot_of_another_history_is_not_gone_on_from(kept: Kept) -> None:
    snapshot, instance, entries = kept
    other = replace(snapshot, entry="00" * 32)
    with pytest.raises(DamagedData):
        stood(instance, entries, KnownAt(400), snapshot=other)
    with pytest.raises(DamagedData):
        check(other, instance, entries)


def test_a_state_that_the_entries_do_not_give_is_found(kept: Kept) -> None:
    snapshot, instance, entries = kept
    then = restored(snapshot, instance)
    key = next(key for key in then.facts if key.startswith("m/"))
    forged = replace(
        then, facts=then.facts.set(key, then.facts[key]._replace(value=7_777))
    )
    lying = snapshot_of(forged, entries[299])
    restored(lying, instance)  # whole in itself
    with pytest.raises(DamagedData):
        check(lying, instance, entries)


def test_a_missing_or_unreadable_entry_is_damage(kept: Kept) -> None:
    _, instance, entries = kept
    for damaged in (
        [*entries[:9], *entries[10:]],
        [*entries[:9], replace(entries[9], body=b"{}"), *entries[10:]],
        [*entries[:9], replace(entries[9], body=b"\xff"), *entries[10:]],
    ):
        with pytest.raises(DamagedData):
            stood(instance, damaged, KnownAt(400))


# -- what changed between


def between(play: Play, first: int, second: int) -> list[dict[str, Any]]:
    live = play.service.look(play.id).instance
    entries = list(play.journal.entries(play.id))
    before, after = (
        stood(fresh(live), entries, KnownAt(one)) for one in (first, second)
    )
    known = Known(play.plan, play.id, after.facts)
    return [record_of(one, known) for one in changes(play.plan, before, after)]


def test_a_change_has_both_values_and_the_entry_that_made_it() -> None:
    play = Play.of(BALLOT)
    first = play.service.look(play.id).instance.revision
    result = play.do("办", "finish", who="甲", evidence=paper())
    (change,) = [
        one
        for one in between(play, first, result.first)
        if (one["sort"], one["node"]) == ("state", "一.环节.办")
    ]
    assert change["before"]["value"]["state"] == "open"
    assert change["after"]["value"] == {"state": "done", "round": 1}
    assert change["after"]["text"]["en"]
    assert change["entry"] == result.first


def test_what_went_there_and_back_is_no_change() -> None:
    play = Play.of(BALLOT)
    play.do("办", "suspend", who="甲", reason="等人")
    first = play.service.look(play.id).instance.revision
    play.do("办", "resume", who="甲")
    play.do("办", "suspend", who="甲", reason="等人")
    last = play.service.look(play.id).instance.revision
    found = between(play, first, last)
    assert not [one for one in found if one["sort"] == "state"]
    assert not [one for one in found if one["name"] == "on_hold"]


def test_a_right_handed_on_is_a_change_with_its_entry() -> None:
    play = Play.of(BALLOT)
    first = play.service.look(play.id).instance.revision
    made = play.do("办", "delegate", who="甲", to="乙", until="2009-05-01")
    (change,) = [
        one for one in between(play, first, made.first) if one["sort"] == "right"
    ]
    assert (change["node"], change["who"]) == ("一.环节.办", "甲")
    assert change["after"]["value"]["to"] == "乙"
    assert change["entry"] == made.first
    assert "2009-05-01" in change["after"]["text"]["zh"]


def test_a_ballot_tells_how_many_answered_and_never_what() -> None:
    play = Play.of(BALLOT)
    first = play.service.look(play.id).instance.revision
    last = play.do("表决", "cast", who="甲", choice="abstain").first
    (change,) = [one for one in between(play, first, last) if one["sort"] == "ballot"]
    assert change["after"]["value"] == {"casts": 1, "opened": False}
    assert "abstain" not in str(between(play, first, last))


def test_the_campaigns_changes_lead_from_one_state_to_the_other(
    campaign: Campaign,
) -> None:
    plan, lives, entries = campaign
    for first, second in ((10, 200), (200, 443), (443, len(entries))):
        before = stood(fresh(lives[0]), entries, KnownAt(first))
        after = stood(before, entries[first:], KnownAt(second))
        known = Known(plan, after.id, after.facts)
        was = Known(plan, before.id, before.facts)
        found = changes(plan, before, after)
        assert all(first < one.seq <= second for one in found)
        states = {one.node: one for one in found if one.sort == "state"}
        for path, one in states.items():
            assert path is not None
            assert known.state(path) == one.after["state"]
            if one.before is not None:
                assert was.state(path) == one.before["state"]
        for path in plan.nodes:
            if not plan.nodes[path].dynamic and path not in states:
                assert known.state(path) == was.state(path)
        assert {one.sort for one in found} >= {"state", "field", "measure", "acts"}

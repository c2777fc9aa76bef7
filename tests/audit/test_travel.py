"""As it stood: every beginning of a history gives the instance of then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from engine.audit.past.changes import changes, record_of
from engine.audit.past.snapshots import state_digest
from engine.audit.past.travel import AsOf, UpTo, known_at, reached, stood, stood_at
from engine.core.ballot_box import is_sealed
from engine.core.facts import Known
from engine.core.instance import Instance
from engine.errors import BeyondLog, DamagedData, NotInLogYet, NotYet
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
        then = stood(fresh(live), entries, UpTo(live.revision))
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
    """From a fresh instance, and from any earlier one: the same."""
    steps = [fresh(live)]
    for entry in entries:
        steps.append(stood(steps[-1], [entry], UpTo(entry.seq)))
    for number in range(1, len(entries) + 1, 7):
        then = steps[number]
        assert stood(fresh(live), entries, UpTo(number)) == then
        assert stood(then, entries[number:], UpTo(10**9)) == steps[-1]
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
    present = stood(fresh(lives[0]), entries, UpTo(len(entries)))
    for until in (UpTo(10**9), AsOf(entries[-1].at + timedelta(days=9_999))):
        assert stood(fresh(lives[0]), entries, until) == present


def test_before_the_first_entry_there_is_nothing(campaign: Campaign) -> None:
    _, lives, entries = campaign
    long_ago = AsOf(entries[0].at - timedelta(seconds=1))
    for until in (UpTo(0), long_ago):
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

    assert len(list(reached(counted(), UpTo(5), instance=CAMPAIGN))) == 5
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
        then = stood(fresh(live), entries, UpTo(number))
        assert not any(is_sealed(key) for key in then.facts)
        answers = [key for key in then.facts if key.startswith("t/一.环节.表决/")]
        assert bool(answers) == (number >= counted)
    assert any(is_sealed(key) for key in opened)


# -- what was in the log


def test_what_was_known_is_what_had_a_place_in_the_log() -> None:
    """Two instances take turns in one log: each is known by its own entries in it."""
    play = Play.of(BALLOT)
    live = play.service.look(play.id).instance
    other = "der andere"
    play.service.start(play.plan, play.bundle, instance=other, now=play.now)
    play.journal.log.number()
    play.do("办", "suspend", who="甲", reason="等人")
    size = play.journal.log.number().size
    entries = list(play.journal.entries(play.id))
    places = play.journal.log.positions(play.id)
    assert len(places) == len(entries)
    assert places[-1] > places[live.revision - 1] + 1  # the other is in between
    for asked in range(places[0] + 1, size + 1):
        known = known_at(play.journal.log, play.id, asked, last=len(entries))
        assert known.seq == sum(place < asked for place in places)
        assert known.asked() == str(asked)
        then = stood_at(play.journal, live, known)
        assert then == stood(fresh(live), entries, UpTo(known.seq))


def test_nobody_is_told_of_a_log_that_is_longer_than_it_is() -> None:
    play = Play.of(BALLOT)
    last = play.service.look(play.id).instance.revision
    for has in (0, last):
        assert play.journal.log.state().size == has
        with pytest.raises(BeyondLog) as raised:
            known_at(play.journal.log, play.id, last + 1, last=last)
        assert raised.value.values == {"asked": last + 1, "size": has}
        for language in ("zh", "en"):
            assert str(last + 1) in raised.value.say(language)
        play.journal.log.number()


def test_an_instance_that_had_no_place_yet_says_when_it_has_one() -> None:
    play = Play.of(BALLOT)
    play.journal.log.number()
    before = play.journal.log.state().size
    play.service.start(play.plan, play.bundle, instance="later", now=play.now)
    play.journal.log.number()
    with pytest.raises(NotInLogYet) as raised:
        known_at(play.journal.log, "later", before, last=1)
    assert raised.value.values["first"] == before + 1
    assert known_at(play.journal.log, "later", before + 1, last=1).seq == 1


def test_what_has_no_place_yet_was_in_no_log() -> None:
    play = Play.of(BALLOT)
    size = play.journal.log.number().size
    last = play.do("办", "suspend", who="甲", reason="等人").first
    assert known_at(play.journal.log, play.id, size, last=last).seq == size < last


# -- damage


@pytest.mark.parametrize(
    "body", [b"{}", b"\xff", b'{"data":{"n":0.5}}', b'{"data":[]}'], ids=repr
)
def test_an_unreadable_entry_is_damage(campaign: Campaign, body: bytes) -> None:
    _, lives, entries = campaign
    damaged = [*entries[:9], replace(entries[9], body=body), *entries[10:]]
    with pytest.raises(DamagedData):
        stood(fresh(lives[0]), damaged, UpTo(400))


def test_a_missing_entry_is_damage(campaign: Campaign) -> None:
    _, lives, entries = campaign
    with pytest.raises(DamagedData):
        stood(fresh(lives[0]), [*entries[:9], *entries[10:]], UpTo(400))


# -- what changed between


def between(play: Play, first: int, second: int) -> list[dict[str, Any]]:
    live = play.service.look(play.id).instance
    entries = list(play.journal.entries(play.id))
    before, after = (stood(fresh(live), entries, UpTo(one)) for one in (first, second))
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
        before = stood(fresh(lives[0]), entries, UpTo(first))
        after = stood(before, entries[first:], UpTo(second))
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

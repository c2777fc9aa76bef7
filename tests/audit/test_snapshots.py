"""Snapshots make questions fast and change no answer, whatever became of them."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map
from msgspec import Raw
from msgspec.structs import replace

from engine.audit.past import snapshots
from engine.audit.past.history import event_of
from engine.audit.past.snapshots import (
    KeptFacts,
    facts_of,
    is_due,
    restored,
    snapshot_of,
    state_digest,
)
from engine.audit.past.travel import AsOf, UpTo, stood, stood_at
from engine.audit.verifying.verify import verify
from engine.bootstrap import open_service
from engine.core.ballot_box import is_sealed
from engine.core.instance import Fact, Instance, evolve
from engine.errors import DamagedData, Unavailable
from engine.journal.memory import MemoryJournal
from engine.ports import Entry, Snapshot
from engine.testing import Play
from tests.core import test_properties as random_acts

LONG = """
plan: test/long
title: 测试
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-01-01, to: 2009-12-31}
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
    - {id: 办, kind: span}
"""
ENTRIES = 60
FEW = 10
"""Entries after which the histories here are kept, short as they are."""


def fresh(instance: Instance) -> Instance:
    return Instance(id=instance.id, plan=instance.plan, simulated=instance.simulated)


def entries_of(play: Play) -> list[Entry]:
    return list(play.journal.entries(play.id))


def folded(play: Play, seq: int) -> Instance:
    live = play.service.look(play.id).instance
    return stood(fresh(live), entries_of(play), UpTo(seq))


def keep(play: Play, *seqs: int) -> None:
    """Snapshots of some entries, made of a fold of all entries before them."""
    entries = entries_of(play)
    made = [snapshot_of(folded(play, seq), entries[seq - 1]) for seq in seqs]
    play.journal.put_snapshots(made)


class Counting(MemoryJournal):
    """A journal that tells how many entries were read."""

    read = 0

    def entries(self, *given: Any, **more: Any) -> Any:
        for entry in super().entries(*given, **more):
            self.read += 1
            yield entry


@pytest.fixture
def play() -> Play:
    """A history of some acts, of several sorts."""
    found = Play.of(LONG, journal=Counting())
    found.do("表决", "cast", who="甲", choice="abstain")
    number = 0
    while len(entries_of(found)) < ENTRIES:
        number += 1
        found.do("问题", "add", who="乙", text=f"问题 {number}")
        found.do("办", "report", who="甲", text=f"进展 {number}")
    return found


def asked(play: Play, seq: int) -> Instance:
    return stood_at(play.journal, play.service.look(play.id).instance, UpTo(seq))


def read_for(play: Play, seq: int) -> int:
    """Entries that were read for an answer."""
    assert isinstance(play.journal, Counting)
    play.journal.read = 0
    asked(play, seq)
    return play.journal.read


# -- every beginning of a history


@random_acts.walks(10)
@given(random_acts.plans(), random_acts.STEPS, st.data())
def test_through_a_snapshot_an_instance_stood_as_by_its_entries(
    text: str, steps: list[int], data: st.DataObject
) -> None:
    walk = random_acts.Walk(Play.of(text))
    for number in steps:
        walk.step(number)
    play = walk.play
    length = len(entries_of(play))
    keep(play, *data.draw(st.sets(st.integers(1, length), max_size=8)))
    entries = entries_of(play)
    live = play.service.look(play.id).instance
    for seq in range(1, length + 1):
        by_entries = stood(fresh(live), entries, UpTo(seq))
        found = stood_at(play.journal, live, UpTo(seq))
        assert found == by_entries
        assert dict(found.facts) == dict(by_entries.facts)
        assert len(found.facts) == len(by_entries.facts)
        assert state_digest(found) == state_digest(by_entries)


KEYS = st.sampled_from("abcdef")
CHANGES = st.lists(
    st.tuples(st.sampled_from(["set", "pop", "delete"]), KEYS, st.integers(0, 99))
)


@given(st.dictionaries(KEYS, st.integers(0, 99)), CHANGES)
def test_facts_that_were_kept_are_a_map_like_any_other(
    first: dict[str, int], changes: list[tuple[str, str, int]]
) -> None:
    plain: Any = Map({key: Fact(value, 1) for key, value in first.items()})
    kept: Any = KeptFacts({key: Raw(b"[%d,1]" % one) for key, one in first.items()})
    for word, key, value in changes:
        former = dict(kept.items())
        if word == "set":
            one, two = (facts.set(key, Fact(value, 2)) for facts in (plain, kept))
        elif word == "delete" and key in plain:
            one, two = (facts.delete(key) for facts in (plain, kept))
        else:
            with plain.mutate() as left, kept.mutate() as right:
                left.pop(key, None)
                right.pop(key, None)
                one, two = left.finish(), right.finish()
        assert dict(kept.items()) == former  # it stays what it was
        plain, kept = one, two
        assert (len(kept), set(kept)) == (len(plain), set(plain))
        assert kept == plain
        assert dict(kept.items()) == dict(plain.items())
        assert sorted(kept.values()) == sorted(plain.values())
        for name in "abcdef":
            assert kept.get(name) == plain.get(name)
            assert (name in kept) == (name in plain)
    with pytest.raises(KeyError):
        kept["nothing"]
    with pytest.raises(KeyError):
        kept.delete("nothing")


def test_a_moment_finds_the_snapshot_before_it(play: Play) -> None:
    play.wait(days=1)
    play.do("办", "report", who="甲", text="次日")
    entries = entries_of(play)
    live = play.service.look(play.id).instance
    keep(play, 20, len(entries))
    for at in sorted({entry.at for entry in entries}):
        found = stood_at(play.journal, live, AsOf(at))
        assert found == stood(fresh(live), entries, AsOf(at))


# -- what a question costs, and what it leaves behind


def test_a_question_reads_from_the_snapshot_on(play: Play) -> None:
    assert read_for(play, 50) == 51
    keep(play, 45)
    assert read_for(play, 50) < 10
    assert read_for(play, 40) == 41  # that was before it


def test_a_short_way_leaves_nothing_behind(play: Play) -> None:
    asked(play, ENTRIES)
    assert list(play.journal.snapshots(play.id)) == []


def test_a_long_way_leaves_snapshots_behind(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", FEW)
    asked(play, 44)
    found = [one.seq for one in play.journal.snapshots(play.id)]
    assert found == [10, 20, 30, 40]
    assert read_for(play, 44) < FEW
    asked(play, ENTRIES)
    found = [one.seq for one in play.journal.snapshots(play.id)]
    assert found[4:] == [50, 60]
    for seq in range(1, ENTRIES + 1):
        assert asked(play, seq) == folded(play, seq)


def test_the_more_is_known_the_rarer_it_is_kept() -> None:
    assert not is_due(999, 0)
    assert is_due(1_000, 20_000)
    assert not is_due(1_000, 30_000)
    assert is_due(1_500, 30_000)


def test_an_answer_is_given_when_nothing_can_be_kept(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Any) -> None:
        raise Unavailable(detail="read only")

    monkeypatch.setattr(snapshots, "EVERY", FEW)
    monkeypatch.setattr(play.journal, "put_snapshots", away)
    assert asked(play, 44) == folded(play, 44)


# -- what is not as it was made


def forged(snapshot: Snapshot, **changed: Any) -> Snapshot:
    return replace(snapshot, **changed)


LATER = datetime.fromisoformat("2009-05-01T00:00:00+08:00")
FORGED: dict[str, dict[str, Any]] = {
    "facts": {"facts": zlib.compress(b"{}")},
    "not deflated": {"facts": b"{}"},
    "cut off": {"facts": zlib.compress(b"{}" * 9)[:-3]},
    "time": {"at": LATER},
    "digest": {"digest": "00" * 32},
    "another entry": {"entry": bytes(32)},
    "another number": {"seq": 41},
}


@pytest.mark.parametrize("changed", FORGED.values(), ids=FORGED)
def test_a_snapshot_that_was_changed_changes_no_answer(
    play: Play, changed: dict[str, Any]
) -> None:
    keep(play, 20, 40)
    *_, last = play.journal.snapshots(play.id)
    play.journal.put_snapshots([forged(last, **changed)])
    live = play.service.look(play.id).instance
    for seq in (30, 40, 41, 50):
        assert asked(play, seq) == folded(play, seq)
    entries = entries_of(play)
    for at in {entry.at for entry in entries} | {LATER}:
        found = stood_at(play.journal, live, AsOf(at))
        assert found == stood(fresh(live), entries, AsOf(at))


def test_a_snapshot_that_could_not_be_used_is_made_anew(play: Play) -> None:
    keep(play, 20, 40)
    good = list(play.journal.snapshots(play.id))
    play.journal.put_snapshots([forged(good[1], digest="00" * 32)])
    asked(play, 50)
    assert list(play.journal.snapshots(play.id)) == good


def test_a_snapshot_larger_than_any_that_is_made_is_not_unpacked(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(play, 40)
    (kept,) = play.journal.snapshots(play.id)
    monkeypatch.setattr(snapshots, "FACTS_MAX", 100)
    last = entries_of(play)[39]
    with pytest.raises(DamagedData):
        restored(kept, folded(play, 1), last)
    assert asked(play, 50) == folded(play, 50)


def test_a_snapshot_is_of_one_instance_and_plan(play: Play) -> None:
    keep(play, 40)
    (kept,) = play.journal.snapshots(play.id)
    last = entries_of(play)[39]
    live = play.service.look(play.id).instance
    assert restored(kept, live, last) == folded(play, 40)
    for other in (
        replace(live, id="other"),
        replace(live, plan="00"),
        replace(live, simulated=True),
    ):
        with pytest.raises(DamagedData):
            restored(kept, other, last)
    with pytest.raises(DamagedData):
        restored(kept, live, None)


def lying(play: Play, seq: int) -> Snapshot:
    """A snapshot that is whole in itself, and not what the entries give."""
    then = folded(play, seq)
    facts = then.facts.set("r/问题", Fact(7_777, 1))
    return snapshot_of(replace(then, facts=facts), entries_of(play)[seq - 1])


def defects_of(play: Play) -> list[tuple[str, int | None]]:
    head = play.journal.head(play.id)
    assert head is not None
    found = verify(play.journal, head, play.service.open_plan)
    return [(one.code, one.seq) for one in found.defects]


def test_verify_finds_no_fault_with_what_was_made(play: Play) -> None:
    keep(play, 1, 20, ENTRIES)
    assert defects_of(play) == []


@pytest.mark.parametrize("changed", FORGED.values(), ids=FORGED)
def test_verify_tells_of_a_snapshot_that_was_changed(
    play: Play, changed: dict[str, Any]
) -> None:
    keep(play, 20, 40)
    *_, last = play.journal.snapshots(play.id)
    wrong = forged(last, **changed)
    play.journal.put_snapshots([wrong])
    assert defects_of(play) == [("audit.snapshot", wrong.seq)]


def test_verify_tells_of_a_state_that_the_entries_do_not_give(play: Play) -> None:
    keep(play, 20)
    play.journal.put_snapshots([lying(play, 40)])
    assert defects_of(play) == [("audit.snapshot", 40)]


def test_verify_tells_of_a_snapshot_of_an_entry_that_is_not_there(play: Play) -> None:
    keep(play, ENTRIES)
    (kept,) = play.journal.snapshots(play.id)
    beyond = ENTRIES + 5
    play.journal.put_snapshots([forged(kept, seq=beyond)])
    assert defects_of(play) == [("audit.snapshot", beyond)]


def test_a_row_that_is_no_row_of_the_table_is_told_and_passed_over(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rows.db"
    service = open_service(f"sqlite:///{file}")
    found = Play.of(LONG, journal=service.journal)
    for number in range(9):
        found.do("办", "report", who="甲", text=f"进展 {number}")
    keep(found, 5)
    for row in ("facts = 5", "at = 9223372036854775807", "entry = 1.5"):
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(f"UPDATE snapshot SET {row}")
        assert defects_of(found) == [("audit.unreadable", None)]
        assert asked(found, 9) == folded(found, 9)
        keep(found, 5)
        assert defects_of(found) == []
    service.journal.close()


# -- what was secret


def test_a_snapshot_keeps_no_box(play: Play) -> None:
    live = play.service.look(play.id).instance
    assert any(is_sealed(key) for key in live.facts)
    *_, last = entries_of(play)
    kept = snapshot_of(live, last)
    told = zlib.decompress(kept.facts).decode()
    assert "abstain" not in told
    assert told == facts_of(folded(play, last.seq)).decode()
    assert not any(is_sealed(key) for key in json.loads(told))


def test_going_on_from_a_snapshot_takes_a_box_away_no_second_time(play: Play) -> None:
    """A sealed fact set on kept facts is in no snapshot made of them."""
    keep(play, 40)
    then = asked(play, 40)
    boxed = replace(then, facts=then.facts.set("s/一.环节.表决/1/cast", Fact(1, 0)))
    assert facts_of(boxed) == facts_of(then)


def test_kept_facts_take_events_like_live_ones(play: Play) -> None:
    keep(play, 40)
    then = asked(play, 40)
    assert isinstance(then.facts, KeptFacts)
    entry = entries_of(play)[40]
    after, changes = evolve(then, event_of(entry), at=entry.at)
    assert after == folded(play, 41)
    assert changes


def test_a_fact_that_cannot_be_read_is_damage() -> None:
    facts: Any = KeptFacts({"a": Raw(b'{"no": "fact"}')})
    with pytest.raises(DamagedData):
        facts.get("a")


def test_what_was_dropped_is_kept_nowhere(play: Play) -> None:
    keep(play, 20, 40)
    play.journal.drop_snapshots(play.id)
    assert list(play.journal.snapshots(play.id)) == []
    assert asked(play, 50) == folded(play, 50)

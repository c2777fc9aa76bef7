"""What allowed an entry, and what it rests on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from engine.audit.past import explain
from engine.audit.past.explain import causes_of, documents_of, why
from engine.audit.past.history import event_of
from engine.audit.past.inclusion import Inclusion
from engine.bootstrap import open_service, worked_off
from engine.plan.library import from_bundle
from engine.ports import Entry
from engine.proof.tree import Tree
from engine.runtime.service import Service
from engine.testing import CAMPAIGN, Play, paper, played

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


# -- what a cause is


def seqs(found: dict[str, Any]) -> list[int]:
    """Every entry that is told, in the order in which it stands there."""
    return [one["seq"] for one in walked(found)]


def test_what_led_to_an_entry_is_a_cause_of_it(play: Play) -> None:
    done = play.do("先办", "finish", who="乙", evidence=paper()).first
    play.signal("放行")
    for seq in range(done + 1, max(entries(play)) + 1):
        found = explained(play, seq)
        if found["led_by"] is not None:
            assert found["led_by"] in [one["seq"] for one in found["causes"]]


def test_each_entry_is_told_once_and_where_it_is_nearest(play: Play) -> None:
    play.do("先办", "finish", who="乙", evidence=paper())
    play.signal("放行")
    for seq in entries(play):
        found = explained(play, seq)
        told = seqs(found)
        assert len(told) == len(set(told))
        level, reach = [found], 0
        distance = {}
        while level:
            distance |= {one["seq"]: reach for one in level}
            level = [one for up in level for one in up["causes"] if "told" not in one]
            reach += 1
        for one in entries(play).values():
            for cause in causes_of(one, is_asked=one.seq == seq):
                if one.seq in distance:
                    assert distance[cause] <= distance[one.seq] + 1


def test_what_is_not_followed_is_named(play: Play) -> None:
    done = play.do("先办", "finish", who="乙", evidence=paper()).first
    said = play.signal("放行").first
    seq = last(play, "一.环节.后办", "open")
    near = explained(play, seq, depth=0)
    assert {done, said} <= set(near["further"])
    whole = explained(play, seq, depth=99)
    assert whole["further"] == []
    for depth in range(1, 6):
        found = explained(play, seq, depth=depth)
        cut = [one for one in walked(found) if one["further"]]
        assert bool(cut) == (set(seqs(found)) != set(seqs(whole)))


def walked(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        found,
        *(
            one
            for cause in found["causes"]
            if "told" not in cause
            for one in walked(cause)
        ),
    ]


def test_an_answer_is_bounded(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play.do("先办", "finish", who="乙", evidence=paper())
    play.signal("放行")
    monkeypatch.setattr(explain, "ENTRIES_MAX", 3)
    found = explained(play, last(play, "一.环节.后办", "open"))
    assert len(seqs(found)) == 3
    assert any(one["further"] for one in walked(found))


def test_behind_a_delegates_act_that_is_a_cause_stands_the_delegation(
    play: Play,
) -> None:
    given = play.do("先办", "delegate", who="乙", to="丙", until="2009-05-01").first
    done = play.do("先办", "finish", who="丙", evidence=paper()).first
    play.signal("放行")
    found = explained(play, last(play, "一.环节.后办", "open"))
    (act,) = [one for one in found["causes"] if one["seq"] == done]
    assert [one["seq"] for one in act["causes"]] == [given]


def test_the_files_that_were_handed_in_are_told_with_their_digests(play: Play) -> None:
    file = paper("证明")
    seq = play.do("先办", "finish", who="乙", evidence=file).first
    (told,) = explained(play, seq)["documents"]
    assert told["sha256"] == file.sha256
    assert (told["name"], told["size"]) == (file.name, file.size)


def test_a_version_and_its_approval_are_told_by_deliverable_and_digest() -> None:
    digest = "ab" * 32
    file = {"name": "稿.txt", "size": 3, "sha256": digest, "characters": 3}
    version = {"n": 2, "label": "修改稿", "digest": digest, "by": "甲"}
    given = {"inputs": {"file": file}, "did": [["version", "方案", version]]}
    (told,) = documents_of(given)
    assert (told["name"], told["deliverable"], told["version"]) == ("稿.txt", "方案", 2)
    assert not told["approved"]
    (told,) = documents_of({"did": [["approve", "方案", digest]]})
    assert (told["sha256"], told["approved"], told["name"]) == (digest, True, None)
    asked = ["request", "k", "notify", "节", {"file": file}]
    assert list(documents_of({"did": [asked]})) == []


def test_from_an_outcome_causes_go_back_to_people_and_clocks(tmp_path: Path) -> None:
    """Of the campaign, whose requests are done once it is over."""
    with open_service(f"sqlite:///{tmp_path}/c.db").journal as journal:
        service = Service(journal, from_bundle, lambda one: (event_of(one), one.at))
        for step in played(service):
            now = step.at
        worked_off(service, PLANGATE_PUBLIC=str(tmp_path))(now)
        found = {one.seq: one for one in journal.entries(CAMPAIGN)}
        plan = service.plan_of(CAMPAIGN)
        reports = [one for one in found.values() if one.type == "reported"]
        assert len(reports) > 20
        for report in reports[::9]:
            told = why(report, found.__getitem__, plan, depth=99)
            assert told["led_by"] is not None
            ends = [one for one in walked(told) if not one["causes"]]
            assert {one["cause"] for one in ends} <= {"person", "clock", "outside"}
            assert all(one["type"] != "reported" for one in ends)


# -- that it is in the log


def believed(leaf: bytes, proof: dict[str, Any]) -> bool:
    """RFC 9162 section 2.1.3.2, as its text reads, by the standard library alone."""
    path = [bytes.fromhex(one) for one in proof["path"]]
    at, last = proof["position"], proof["size"] - 1
    if at > last:
        return False
    root = leaf
    for one in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            root = hashlib.sha256(b"\x01" + one + root).digest()
            if not at & 1:
                while not at & 1 and at:
                    at, last = at >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\x01" + root + one).digest()
        at, last = at >> 1, last >> 1
    return last == 0 and root.hex() == proof["root"]


def proved(play: Play, seq: int) -> dict[str, Any]:
    found = entries(play)
    prove = Inclusion.of(play.journal.log).proof
    return why(found[seq], found.__getitem__, play.plan, depth=9, prove=prove)


def test_what_has_no_place_in_a_sealed_log_has_no_proof(play: Play) -> None:
    assert proved(play, 2)["proof"] is None
    play.journal.log.number()
    assert proved(play, 2)["proof"] is None  # it has a place, and nobody sealed it
    play.journal.log.seal(play.now)
    assert proved(play, 2)["proof"] is not None
    later = play.do("先办", "finish", who="乙", evidence=paper()).first
    assert proved(play, later)["proof"] is None
    play.journal.log.number()
    assert proved(play, later)["proof"] is None
    assert believed(entries(play)[2].hash, proved(play, 2)["proof"])


def test_every_entry_that_is_named_is_proved_by_the_published_algorithm(
    play: Play,
) -> None:
    other = "another"
    play.service.start(play.plan, play.bundle, instance=other, now=play.now)
    play.do("先办", "finish", who="乙", evidence=paper())
    play.signal("放行")
    state = play.journal.log.seal(play.now)
    root = Tree(state.size, play.journal.log.tile).root()
    found = entries(play)
    for seq in found:
        for one in walked(proved(play, seq)):
            body = found[one["seq"]].body
            leaf = hashlib.sha256(b"\0" + body).digest()
            assert one["hash"] == leaf.hex()
            assert (one["proof"]["size"], one["proof"]["root"]) == (
                state.sealed,
                root.hex(),
            )
            assert believed(leaf, one["proof"])
            assert not believed(
                hashlib.sha256(b"\0" + body + b" ").digest(), one["proof"]
            )
            moved = {**one["proof"], "position": one["proof"]["position"] ^ 1}
            assert not believed(leaf, moved)

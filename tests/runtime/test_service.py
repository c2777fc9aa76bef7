"""One command is read, decided and recorded; nobody's act is lost or made twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from msgspec.structs import replace

from engine.bootstrap import open_service
from engine.core.commands import Do
from engine.errors import ActRefused, LostUpdate, UnknownInstance
from engine.journal.chain import verify
from engine.journal.codec import decode
from engine.journal.memory import MemoryJournal
from engine.plan.graph import Plan
from engine.plan.library import from_bundle, load
from engine.ports import Batch, Draft, Receipt
from engine.runtime import service as service_module
from engine.runtime.service import Service, payload_of
from engine.testing import START

PLAN = """
plan: test/service
title: Service
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-01-01, to: 2009-12-31}
leader: lead
parties: {people: {甲: {}, 乙: {}}, roles: {lead: 乙}}
stages:
- id: s
  links:
  - id: l
    owner: 甲
    do:
    - {id: work, kind: span}
    - {id: check, kind: signoff, what: work, by: 乙}
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'x.db'}"


@pytest.fixture
def loaded(tmp_path: Path) -> tuple[Plan, bytes]:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN, encoding="utf-8")
    return load(file)


@pytest.fixture
def service(url: str, loaded: tuple[Plan, bytes]) -> Iterator[Service]:
    """A service with an instance ``x``."""
    service = open_service(url)
    service.start(*loaded, instance="x", now=START)
    yield service
    service.journal.close()


@pytest.fixture
def other(service: Service, url: str) -> Iterator[Service]:
    """What another process has: a service of its own on the same database."""
    other = open_service(url)
    other.look("x")
    yield other
    other.journal.close()


def report(text: str) -> Do:
    return Do(node="work", move="report", actor="甲", inputs={"text": text})


SIGN = Do(node="check", move="sign", actor="乙")


def texts(service: Service) -> list[str]:
    """What was reported, in the order of the history; it must be whole."""
    entries = list(service.journal.entries("x"))
    assert verify(entries) == []
    events = [service.decode(entry)[0] for entry in entries]
    return [
        event.inputs["text"]
        for event in events
        if getattr(event, "move", None) == "report"
    ]


def test_an_act_decided_on_old_news_is_decided_again(
    service: Service, other: Service
) -> None:
    service.do("x", report("one"), now=START)
    other.do("x", report("two"), now=START)
    service.do("x", report("three"), now=START)
    assert texts(service) == ["one", "two", "three"]
    assert service.look("x").instance == other.look("x").instance


def test_what_another_has_done_counts_when_an_act_is_decided_again(
    service: Service, other: Service
) -> None:
    service.do("x", SIGN, now=START)
    with pytest.raises(ActRefused):
        other.do("x", SIGN, now=START)
    assert other.look("x").known.state("s.l.check") == "signed"


def test_an_instance_that_is_opened_is_what_those_who_acted_have(
    service: Service, url: str
) -> None:
    for number in range(5):
        service.do("x", report(str(number)), now=START + timedelta(days=number))
    opened = open_service(url)
    live, kept = opened.look("x"), service.look("x")
    assert live.instance == kept.instance
    assert live.timers == kept.timers
    opened.journal.close()


def test_a_key_makes_an_act_that_is_sent_again_one_act(
    service: Service, other: Service
) -> None:
    first = service.do("x", report("once"), now=START, key="k")
    again = other.do("x", report("once"), now=START, key="k")
    assert (again.repeated, again.first) == (True, first.first)
    assert [event for _, event in again.events] == [event for _, event in first.events]
    assert texts(service) == ["once"]


def test_a_refusal_that_is_sent_again_is_refused_again_and_recorded_once(
    service: Service, other: Service
) -> None:
    wrong = Do(node="check", move="sign", actor="甲")
    seqs = []
    for one in (service, other):
        with pytest.raises(ActRefused) as refused:
            one.do("x", wrong, now=START, key="k")
        seqs.append(refused.value.values["seq"])
    assert seqs[0] == seqs[1]


def test_an_instance_that_is_not_there_is_told(service: Service) -> None:
    with pytest.raises(UnknownInstance):
        service.look("nobody")
    with pytest.raises(UnknownInstance):
        service.do("nobody", SIGN, now=START)


def test_threads_may_share_a_service(service: Service) -> None:
    together = Barrier(4)

    def act(who: int) -> None:
        together.wait()
        for number in range(8):
            service.do("x", report(f"{who} {number}"), now=START)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(act, range(4)))
    assert sorted(texts(service)) == [
        f"{who} {n}" for who in range(4) for n in range(8)
    ]


def test_more_instances_than_are_kept_are_opened_again(
    service: Service, loaded: tuple[Plan, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "KEPT_MAX", 2)
    for number in range(4):
        service.start(*loaded, instance=f"i{number}", now=START)
    assert len(service.live) == 2
    for number in range(4):
        service.do(f"i{number}", report("again"), now=START)
        assert service.look(f"i{number}").instance.revision > 1
    assert len(service.live) == 2


class Overtaken(MemoryJournal):
    """Just before each append somebody else, who asks for no turn, appends."""

    overtake = False

    def append(self, batch: Batch) -> Receipt:
        head = self.head(batch.instance)
        if self.overtake and head is not None:
            draft = Draft(at=head.at, type="signalled", payload=SIGNALLED)
            more = replace(batch, expected=head.revision, drafts=[draft], facts=[])
            super().append(more)
        return super().append(batch)


SIGNALLED = {"name": "rain", "occurred": None, "note": None}


def test_one_that_always_comes_too_late_is_told_so(loaded: tuple[Plan, bytes]) -> None:
    journal = Overtaken()
    service = Service(
        journal, from_bundle, lambda one: payload_of(one, decode(one.body))
    )
    service.start(*loaded, instance="x", now=START)
    journal.overtake = True
    with pytest.raises(LostUpdate):
        service.do("x", report("slow"), now=START)
    journal.overtake = False
    service.do("x", report("at last"), now=START)
    assert texts(service) == ["at last"]


def test_repeated_acts_do_not_make_an_instance_heavier(service: Service) -> None:
    def facts() -> int:
        state = service.journal.state("x")
        assert state is not None
        return len(state.facts)

    service.do("x", report("first"), now=START)
    before = facts()
    for number in range(20):
        service.do("x", report(str(number)), now=START)
    assert facts() == before

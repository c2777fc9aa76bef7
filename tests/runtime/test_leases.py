"""A lease by a wrong clock ends when its holder has not been heard of for a lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from engine.journal.memory import MemoryJournal
from engine.ports import Batch, Draft, Journal, Request
from engine.runtime.leases import LEASE, LEASE_MAX, Strays
from engine.testing import START

KEY = "x/1/1"
FAR = START + timedelta(days=3652)


@dataclass
class Steady:
    """A clock that goes on when it is told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def journal() -> Journal:
    """One request is open."""
    journal = MemoryJournal()
    journal.put_plan("p1", b"plan")
    asked = Request(
        instance="x", key=KEY, seq=1, action="notify", node="n", parameters={}
    )
    draft = Draft(at=START, type="moved", payload={})
    journal.append(
        Batch(instance="x", expected=0, plan="p1", drafts=[draft], requests=[asked])
    )
    return journal


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def strays(journal: Journal, steady: Steady) -> Strays:
    return Strays(journal, False, LEASE, steady=steady)  # noqa: FBT003 -- a dataclass


def look(strays: Strays, steady: Steady, seconds: float, now: datetime) -> None:
    """Every second for so long; the wall clock stands, as one that is put right may."""
    end = steady.seconds + seconds
    while steady.seconds < end:
        strays.end(now)
        steady.seconds += 1


def is_free(journal: Journal, now: datetime = START) -> bool:
    (one,) = journal.queue()
    return one.ready is not None and one.ready <= now


def test_it_is_free_after_one_lease_of_the_looker(
    journal: Journal, strays: Strays, steady: Steady
) -> None:
    journal.claim(now=FAR, until=FAR + LEASE)
    look(strays, steady, LEASE.total_seconds(), START)
    assert not is_free(journal)
    look(strays, steady, LEASE.total_seconds() / 2, START)
    assert is_free(journal)


def test_whoever_renews_it_keeps_it(
    journal: Journal, strays: Strays, steady: Steady
) -> None:
    journal.claim(now=FAR, until=FAR + LEASE)
    for number in range(20):
        look(strays, steady, LEASE.total_seconds() / 2, START)
        assert journal.renew(KEY, 1, until=FAR + number * LEASE)
    assert not is_free(journal)


def test_one_that_is_taken_anew_is_another(
    journal: Journal, strays: Strays, steady: Steady
) -> None:
    journal.claim(now=FAR, until=FAR + LEASE)
    look(strays, steady, LEASE.total_seconds(), START)
    journal.claim(now=FAR + LEASE, until=FAR + 2 * LEASE)
    look(strays, steady, LEASE.total_seconds() / 2, START)
    assert not is_free(journal)


def test_a_clock_that_is_behind_interrupts_nobody_who_renews(
    journal: Journal, strays: Strays, steady: Steady
) -> None:
    journal.claim(now=START, until=START + LEASE)
    behind = START - timedelta(days=3652)
    for number in range(20):
        look(strays, steady, LEASE.total_seconds() / 3, behind)
        assert journal.renew(KEY, 1, until=START + number * LEASE)
    assert not is_free(journal)


@pytest.mark.parametrize("lease", [LEASE, LEASE_MAX])
def test_a_lease_that_may_be_is_left_to_its_end(
    journal: Journal, strays: Strays, steady: Steady, lease: timedelta
) -> None:
    journal.claim(now=START, until=START + lease)
    look(strays, steady, 10 * LEASE.total_seconds(), START)
    assert not is_free(journal)
    assert is_free(journal, START + lease)


def test_what_waits_for_its_time_or_for_somebody_waits(
    journal: Journal, strays: Strays, steady: Steady
) -> None:
    journal.claim(now=START, until=START + LEASE)
    for until in (FAR, None):
        journal.put_off(KEY, 1, until=until, trouble="busy", tries=1)
        look(strays, steady, 3 * LEASE.total_seconds(), START)
        assert not is_free(journal)

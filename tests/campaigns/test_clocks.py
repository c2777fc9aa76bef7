"""Clocks that step, and hosts whose clocks differ: no timer twice, no outcome twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from engine.bootstrap import open_service
from engine.cli.main import run
from engine.core.commands import Do
from engine.core.events import Missed, Moved
from engine.plan.library import load
from engine.runtime import firing
from engine.runtime.firing import Fired, Mass, Runner
from engine.runtime.requests import Lost, Recorded
from engine.runtime.worker import Worker
from engine.testing import START

from .actor import ASK, ERRAND
from .house import House, check_clock, opened, system_time, whole_second
from .plans import Course

HOUR = timedelta(hours=1)
TEN_YEARS = timedelta(days=3652)
APART = timedelta(minutes=5)
LEASE = timedelta(seconds=3)
STROKES = [f'"敲{number}"'.encode() for number in range(5)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Five strokes, an hour apart; the first is due now, and nothing is overdue."""
    start = whole_second(system_time())
    strokes = tuple(start + n * HOUR for n in range(5))
    course = Course(start=start, strokes=strokes, before=2 * HOUR)
    with opened(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, course, instances=1) as it:
        yield it


def ask(house: House, text: str, now: datetime) -> None:
    """Somebody asks for a call, by a clock that says ``now``."""
    service = open_service(house.url)
    with service.journal:
        act = Do(node=ERRAND, move=ASK, actor="甲", inputs={"text": text})
        done = service.do("x0", act, now=now)
    house.actor.told["x0", ASK, text] = next(
        seq for seq, one in done.events if getattr(one, "move", "") == ASK
    )


# -- a clock that steps


def test_a_clock_that_goes_back_fires_nothing_twice_and_holds_up_nothing(
    house: House,
) -> None:
    start = house.course.start
    house.work_at(start + 2 * HOUR)
    for text, now in (("1", start + HOUR), ("2", start - TEN_YEARS)):
        ask(house, text, now)
        assert house.work_at(now) == 1
    house.work_at(start + 5 * HOUR)
    house.check()
    with open_service(house.url).journal as journal:
        at = [entry.at for entry in journal.entries("x0")]
    assert at == sorted(at)
    assert (house.desk.again, house.mailbox.again) == (0, 0)


def test_a_clock_that_leaps_ten_years_asks_first_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "MASS", 50)
    start = whole_second(system_time())
    strokes = tuple(start + timedelta(seconds=n) for n in range(60))
    course = Course(start=start, strokes=strokes)
    with opened(
        f"sqlite:///{tmp_path / 'x.db'}", tmp_path, course, instances=1
    ) as house:
        service = open_service(house.url)
        with service.journal:
            runner, before = Runner(service), house.histories()
            found = runner.fire(start + TEN_YEARS)
            assert isinstance(found, Mass)
            assert found.count >= len(strokes)
            assert house.histories() == before
            # somebody has put the clock right
            assert isinstance(runner.fire(start + timedelta(seconds=9)), Fired)
            check_clock(house.histories()["x0"], course, start + timedelta(seconds=9))
            # or it is meant
            runner.fire(start + TEN_YEARS, anyway=True)
            check_clock(house.histories()["x0"], course, start + TEN_YEARS)


def taken_ahead(house: House) -> str:
    """The key of what a clock ten years ahead took before it was put right."""
    start = house.course.start
    ask(house, "1", start - HOUR)
    with open_service(house.url).journal as journal:
        ahead = start + TEN_YEARS
        (taken,) = journal.claim(now=ahead, until=ahead + HOUR, limit=100)
    return taken.request.key


def test_what_was_taken_by_a_clock_ten_years_ahead_is_taken_again_when_asked_for(
    house: House,
) -> None:
    start, key = house.course.start, taken_ahead(house)
    assert house.work_at(start + HOUR) == 2
    assert sorted(house.desk.accepted.values()) == STROKES[:2]
    assert run(["requests", "--db", house.url, "--retry", key]) == 0
    assert house.work_at(start + 5 * HOUR) == 4
    house.check()


# -- workers with clocks of their own


@dataclass(frozen=True, slots=True)
class Hired:
    """A worker of this process, and what it tells."""

    worker: Worker
    news: SimpleQueue[Any]


Hire = Callable[[Callable[[], datetime]], Hired]


@pytest.fixture
def hire(house: House) -> Iterator[Hire]:
    ends: list[Callable[[], None]] = []

    def hired(clock: Callable[[], datetime]) -> Hired:
        service = open_service(house.url)
        news: SimpleQueue[Any] = SimpleQueue()
        office = house.office(service)
        worker = Worker(office, clock, seats=1, lease=LEASE, tell=news.put)
        worker.start()
        ends.extend((worker.stop, service.journal.close))
        return Hired(worker, news)

    yield hired
    for end in ends:
        end()


def test_what_was_taken_by_a_clock_ten_years_ahead_is_free_after_a_lease(
    house: House, hire: Hire
) -> None:
    key = taken_ahead(house)
    began = time.monotonic()
    told = hire(system_time)
    recorded = told.news.get(timeout=60)
    assert isinstance(recorded, Recorded)
    assert recorded.task.request.key == key
    assert time.monotonic() - began >= LEASE.total_seconds()
    told.worker.stop()
    house.work_at(house.course.start + 5 * HOUR)
    house.check()
    assert house.desk.again == 0


def far_ahead_time() -> datetime:
    return system_time() + TEN_YEARS


def test_who_is_ten_years_ahead_and_lives_is_not_interrupted(
    house: House, hire: Hire
) -> None:
    ask(house, "1", house.course.start - HOUR)
    house.desk.open.clear()
    ahead = hire(far_ahead_time)
    house.wait(lambda: house.desk.seen.total() == 1)
    right = hire(system_time)
    time.sleep(3 * LEASE.total_seconds())
    house.desk.open.set()
    assert isinstance(ahead.news.get(timeout=60), Recorded)
    assert right.news.empty()
    assert house.desk.seen.total() == 1


# -- two hosts


def ahead_time() -> datetime:
    return system_time() + APART


def test_of_two_hosts_five_minutes_apart_one_records_what_both_have_begun(
    house: House, hire: Hire
) -> None:
    ask(house, "1", house.course.start - HOUR)
    house.desk.open.clear()
    behind = hire(system_time)
    house.wait(lambda: house.desk.seen.total() == 1)
    # by its own clock the lease of the other has ended long ago
    ahead = hire(ahead_time)
    house.wait(lambda: house.desk.seen.total() == 2)
    assert isinstance(behind.news.get(timeout=60), Lost)
    house.desk.open.set()
    assert isinstance(ahead.news.get(timeout=60), Recorded)
    for one in (behind, ahead):
        one.worker.stop()
    house.work_at(house.course.start + 5 * HOUR)
    house.check()
    assert house.desk.again == 1


def test_who_is_behind_takes_over_from_a_host_that_died_by_its_own_clock(
    house: House,
) -> None:
    now = house.course.start - HOUR
    ask(house, "1", now)
    with open_service(house.url).journal as journal:
        taken = journal.claim(now=now + APART, until=now + APART + LEASE)
        assert len(taken) == 1
    assert house.work_at(now + APART) == 0
    assert house.work_at(now + APART + LEASE) == 1
    house.work_at(house.course.start + 5 * HOUR)
    house.check()


# -- a runner that was away

MISSED = """
plan: test/missed
title: Missed
zone: Asia/Shanghai
calendar: weekdays
window: {from: 2009-04-01, to: 2009-12-31}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: s
  links:
  - id: l
    owner: 甲
    do:
    - {id: all_of_them, kind: span, recurs: {every: 1 days, at: 09:00}}
    - {id: last_one, kind: span, recurs: {every: 1 days, at: 09:00, missed: last}}
    - {id: not_one, kind: span, recurs: {every: 1 days, at: 09:00, missed: none}}
"""


def test_a_runner_that_was_away_for_three_days_does_as_the_plan_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "plan.yaml").write_text(MISSED, encoding="utf-8")
    plan, bundle = load(tmp_path / "plan.yaml")
    service = open_service(f"sqlite:///{tmp_path / 'x.db'}")
    with service.journal as journal:
        service.start(plan, bundle, instance="x", now=START)
        Runner(service).fire(START + timedelta(days=2, hours=12))
        events = [service.decode(one)[0] for one in journal.entries("x")]
    fired = [
        (one.node, one.due) for one in events if isinstance(one, Moved) and one.due
    ]
    left = {one.node: one.count for one in events if isinstance(one, Missed)}
    nines = [f"2009-04-{day}T01:00:00Z" for day in (11, 12, 13)]
    assert [due for node, due in fired if node == "s.l.all_of_them"] == nines
    assert [due for node, due in fired if node == "s.l.last_one"] == nines[-1:]
    assert [due for node, due in fired if node == "s.l.not_one"] == []
    assert left == {"s.l.last_one": 2, "s.l.not_one": 3}

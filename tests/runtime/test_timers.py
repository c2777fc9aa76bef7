"""The alarm clock rings when something is due, and nothing keeps it from ringing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue

import pytest

from engine.bootstrap import open_service
from engine.errors import Unavailable
from engine.journal.sqlite import SqliteJournal
from engine.plan.graph import Plan
from engine.plan.library import load
from engine.ports import Timer
from engine.runtime import firing, timers
from engine.runtime.firing import Fired, Mass, Runner
from engine.runtime.service import Service
from engine.runtime.timers import AlarmClock, Away, News, Sped
from engine.testing import DAILY, START

NINE = timedelta(hours=1)
"""09:00 in Shanghai, after midnight UTC."""
PATIENCE = 8
"""Seconds after which a test gives up; the clock's own minute is never waited for."""


class Hand:
    """A clock that is turned by hand."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def asleep_till_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its safety net is no help to a test unless the test says so."""
    monkeypatch.setattr(timers, "LOOK_EVERY", timedelta(hours=1))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def service(file: Path) -> Iterator[Service]:
    service = open_service(f"sqlite:///{file}")
    yield service
    service.journal.close()


@pytest.fixture
def loaded(tmp_path: Path) -> tuple[Plan, bytes]:
    plan = tmp_path / "plan.yaml"
    plan.write_text(DAILY, encoding="utf-8")
    return load(plan)


@pytest.fixture
def heard() -> Queue[News]:
    return Queue()


def fired(service: Service, name: str) -> list[str]:
    """The due times of what fired, in the order of the history."""
    events = [service.decode(one)[0] for one in service.journal.entries(name)]
    return [one.due for one in events if getattr(one, "move", "") == "announce"]


def nines(days: int) -> list[str]:
    moments = [START + NINE + timedelta(days=day) for day in range(days)]
    return [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in moments]


def next_of(heard: Queue[News], kind: type[News]) -> News:
    news = heard.get(timeout=PATIENCE)
    assert isinstance(news, kind)
    return news


def test_what_is_overdue_fires_at_start_up(
    service: Service, loaded: tuple[Plan, bytes], heard: Queue[News]
) -> None:
    service.start(*loaded, instance="x", now=START)
    clock = Hand(START + timedelta(days=3))
    with AlarmClock(Runner(service), clock, tell=heard.put):
        next_of(heard, Fired)
    assert fired(service, "x") == nines(3)


def test_it_looks_when_it_is_woken(
    service: Service, loaded: tuple[Plan, bytes], heard: Queue[News]
) -> None:
    service.start(*loaded, instance="x", now=START)
    clock = Hand(START + NINE)
    with AlarmClock(Runner(service), clock, tell=heard.put) as alarm:
        next_of(heard, Fired)
        clock.now += timedelta(days=1)
        alarm.wake()
        next_of(heard, Fired)
    assert fired(service, "x") == nines(2)


def test_it_wakes_by_itself_when_the_next_timer_is_due(
    service: Service, loaded: tuple[Plan, bytes], heard: Queue[News]
) -> None:
    service.start(*loaded, instance="x", now=START)
    # the first is due in a second of this clock, which is not sped up
    clock = Sped(START + NINE - timedelta(seconds=1), factor=1)
    with AlarmClock(Runner(service), clock, tell=heard.put):
        next_of(heard, Fired)
    assert fired(service, "x") == nines(1)


def test_on_a_sped_clock_days_pass_in_no_time_and_each_timer_at_its_moment(
    service: Service, loaded: tuple[Plan, bytes], heard: Queue[News]
) -> None:
    service.start(*loaded, instance="x", now=START, simulated=True)
    runner = Runner(service, simulated=True)
    with AlarmClock(runner, Sped(START, factor=100_000), tell=heard.put):
        while len(fired(service, "x")) < 10:
            next_of(heard, Fired)
    told = fired(service, "x")
    assert told == nines(len(told))
    for entry in service.journal.entries("x"):
        event, at = service.decode(entry)
        due = getattr(event, "due", None)
        assert due is None or due == f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_a_look_now_and_then_finds_what_another_process_has_started(
    service: Service,
    loaded: tuple[Plan, bytes],
    heard: Queue[News],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timers, "LOOK_EVERY", timedelta(milliseconds=50))
    other = open_service(f"sqlite:///{service.journal.path}")  # type: ignore[attr-defined]
    with AlarmClock(Runner(service), Hand(START + NINE), tell=heard.put):
        other.start(*loaded, instance="x", now=START)
        next_of(heard, Fired)
    assert fired(other, "x") == nines(1)
    other.journal.close()


def test_a_wall_clock_that_steps_back_does_not_put_it_to_sleep(
    service: Service, loaded: tuple[Plan, bytes], heard: Queue[News]
) -> None:
    service.start(*loaded, instance="x", now=START)
    clock = Hand(START + NINE)
    with AlarmClock(Runner(service), clock, tell=heard.put) as alarm:
        next_of(heard, Fired)
        while alarm._is_looking:
            time.sleep(0.001)
        clock.now += timedelta(days=1)
        # its next look was noted by a wall clock that stood ten years further
        then = datetime.now(UTC) + timedelta(days=3_650)
        alarm._scheduler.modify_job(timers.LOOK, next_run_time=then)
        next_of(heard, Fired)
    assert fired(service, "x") == nines(2)


def test_a_mass_of_timers_waits_for_an_answer(
    service: Service,
    loaded: tuple[Plan, bytes],
    heard: Queue[News],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(firing, "MASS", 2)
    names = ["a", "b", "c"]
    for name in names:
        service.start(*loaded, instance=name, now=START)
    clock = Hand(START + timedelta(days=5))
    with AlarmClock(Runner(service, limit=1), clock, tell=heard.put) as alarm:
        mass = next_of(heard, Mass)
        assert alarm.asks == mass
        assert [fired(service, name) for name in names] == [[], [], []]
        alarm.go_on()
        for _ in names:
            next_of(heard, Fired)
        assert alarm.asks is None
    assert [fired(service, name) for name in names] == [nines(5)] * 3


def test_who_was_told_that_there_is_more_is_told_when_there_is_no_more(
    file: Path, service: Service, loaded: tuple[Plan, bytes], heard: Queue[News]
) -> None:
    for name in ("a", "b", "c"):
        service.start(*loaded, instance=name, now=START)
    other = Runner(open_service(f"sqlite:///{file}"))

    def tell(news: News) -> None:
        other.fire(START + NINE)  # another is faster with what is left
        heard.put(news)

    with AlarmClock(Runner(service, limit=2), Hand(START + NINE), tell=tell):
        first, last = next_of(heard, Fired), next_of(heard, Fired)
    assert isinstance(first, Fired)
    assert (len(first.results), first.is_more) == (2, True)
    assert last == Fired()
    other.service.journal.close()


class Shaken(SqliteJournal):
    """A real journal whose database is away for a while when due timers are asked."""

    def __init__(self, file: Path, times: int) -> None:
        super().__init__(file)
        self.times = times

    def due(
        self, *, until: datetime, limit: int = 100, is_latest_first: bool = False
    ) -> list[Timer]:
        if self.times:
            self.times -= 1
            raise Unavailable(detail="away")
        found = super().due(until=until, limit=limit, is_latest_first=is_latest_first)
        return list(found)


def test_it_outlives_a_database_that_is_away_and_says_so(
    file: Path,
    service: Service,
    loaded: tuple[Plan, bytes],
    heard: Queue[News],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timers, "FIRST_PAUSE", timedelta(milliseconds=10))
    service.start(*loaded, instance="x", now=START)
    service.journal.close()
    service.journal = Shaken(file, times=3)
    with AlarmClock(Runner(service), Hand(START + NINE), tell=heard.put):
        pauses = []
        for tries in (1, 2, 3):
            news = next_of(heard, Away)
            assert isinstance(news, Away)
            assert news.tries == tries
            pauses.append(news.pause)
        next_of(heard, Fired)
    assert pauses == [timedelta(milliseconds=ms) for ms in (10, 20, 40)]
    assert fired(service, "x") == nines(1)


def test_a_damaged_instance_is_told_and_the_clock_goes_on(
    file: Path, loaded: tuple[Plan, bytes], heard: Queue[News], service: Service
) -> None:
    for name in ("a", "b"):
        service.start(*loaded, instance=name, now=START)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE fact SET value = '{' WHERE instance = 'a'")
    connection.close()
    fresh = open_service(f"sqlite:///{file}")
    clock = Hand(START + NINE)
    with AlarmClock(Runner(fresh), clock, tell=heard.put) as alarm:
        news = next_of(heard, Fired)
        assert isinstance(news, Fired)
        assert [one.instance for one in news.aside] == ["a"]
        clock.now += timedelta(days=1)
        alarm.wake()
        next_of(heard, Fired)
    assert fired(fresh, "b") == nines(2)
    fresh.journal.close()


@pytest.mark.parametrize("act", [AlarmClock.stop, AlarmClock.wake, AlarmClock.go_on])
def test_after_its_end_nothing_moves_it_any_more(
    service: Service,
    loaded: tuple[Plan, bytes],
    heard: Queue[News],
    act: Callable[[AlarmClock], None],
) -> None:
    service.start(*loaded, instance="x", now=START)
    clock = Hand(START + NINE)
    with AlarmClock(Runner(service), clock, tell=heard.put) as alarm:
        next_of(heard, Fired)
    clock.now += timedelta(days=1)
    act(alarm)
    assert heard.empty()
    assert fired(service, "x") == nines(1)

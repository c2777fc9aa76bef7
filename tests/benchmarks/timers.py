"""Timers: a look at a million that sleep, and firing those that are due.

Prints figures and ratios, never a verdict. The look is what the alarm clock does while
nothing is due: ask for what is due, then when to look again. What is due is fired end
to end, history and state included, in turns with APScheduler 3 and its own store on
the same disk: its scheduler takes as many date jobs, each calling a function that does
nothing (in the scheduler's own thread, which is the fastest), and takes each out of the
store, synchronous=FULL. Its store is measured as it comes (rollback journal) and in a
file that was put into WAL mode before.

    python tests/benchmarks/timers.py [sleeping] [due] [rounds]
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event

from apscheduler.events import EVENT_JOB_REMOVED
from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from engine.bootstrap import open_service
from engine.journal.codec import microseconds
from engine.journal.sqlite import FULL
from engine.plan.library import load
from engine.runtime.firing import Fired, Runner
from engine.runtime.keeping import keep_plans
from engine.runtime.service import Service
from engine.testing import DAILY

START = datetime(2009, 4, 11, tzinfo=UTC)
LOOKS = 2_000
FEW = 10_000
"""Sleeping timers that a look at all of them is compared with."""
SLEEPING = "INSERT INTO timer (instance, node, move, due) VALUES (?, 's', 'miss', ?)"


class Ours:
    """Instances that announce something every day at nine."""

    def __init__(self, folder: Path, count: int) -> None:
        file = folder / "plan.yaml"
        file.write_text(DAILY, encoding="utf-8")
        plan, bundle = load(file)
        url = f"sqlite:///{folder / 'ours.db'}"
        service = open_service(url)
        for number in range(count):
            service.start(plan, bundle, instance=f"x{number}", now=START)
        service.journal.close()
        self.service, self.now = open_service(url), START
        keep_plans(self.service)

    def fire(self) -> float:
        """Seconds until everything that is due at the next nine is recorded."""
        before = entries_of(self.service)
        self.now += timedelta(days=1)
        runner = Runner(self.service)
        began = time.perf_counter()
        while drained(runner, self.now):
            pass
        took = time.perf_counter() - began
        heads = self.service.journal.heads()
        assert entries_of(self.service) == before + len(heads)
        return took


def drained(runner: Runner, now: datetime) -> bool:
    """One pass; whether there is more to do."""
    found = runner.fire(now)
    assert isinstance(found, Fired)
    assert not found.aside
    return found.is_more


def entries_of(service: Service) -> int:
    return sum(head.revision for head in service.journal.heads())


def nothing() -> None:
    """What each job does."""


class Theirs:
    """APScheduler with its SQLAlchemy store in a file."""

    def __init__(self, file: Path, count: int, *, mode: str) -> None:
        self.file, self.count = file, count
        with closing(sqlite3.connect(file)) as connection:
            (found,) = connection.execute(f"PRAGMA journal_mode={mode}").fetchone()
        assert found == mode

    def fire(self) -> float:
        """Seconds until as many jobs have run and left the store."""
        store = SQLAlchemyJobStore(url=f"sqlite:///{self.file}")
        scheduler = BackgroundScheduler(
            jobstores={"default": store},
            executors={"default": DebugExecutor()},
            timezone=UTC,
        )
        scheduler.start(paused=True)
        with store.engine.connect() as connection:
            level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        assert level == FULL
        for _ in range(self.count):
            scheduler.add_job(
                nothing,
                "date",
                run_date=datetime.now(UTC),
                misfire_grace_time=None,
            )
        removed, all_removed = count(1), Event()

        def hear(_: object) -> None:
            if next(removed) == self.count:
                all_removed.set()

        scheduler.add_listener(hear, EVENT_JOB_REMOVED)
        began = time.perf_counter()
        scheduler.resume()
        all_removed.wait()
        took = time.perf_counter() - began
        assert scheduler.get_jobs() == []
        scheduler.shutdown()
        return took


def look(service: Service, looks: int) -> float:
    """Microseconds of a look at timers of which none is due, median of many."""
    runner = Runner(service)
    times: list[float] = []
    for _ in range(looks):
        began = time.perf_counter()
        found = runner.fire(START)
        until = runner.next_due(START, horizon=START + timedelta(minutes=1))
        times.append(time.perf_counter() - began)
        assert found == Fired()
        assert until == START + timedelta(minutes=1)
    return statistics.median(times) * 1e6


def put_to_sleep(file: Path, numbers: range) -> None:
    """Timers of so many instances, a second apart, none before tomorrow."""
    tomorrow = microseconds(START + timedelta(days=1))
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            SLEEPING, ((f"x{n}", tomorrow + n * 1_000_000) for n in numbers)
        )


def asleep(folder: Path, sleeping: int) -> None:
    """What a look costs while few and while many sleep."""
    file = folder / "asleep.db"
    service = open_service(f"sqlite:///{file}")
    put_to_sleep(file, range(FEW))
    few = look(service, LOOKS)
    put_to_sleep(file, range(FEW, sleeping))
    many = look(service, LOOKS)
    service.journal.close()
    print(f"a look at {sleeping:,} sleeping timers: {many:.0f} µs")
    print(f"against a look at {FEW:,}: {many / few:.2f}")


def against(what: str, theirs: list[float], ours: list[float]) -> None:
    ratios = [one / other for one, other in zip(theirs, ours, strict=True)]
    least, most = min(ratios), max(ratios)
    print(f"{what}: {statistics.median(ratios):.1f} [{least:.1f}..{most:.1f}]")


def fired(folder: Path, due: int, rounds: int) -> None:
    """Due timers fired by us and by APScheduler, in turns."""
    ours = Ours(folder, due)
    shipped = Theirs(folder / "shipped.db", due, mode="delete")
    logged = Theirs(folder / "logged.db", due, mode="wal")
    ours.fire()
    took = [(ours.fire(), shipped.fire(), logged.fire()) for _ in range(rounds)]
    ours.service.journal.close()
    mine, as_shipped, with_log = (list(one) for one in zip(*took, strict=True))
    each = statistics.median(mine) / due * 1e6
    print(f"a due timer with its history and state: {each:.0f} µs, {1e6 / each:.0f}/s")
    against("faster than APScheduler's store as it comes", as_shipped, mine)
    against("faster than APScheduler's store in WAL mode", with_log, mine)


def main(sleeping: int, due: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asleep(Path(folder), sleeping)
        fired(Path(folder), due, rounds)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*given, *(1_000_000, 1_000, 5)[len(given) :])

"""``plangate worker``: plans move by themselves and what they ask is done."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from engine import words
from engine.cli.command import Session, as_json, command
from engine.errors import Unavailable
from engine.runtime.leases import LEASE, LEASE_MAX

if TYPE_CHECKING:
    from engine.audit.signing.sealing import Sealer
    from engine.cli.news import Newsreader
    from engine.runtime.service import Service
    from engine.runtime.timers import AlarmClock
    from engine.runtime.worker import Worker

SPEED: Final = 1_000
SPEED_MAX: Final = 10_000_000
SEATS_MAX: Final = 64
CLOCKS: Final = ("system", "simulated")
ENDS: Final = (signal.SIGINT, signal.SIGTERM)
LOOK_EVERY: Final = 1.0
"""Seconds after which a signal is looked for that did not end the waiting."""

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a worker is to work: the options of its command."""

    clock: str
    speed: int
    seats: int
    lease: int
    anyway: bool
    send: bool
    is_json: bool
    key: Path | None
    note: Path | None

    @property
    def is_simulated(self) -> bool:
        return self.clock == "simulated"


def options(function: Function) -> Function:
    """What ``worker`` and ``serve`` are told."""
    for option in (
        as_json,
        click.option(
            "--checkpoint",
            "note",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="seal.opt_note",
        ),
        click.option(
            "--key",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="seal.opt_key_worker",
        ),
        click.option("--send", is_flag=True, help="cli.opt_send"),
        click.option("--anyway", is_flag=True, help="cli.opt_mass"),
        click.option(
            "--lease",
            type=click.IntRange(1, int(LEASE_MAX.total_seconds())),
            default=int(LEASE.total_seconds()),
            metavar="SECONDS",
            help="cli.opt_lease",
        ),
        click.option(
            "--seats",
            type=click.IntRange(1, SEATS_MAX),
            default=4,
            metavar="N",
            help="cli.opt_seats",
        ),
        click.option(
            "--speed",
            type=click.IntRange(1, SPEED_MAX),
            default=SPEED,
            metavar="FACTOR",
            help="cli.opt_speed",
        ),
        click.option(
            "--clock",
            type=click.Choice(CLOCKS),
            default="system",
            help="cli.opt_which_clock",
        ),
    ):
        function = option(function)
    return function


@command("worker", database=True)
@options
def run(session: Session, **given: Any) -> None:
    """Any number of them may share a database: each timer fires once."""
    keep(session, Wanted(**given))


def keep(session: Session, wanted: Wanted) -> None:
    """The clock and the actions of a database, until a signal ends them."""
    from engine.cli.news import Newsreader
    from engine.runtime.firing import Mass

    if wanted.note is not None and wanted.key is None:
        raise click.UsageError(session.say("seal.note_needs_key"))
    words.keep_ready()
    service = session.service()
    # a signal may come while the queue is being written to: this one bears it
    news: SimpleQueue[Any] = SimpleQueue()
    alarm, worker = _hired(service, wanted, news)
    reader = Newsreader(
        session,
        service,
        is_json=wanted.is_json,
        due=lambda: alarm.runner.due_instances(alarm.clock()),
    )
    beside = _beside(service, wanted, news)
    with _until_signalled(news, worker) as end, beside, worker, alarm:
        if wanted.anyway:
            alarm.go_on()
        session.warn(session.say("cli.worker_started"))
        while (one := _next(news)) is not None:
            _hear(one, alarm, worker)
            _tell(reader, one)
            if isinstance(one, Mass):
                _ask(session, alarm, end)
    while not news.empty():
        if (one := news.get()) is not None:
            _tell(reader, one)
    session.warn(session.say("cli.worker_stopped"))


def _hired(
    service: Service, wanted: Wanted, news: SimpleQueue[Any]
) -> tuple[AlarmClock, Worker]:
    """Who fires what is due, and who does what is asked, by one clock."""
    from engine.bootstrap import open_office, system_time
    from engine.runtime.firing import Runner
    from engine.runtime.keeping import keep_plans
    from engine.runtime.timers import AlarmClock, Sped
    from engine.runtime.worker import Worker

    keep_plans(service)
    clock: Callable[[], datetime] = system_time
    simulated, rate = wanted.is_simulated, 1
    if simulated:
        rate = wanted.speed
        clock = Sped(_beginning(service) or system_time(), rate)
    office = open_office(service, is_dry=simulated and not wanted.send, rate=rate)
    worker = Worker(
        office,
        clock,
        simulated=simulated,
        seats=wanted.seats,
        lease=timedelta(seconds=wanted.lease),
        tell=news.put,
    )
    runner = Runner(service, simulated=simulated)
    return AlarmClock(runner, clock, tell=news.put), worker


@contextmanager
def _beside(service: Service, wanted: Wanted, news: SimpleQueue[Any]) -> Iterator[None]:
    """Who keeps the history: snapshots of it, its places, seals and signatures."""
    from engine.audit.past.keeper import Keeper

    with Keeper(service.journal), _sealer(service, wanted, news):
        yield


def _sealer(service: Service, wanted: Wanted, news: SimpleQueue[Any]) -> Sealer:
    """Who numbers, seals and signs, by the clock of the world."""
    from engine.audit.signing.sealing import Sealer
    from engine.bootstrap import system_time

    return Sealer(
        service.journal, system_time, key=wanted.key, note=wanted.note, tell=news.put
    )


def _next(news: SimpleQueue[Any]) -> Any:
    """What comes next, the end among it.

    A signal that comes a moment before the waiting begins, or to another thread, does
    not end it: Python would run its handler when something else had.
    """
    while True:
        try:
            return news.get(timeout=LOOK_EVERY)
        except Empty:
            continue


def _hear(news: Any, alarm: AlarmClock, worker: Worker) -> None:
    """What one of the two did may be work for the other."""
    from engine.runtime.firing import Fired
    from engine.runtime.requests import Recorded

    if isinstance(news, (Fired, Recorded)):
        worker.wake()
    if isinstance(news, Recorded):
        alarm.wake()


def _tell(reader: Newsreader, news: Any) -> None:
    """What cannot be told while the database is away stands in the history."""
    from engine.runtime.shortage import shortage_of

    try:
        reader.tell(news)
    except (Unavailable, OSError, MemoryError) as wrong:
        away = shortage_of(wrong) or wrong
        if not isinstance(away, Unavailable):
            raise
        reader.session.warn(away.say(reader.session.language))


def _ask(session: Session, alarm: AlarmClock, end: _End) -> None:
    """Whether the mass that was told is to happen; the end may come meanwhile."""
    if not sys.stdin.isatty():
        session.warn(session.say("cli.worker_anyway"))
        return
    end.is_asking = True
    try:
        if click.confirm(session.say("cli.worker_ask"), err=True):
            alarm.go_on()
    except click.Abort:
        end.news.put(None)
    finally:
        end.is_asking = False


def _beginning(service: Service) -> datetime | None:
    """Where simulated time stands: at the instance that is furthest behind."""
    heads = service.journal.heads()
    return min((one.at for one in heads if one.simulated), default=None)


@dataclass(slots=True)
class _End:
    """The end is asked for by Ctrl-C or by the system: what is at hand is finished.

    A second time it is not: what runs is given back to whoever comes next.
    """

    news: SimpleQueue[Any]
    worker: Worker
    asked: int = 0
    is_asking: bool = False
    """A question stands on the terminal: nothing but an error ends that."""

    def __call__(self, *_: object) -> None:
        self.asked += 1
        if self.asked > 1:
            self.worker.hurry()
        if self.is_asking:
            raise KeyboardInterrupt
        self.news.put(None)


@contextmanager
def _until_signalled(news: SimpleQueue[Any], worker: Worker) -> Iterator[_End]:
    end = _End(news, worker)
    former = {one: signal.signal(one, end) for one in ENDS}
    try:
        yield end
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)

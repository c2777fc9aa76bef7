"""``plangate worker``: plans move by themselves, until it is stopped."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli.command import Session, as_json, command

if TYPE_CHECKING:
    from engine.runtime.firing import Aside, Fired, Mass
    from engine.runtime.service import Service
    from engine.runtime.timers import AlarmClock, Away

FACTOR_MAX: Final = 10_000_000
ENDS: Final = (signal.SIGINT, signal.SIGTERM)


@command("worker", database=True)
@click.option(
    "--simulated",
    "factor",
    type=click.IntRange(1, FACTOR_MAX),
    metavar="FACTOR",
    help="cli.opt_simulated",
)
@click.option("--anyway", is_flag=True, help="cli.opt_mass")
@as_json
def run(session: Session, *, factor: int | None, anyway: bool, is_json: bool) -> None:
    """Any number of them may share a database: each timer fires once."""
    from engine.bootstrap import system_time
    from engine.runtime.firing import Runner
    from engine.runtime.timers import AlarmClock, Sped

    service = session.service()
    clock: Callable[[], datetime] = system_time
    if factor is not None:
        clock = Sped(_beginning(service) or system_time(), factor)
    # a signal may come while the queue is being written to: this one bears it
    news: SimpleQueue[Any] = SimpleQueue()
    runner = Runner(service, simulated=factor is not None)
    with _until_signalled(news), AlarmClock(runner, clock, tell=news.put) as alarm:
        if anyway:
            alarm.go_on()
        session.warn(session.say("cli.worker_started"))
        teller = _Teller(session, service, alarm, is_json=is_json)
        while (one := news.get()) is not None:
            teller.tell(one)
    session.warn(session.say("cli.worker_stopped"))


def _beginning(service: Service) -> datetime | None:
    """Where simulated time stands: at the instance that is furthest behind."""
    heads = service.journal.heads()
    return min((one.at for one in heads if one.simulated), default=None)


@contextmanager
def _until_signalled(news: SimpleQueue[Any]) -> Iterator[None]:
    """The end is asked for by Ctrl-C or by the system: what is at hand is finished."""
    former = {one: signal.signal(one, lambda *_: news.put(None)) for one in ENDS}
    try:
        yield
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)


class _Teller:
    """What the alarm clock reports, in words or as a line of JSON each."""

    def __init__(
        self, session: Session, service: Service, alarm: AlarmClock, *, is_json: bool
    ) -> None:
        self.session, self.service, self.alarm = session, service, alarm
        self.is_json = is_json
        self.warned: dict[str, int] = {}

    def tell(self, news: Fired | Mass | Away) -> None:
        from engine.runtime.firing import Fired, Mass

        match news:
            case Fired():
                self.fired(news)
            case Mass():
                self.mass(news)
            case _:
                self.away(news)

    def fired(self, news: Fired) -> None:
        from engine.cli.telling import Told

        for result in news.results:
            told = Told(self.session, self.service.look(result.instance).plan)
            if self.is_json:
                line = told.json((), result)
                self.session.print(json.dumps(line, ensure_ascii=False))
            else:
                self.session.print(f"{result.instance}  {result.at:%Y-%m-%d %H:%M}Z")
                told.print((), result)
        for aside in news.aside:
            self.aside(aside)

    def aside(self, news: Aside) -> None:
        if self.warned.get(news.instance) == news.tries:
            return
        self.warned[news.instance] = news.tries
        trouble = news.trouble
        speaks = getattr(trouble, "say", None)
        why = speaks(self.session.language) if speaks else repr(trouble)
        told = self.session.say(
            "cli.worker_aside", instance=news.instance, why=why, until=_told(news.until)
        )
        self.session.warn(told)

    def mass(self, news: Mass) -> None:
        count, since, until = news.count, _told(news.earliest), _told(news.latest)
        told = self.session.say(
            "cli.worker_mass", count=count, earliest=since, latest=until
        )
        self.session.warn(told)
        if not sys.stdin.isatty():
            self.session.warn(self.session.say("cli.worker_anyway"))
        elif click.confirm(self.session.say("cli.worker_ask"), err=True):
            self.alarm.go_on()

    def away(self, news: Away) -> None:
        told = self.session.say(
            "cli.worker_away",
            why=news.trouble.say(self.session.language),
            seconds=int(news.pause.total_seconds()),
        )
        self.session.warn(told)


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"

"""``plangate tick``: everything that is due happens."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli.command import Session, as_json, command
from engine.cli.moment import brought_to, clock, moment_at

if TYPE_CHECKING:
    from engine.runtime.service import Result, Service

DUE_MAX: Final = 100_000
"""Timers looked at in one go."""
LAST_ZONE: Final = timezone(timedelta(hours=-12))
"""Where a day ends last: a time without a zone is at the latest then."""


@command("tick", database=True)
@click.argument("instance", required=False)
@clock
@as_json
def run(
    session: Session, *, instance: str | None, clock: str | None, is_json: bool
) -> None:
    """Of one instance, or of all that have something due."""
    from engine.cli.telling import Told

    service = session.service()
    names = [instance] if instance is not None else _due(service, clock)
    happened: list[Any] = []
    for name in names:
        told = Told(session, service.look(name).plan)
        before, result = _ticked(service, name, clock)
        if not (before or result.events):
            continue
        happened.append(told.json(before, result))
        if not is_json:
            session.print(name)
            told.print(before, result)
    if is_json:
        session.print_json({"ticked": happened})
    elif not happened:
        session.print(session.say("cli.nothing_due"))


def _due(service: Service, clock: str | None) -> list[str]:
    """Instances with a timer due by now; or simulated ones, by a given time.

    A simulated instance stands at its own time until somebody turns its clock.
    """
    from engine.bootstrap import system_time

    until = moment_at(clock, LAST_ZONE, "--clock") or system_time()
    heads = {one.instance: one for one in service.journal.heads()}
    due = service.journal.due(until=until, limit=DUE_MAX)
    return [
        name
        for name in dict.fromkeys(timer.instance for timer in due)
        if heads[name].simulated == (clock is not None) and heads[name].at <= until
    ]


def _ticked(
    service: Service, name: str, clock: str | None
) -> tuple[list[Result], Result]:
    now, before = brought_to(service, name, clock)
    return before, service.tick(name, now=now)

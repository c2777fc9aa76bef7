"""``plangate signal``: something happened outside the plan, and is recorded."""

from __future__ import annotations

import click

from engine.cli.command import Session, as_json, command
from engine.cli.moment import brought_to, clock, moment_at, occurred


@command("signal", database=True)
@click.argument("instance")
@click.argument("name")
@click.option("--as", "who", required=True, metavar="WHO", help="cli.opt_as")
@click.option("--note", metavar="TEXT", help="cli.opt_note")
@occurred
@clock
@as_json
def run(
    session: Session,
    *,
    instance: str,
    name: str,
    who: str,
    note: str | None,
    occurred: str | None,
    clock: str | None,
    is_json: bool,
) -> None:
    """Gates may wait for it: what it opens is told."""
    from engine.cli.telling import Told
    from engine.core.commands import Signal
    from engine.core.events import Signalled

    service = session.service()
    plan = service.look(instance).plan
    when = moment_at(occurred, plan.zone, "--occurred")
    now, before = brought_to(service, instance, clock)
    result = service.signal(
        instance, Signal(name=name, actor=who, occurred=when, note=note), now=now
    )
    told = Told(session, plan, asked=Signalled)
    if is_json:
        session.print_json(told.json(before, result))
    else:
        told.print(before, result)

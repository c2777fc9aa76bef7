"""``plangate start``: an instance of a plan begins."""

from __future__ import annotations

from typing import Final

import click

from engine.cli.command import Session, as_json, command, language_of
from engine.cli.moment import clock, moment_at
from engine.errors import InstanceExists
from engine.words import say

ID_CHARACTERS_MAX: Final = 100


def _instance(ctx: click.Context, _: click.Parameter, value: str) -> str:
    fits = 0 < len(value) <= ID_CHARACTERS_MAX and value.isprintable()
    if fits and value.strip() == value:
        return value
    most = ID_CHARACTERS_MAX
    raise click.BadParameter(say("cli.bad_id", language_of(ctx), most=most))


@command("start", database=True)
@click.argument("plan")
@click.option(
    "--id",
    "instance",
    required=True,
    metavar="ID",
    callback=_instance,
    help="cli.opt_id",
)
@click.option("--by", metavar="WHO", help="cli.opt_by")
@clock
@as_json
def run(
    session: Session,
    *,
    plan: str,
    instance: str,
    by: str | None,
    clock: str | None,
    is_json: bool,
) -> None:
    """Pins an instance to the plan as it is now, and lets begin what can."""
    from engine.bootstrap import system_time
    from engine.cli.telling import Told
    from engine.core.events import Started
    from engine.plan.library import load_to_run

    found, bundle = load_to_run(plan)
    now = moment_at(clock, found.zone, "--clock")
    service = session.service(create=True)
    if service.journal.head(instance) is not None:
        raise InstanceExists(instance=instance)
    result = service.start(
        found,
        bundle,
        instance=instance,
        now=now or system_time(),
        by=by,
        simulated=clock is not None,
    )
    told = Told(session, found, asked=Started)
    if is_json:
        pinned = {"plan": found.digest, "simulated": clock is not None}
        session.print_json(told.json((), result) | pinned)
        return
    told.print((), result)
    session.print(session.say("cli.started", instance=instance, db=session.option()))

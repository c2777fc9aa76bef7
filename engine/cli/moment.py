"""When an act happens: by the one clock, or by a simulated one that is turned by hand.

An instance that was started with ``--clock`` is simulated for ever, and its entries
say so; all others run in earnest and take no clock.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Final

import click

from engine.errors import BadInput, WrongClock
from engine.plan.readers import read_datetime
from engine.plan.values import ValueReadError

if TYPE_CHECKING:
    from engine.runtime.service import Live, Result, Service

clock: Final = click.option("--clock", metavar="TIME", help="cli.opt_clock")
occurred: Final = click.option("--occurred", metavar="TIME", help="cli.opt_occurred")


def moment_at(text: str | None, zone: tzinfo, option: str) -> datetime | None:
    """A time typed after an option; raises BadInput with what to write."""
    if text is None:
        return None
    try:
        return read_datetime(text, zone)
    except ValueReadError as wrong:
        what = {"zh": wrong.say("zh"), "en": wrong.say("en")}
        raise BadInput(node="plangate", move=option, what=what) from None


def now_of(live: Live, clock: str | None) -> datetime:
    """The moment of an act on an instance; raises WrongClock."""
    from engine.bootstrap import system_time

    instance = live.instance
    asked = moment_at(clock, live.plan.zone, "--clock")
    if not instance.simulated:
        if asked is not None:
            raise WrongClock(what="not_simulated", instance=instance.id)
        return system_time()
    last = instance.at or system_time()
    if asked is not None and asked < last:
        raise WrongClock(
            what="clock_back",
            instance=instance.id,
            at=f"{last.astimezone(live.plan.zone):%Y-%m-%d %H:%M:%S}",
            asked=clock,
        )
    return asked or last


def brought_to(
    service: Service, instance: str, clock: str | None
) -> tuple[datetime, list[Result]]:
    """The moment of an act; on a simulated clock, what became due on the way to it."""
    from engine.runtime.clock import let_time_pass

    live = service.look(instance)
    now = now_of(live, clock)
    if not live.instance.simulated:
        return now, []
    return now, let_time_pass(service, instance, now)

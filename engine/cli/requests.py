"""``plangate requests``: what was asked of the world and has not come to an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns, wrapped
from engine.errors import UnknownRequest
from engine.runtime.leases import LEASE_MAX
from engine.words import LANGUAGES

if TYPE_CHECKING:
    from engine.ports import Waiting
    from engine.runtime.service import Service

REQUESTS_MAX: Final = 100_000
SHOWN: Final = 50


@command("requests", database=True)
@click.argument("instance", required=False)
@click.option("--parked", is_flag=True, help="cli.opt_parked")
@click.option("--retry", "keys", multiple=True, metavar="KEY", help="cli.opt_retry")
@click.option("--retry-parked", is_flag=True, help="cli.opt_retry_parked")
@click.option("--as", "who", metavar="WHO", help="office.opt_as")
@as_json
def run(
    session: Session,
    instance: str | None,
    *,
    parked: bool,
    keys: tuple[str, ...],
    retry_parked: bool,
    who: str | None,
    is_json: bool,
) -> None:
    """Open requests, why each waits, and a way to have them tried again."""
    service = session.service()
    if instance is not None:
        service.look(instance)  # raises UnknownInstance
    found = service.journal.queue(instance=instance, limit=REQUESTS_MAX)
    if keys or retry_parked:
        again = [one.request.key for one in found if retry_parked and one.ready is None]
        _retry(session, service, [*keys, *again], found, who)
        found = service.journal.queue(instance=instance, limit=REQUESTS_MAX)
    shown = [one for one in found if one.ready is None] if parked else list(found)
    if is_json:
        session.print_json({"requests": [_json(one) for one in shown]})
    else:
        _print(session, shown)


def _retry(
    session: Session,
    service: Service,
    keys: Sequence[str],
    found: Sequence[Waiting],
    who: str | None,
) -> None:
    """Simulated time stands at its instance's last entry: that is early enough."""
    from engine.audit.signing.deeds import retried
    from engine.bootstrap import system_time

    now = system_time()
    held = {one.request.key: one for one in found if one.silent and one.ready}
    for key in dict.fromkeys(keys):
        one = held.get(key)
        # what lies further off than any lease was taken by a clock that was wrong
        if one is not None and one.ready and now < one.ready <= now + LEASE_MAX:
            until = f"{one.ready:%Y-%m-%d %H:%M:%S}Z"
            session.warn(session.say("cli.request_held", key=key, until=until))
            continue
        head = service.journal.head(key.rsplit("/", 2)[0])
        at = head.at if head is not None and head.simulated else now
        if not service.journal.retry(key, at=at):
            raise UnknownRequest(key=key)
        service.journal.log.enter(retried(now, keys=[key], actor=who))
        session.warn(session.say("cli.request_retried", key=key))


def _print(session: Session, shown: Sequence[Waiting]) -> None:
    from engine.runtime.requests import trouble_told

    if not shown:
        session.print(session.say("cli.requests_none"))
        return
    for one in shown[:SHOWN]:
        request, standing = one.request, _standing(session, one.ready)
        session.print(f"{request.key}  {request.action}  {request.node}  {standing}")
        trouble = trouble_told(one.trouble, session.language)
        if trouble:
            session.print(wrapped(trouble, columns(), first=" " * 4, rest=" " * 4))
    if len(shown) > SHOWN:
        session.print(session.say("cli.requests_more", count=len(shown) - SHOWN))


def _standing(session: Session, ready: datetime | None) -> str:
    if ready is None:
        return session.say("cli.request_parked")
    return f"{ready:%Y-%m-%d %H:%M:%S}Z"


def _json(one: Waiting) -> dict[str, Any]:
    from engine.runtime.requests import trouble_told

    request = one.request
    trouble = {name: trouble_told(one.trouble, name) for name in LANGUAGES}
    return {
        "request": request.key,
        "instance": request.instance,
        "seq": request.seq,
        "action": request.action,
        "node": request.node,
        "parameters": request.parameters,
        "attempts": one.attempts,
        "tries": one.tries,
        "is_parked": one.ready is None,
        "ready": one.ready.isoformat() if one.ready else None,
        "trouble": trouble if one.trouble else None,
    }

"""``plangate history``: the entries, as lines, JSON or CSV; one at a time."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from engine.audit.signing.deeds import TYPES as OFFICE_TYPES
from engine.cli import office
from engine.cli.command import Session, as_json, command
from engine.cli.moment import moment_at
from engine.cli.past import as_of, either, known_at, until_of
from engine.cli.telling import Telling
from engine.core.events import TYPES
from engine.plan.readers import read_date
from engine.plan.values import ValueReadError
from engine.ports import OFFICE

if TYPE_CHECKING:
    from engine.audit.past.history import Asked
    from engine.audit.past.travel import Until
    from engine.cli.difference import Difference
    from engine.plan.graph import Plan
    from engine.ports import Entry
    from engine.runtime.service import Live, Service

BYTE_ORDER_MARK = "\ufeff"
"""By which a spreadsheet knows that a file is UTF-8."""


@command("history", database=True)
@click.argument("instance")
@click.option("--node", metavar="NODE", help="view.opt_node")
@click.option("--actor", metavar="WHO", help="view.opt_actor")
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice([*TYPES, *OFFICE_TYPES]),
    help="view.opt_type",
)
@click.option("--from", "since", metavar="TIME", help="view.opt_from")
@click.option("--to", "until", metavar="TIME", help="view.opt_to")
@click.option("--refused", "is_refused", is_flag=True, help="view.opt_refused")
@click.option("--limit", type=click.IntRange(min=1), help="view.opt_limit")
@click.option("--after", type=click.IntRange(min=0), default=0, help="view.opt_after")
@click.option("--csv", "is_csv", is_flag=True, help="view.opt_csv")
@as_of
@known_at
@click.option("--diff", nargs=2, metavar="T1 T2", help="view.opt_diff")
@as_json
def run(
    session: Session,
    *,
    instance: str,
    limit: int | None,
    after: int,
    is_csv: bool,
    as_of: str | None,
    known_at: int | None,
    diff: tuple[str, str] | None,
    is_json: bool,
    **asked: Any,
) -> None:
    """Who did what, when, and what followed by itself; refusals included."""
    from engine.audit.past.history import chosen

    if is_csv and is_json:
        raise click.UsageError(session.say("view.one_form"))
    service = session.service()
    if instance == OFFICE:
        ways = {"is_csv": is_csv, "as_of": as_of, "known_at": known_at, "diff": diff}
        shown = office.Shown(after=after, limit=limit, is_json=is_json)
        office.told(session, service, shown, **asked, **ways)
        return
    live = service.look(instance)
    until = until_of(session, service, instance, as_of=as_of, known_at=known_at)
    if diff is not None:
        node = asked.pop("node")
        if any((*asked.values(), limit, after, is_csv, until)):
            raise click.UsageError(session.say("view.diff_alone"))
        where = None if node is None else _node(live, node)
        _diff(session, service, live, diff, where).print(is_json=is_json)
        return
    entries = chosen(
        _reached(service, instance, after, until), _asked(live, **asked), limit
    )
    if is_json:
        _json(service, instance, live.plan, entries)
    elif is_csv:
        _csv(session, live.plan, entries)
    else:
        _lines(session, live.plan, entries)


def _reached(
    service: Service, instance: str, after: int, until: Until | None
) -> Iterator[Entry]:
    """The entries after one, up to a moment; raises NotYet."""
    from engine.audit.past.travel import reached
    from engine.journal.chain import sound
    from engine.ports import GENESIS

    entries = sound(
        service.journal.entries(instance, after=after), None if after else GENESIS
    )
    if until is None:
        return entries
    # nothing is told of a time before the first entry, whichever were asked for
    first = service.journal.entries(instance, limit=1)
    tuple(reached(first, until, instance=instance))
    return reached(entries, until, instance=instance)


def _diff(
    session: Session,
    service: Service,
    live: Live,
    moments: tuple[str, str],
    node: str | None,
) -> Difference:
    from engine.cli.difference import Difference

    first, second = (either(one, live, "--diff") for one in moments)
    return Difference.between(session, service, live, first, second, node=node)


def _asked(
    live: Live,
    *,
    node: str | None,
    actor: str | None,
    types: tuple[str, ...],
    since: str | None,
    until: str | None,
    is_refused: bool,
) -> Asked:
    from engine.audit.past.history import Asked

    return Asked(
        node=None if node is None else _node(live, node),
        actor=None if actor is None else live.plan.aliases.get(actor, actor),
        types=(*types, "refused") if is_refused else types,
        since=_moment(since, live.plan, "--from", days=0),
        until=_moment(until, live.plan, "--to", days=1),
    )


def _node(live: Live, name: str) -> str:
    from engine.core.naming import find_node

    known = live.plan.aliases.get(name, name)
    return known if known in live.plan.registers else find_node(live.known, name)


def _moment(text: str | None, plan: Plan, option: str, *, days: int) -> datetime | None:
    """A time, or a day: from its beginning, or up to its end."""
    if text is None:
        return None
    try:
        day = read_date(text) + timedelta(days=days)
    except ValueReadError:
        return moment_at(text, plan.zone, option)
    return datetime(day.year, day.month, day.day, tzinfo=plan.zone)


def _lines(session: Session, plan: Plan, entries: Iterator[Entry]) -> None:
    from engine.audit.past.history import event_of

    telling = Telling(plan, session.language)
    is_empty = True
    for entry in entries:
        is_empty = False
        session.print(
            session.say(
                "view.line",
                seq=f"{entry.seq:>6}",
                at=f"{entry.at.astimezone(plan.zone):%Y-%m-%d %H:%M}",
                told=telling.event(event_of(entry)),
            )
        )
    if is_empty:
        session.print(session.say("view.no_entries"))


def _json(
    service: Service, instance: str, plan: Plan, entries: Iterator[Entry]
) -> None:
    """One object; its entries are written as they are read."""
    from engine.audit.past.history import record_of

    opened = service.reader(instance).opened
    head = json.dumps(instance, ensure_ascii=False)
    click.echo(f'{{"instance": {head}, "entries": [', nl=False)
    before = "\n"
    for entry in entries:
        click.echo(before, nl=False)
        record = record_of(entry, plan.zone, opened)
        click.echo(json.dumps(record, ensure_ascii=False), nl=False)
        before = ",\n"
    click.echo("\n]}")


def _csv(session: Session, plan: Plan, entries: Iterator[Entry]) -> None:
    from engine.audit.past.history import COLUMNS, row_of

    telling = Telling(plan, session.language)
    out = csv.writer(sys.stdout, lineterminator="\r\n")
    sys.stdout.write(BYTE_ORDER_MARK)
    out.writerow([session.say(f"view.csv_{name}") for name in COLUMNS])
    for entry in entries:
        out.writerow(row_of(entry, plan.zone, telling.event))

"""What ``plangate history ~log`` tells: what the office did with the history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session

if TYPE_CHECKING:
    from engine.ports import Entry, Json
    from engine.runtime.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Which page of the entries, and how."""

    after: int
    limit: int | None
    is_json: bool


def told(session: Session, service: Service, shown: Shown, **asked: Any) -> None:
    """Its entries by ``types`` and ``actor``; whatever else is asked is wrong use."""
    from engine.audit.past.history import Asked, chosen
    from engine.ports import OFFICE

    types, actor = asked.pop("types"), asked.pop("actor")
    if any(asked.values()):
        raise click.UsageError(session.say("office.only"))
    every = service.journal.entries(OFFICE, after=shown.after)
    entries = chosen(every, Asked(actor=actor, types=types), shown.limit)
    if shown.is_json:
        _json(entries)
    else:
        _lines(session, entries)


def about_keys(session: Session, service: Service) -> None:
    """What no reader should overlook: restores, and other keys, the oldest first."""
    from engine.audit.signing.keys import about_keys as every
    from engine.cli.layout import columns, wrapped

    for leaf in reversed(list(every(service.journal))):
        at = f"{leaf.entry.at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
        session.print(wrapped(f"{at}  {sentence(session, leaf.entry)}", columns()))


def sentence(session: Session, entry: Entry) -> str:
    """One entry in words."""
    from engine.audit.signing.deeds import TYPES
    from engine.journal.codec import decode

    data: dict[str, Any] = decode(entry.body)["data"]
    who = entry.actor or session.say("office.nobody")
    if entry.type not in TYPES:
        return session.say("office.told_other", type=entry.type, who=who)
    said = {**data, "who": who, "source": data.get("from"), "target": data.get("to")}
    if data.get("scope") == "log":
        said["scope"] = session.say("office.whole")
    if "checkpoint" in data:
        said["lost"] = data["checkpoint"].split("\n")[1]
    return session.say(f"office.told_{entry.type}", **said)


def _lines(session: Session, entries: Iterator[Entry]) -> None:
    is_empty = True
    for entry in entries:
        is_empty = False
        session.print(
            session.say(
                "view.line",
                seq=f"{entry.seq:>6}",
                at=f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M}Z",
                told=sentence(session, entry),
            )
        )
    if is_empty:
        session.print(session.say("view.no_entries"))


def _json(entries: Iterator[Entry]) -> None:
    """As that of an instance: written as it is read."""
    from engine.audit.past.history import record_of
    from engine.ports import OFFICE

    click.echo(f'{{"instance": "{OFFICE}", "entries": [', nl=False)
    before = "\n"
    for entry in entries:
        record = record_of(entry, UTC, _as_it_is)
        click.echo(before + json.dumps(record, ensure_ascii=False), nl=False)
        before = ",\n"
    click.echo("\n]}")


def _as_it_is(data: Json) -> Json:
    """Nothing of a person is in what the office does with a history."""
    return data

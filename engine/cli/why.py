"""``plangate why``: what allowed an entry, as it was recorded, and its causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns, wrapped
from engine.cli.past import as_of, known_at, stood_at, until_of
from engine.cli.reading import minute, text
from engine.cli.telling import Telling
from engine.errors import UnknownEntry

if TYPE_CHECKING:
    from engine.audit.travel import Until
    from engine.ports import Entry
    from engine.runtime.service import Service

DEPTH = 3


@command("why", database=True)
@click.argument("instance")
@click.argument("entry", type=click.IntRange(min=1))
@click.option(
    "--depth", type=click.IntRange(0, 100), default=DEPTH, help="view.opt_depth"
)
@as_of
@known_at
@as_json
def run(
    session: Session,
    *,
    instance: str,
    entry: int,
    depth: int,
    as_of: str | None,
    known_at: int | None,
    is_json: bool,
) -> None:
    """The move, the right, the gate's clauses with the values they looked at."""
    from engine.audit.explain import why

    service = session.service()
    plan = service.look(instance).plan
    until = until_of(session, service, instance, as_of=as_of, known_at=known_at)
    found = why(
        _entry(service, instance, entry, until),
        lambda seq: _entry(service, instance, seq),
        plan,
        depth=depth,
    )
    if is_json:
        session.print_json({"instance": instance, **found})
        return
    _Print(session, Telling(plan, session.language), service, instance).one(found, 0)


def _entry(
    service: Service, instance: str, seq: int, until: Until | None = None
) -> Entry:
    """Raises UnknownEntry for one that is not there, or was not by a moment."""
    for found in service.journal.entries(instance, after=seq - 1, limit=1):
        if found.seq == seq and (until is None or until.reaches(found)):
            return found
    live = service.look(instance)
    there = live.instance if until is None else stood_at(service, live, until)
    raise UnknownEntry(instance=instance, seq=seq, last=there.revision)


class _Print:
    def __init__(
        self, session: Session, telling: Telling, service: Service, instance: str
    ) -> None:
        self.session, self.telling = session, telling
        self.service, self.instance = service, instance

    def line(self, indent: int, code: str, /, **values: Any) -> None:
        said = self.session.say(code, **values)
        first, rest = " " * indent, " " * (indent + 4)
        self.session.print(wrapped(said, columns(), first=first, rest=rest))

    def one(self, found: dict[str, Any], indent: int) -> None:
        """The entry asked for in full; what it rests on in a line or two each."""
        if found.get("told"):
            self.line(indent, "view.why_told", seq=found["seq"])
            return
        self.line(
            indent,
            "view.why_entry",
            seq=found["seq"],
            at=minute(found["at"]),
            told=self.told(found["seq"]),
        )
        self.grounds(found, indent + 2)
        if indent == 0:
            self.evidence(found)
        if found["causes"]:
            self.line(indent + 2, "view.why_causes")
        for cause in found["causes"]:
            self.one(cause, indent + 4)

    def evidence(self, found: dict[str, Any]) -> None:
        for clause in found["gate"]:
            self.clause(clause, 2)
        if found["facts"]:
            self.line(2, "view.why_facts")
        for fact in found["facts"]:
            self.fact(fact, 4)
        for reason in found["reasons"]:
            said = text(self.session, reason["text"])
            self.line(2, "view.why_reason", text=said)

    def told(self, seq: int) -> str:
        from engine.audit.history import event_of

        return self.telling.event(event_of(_entry(self.service, self.instance, seq)))

    def grounds(self, found: dict[str, Any], indent: int) -> None:
        right = found["right"]
        role = "" if right is None else self.role(found["node"], right["role"])
        if right is not None and right.get("behalf_of"):
            self.line(
                indent,
                "view.why_behalf",
                role=role,
                giver=right["behalf_of"],
                granted=right["granted"],
            )
        elif right is not None:
            self.line(indent, "view.why_right", role=role)
        if found["permit"] is not None:
            self.line(indent, "view.why_permit", seq=found["permit"])
        for name in ("due", "occurred"):
            if found[name] is not None:
                self.line(indent, f"view.why_{name}", **{name: minute(found[name])})

    def role(self, path: str, role: str) -> str:
        """The party that a right was recorded for, as people call it."""
        from engine.core.phrases import role_of

        return text(
            self.session, role_of(self.telling.plan, self.telling.node(path), role)
        )

    def clause(self, clause: dict[str, Any], indent: int) -> None:
        code = f"view.why_{clause['verdict']}"
        self.line(indent, code, clause=clause["clause"])
        for part in clause["parts"]:
            self.clause(part, indent + 2)

    def fact(self, fact: dict[str, Any], indent: int) -> None:
        if fact["entry"] is None:
            # what nobody has set is as the plan says; what nobody did is not there
            is_field = fact["fact"].startswith("f/")
            code = "view.why_planned" if is_field else "view.why_absent"
            self.line(indent, code, fact=fact["fact"])
            return
        self.line(
            indent,
            "view.why_fact",
            fact=fact["fact"],
            value=_shown(fact["value"]),
            entry=fact["entry"],
        )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)

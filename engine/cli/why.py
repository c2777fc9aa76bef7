"""``plangate why``: what allowed an entry, as it was recorded, and its causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, as_json, command
from engine.cli.factual import MORE, Facts
from engine.cli.layout import columns, wrapped
from engine.cli.past import as_of, known_at, stood_at, until_of
from engine.cli.reading import minute, text
from engine.cli.telling import Telling
from engine.errors import UnknownEntry
from engine.words import bilingual

if TYPE_CHECKING:
    from engine.audit.past.inclusion import Inclusion
    from engine.audit.past.travel import Until
    from engine.ports import Entry
    from engine.runtime.service import Service

DEPTH = 3
ASKED = 2
"""How far in what belongs to the entry that was asked for stands."""
SHORT = 12
"""Digits of a digest where the entry was not asked for; ``--json`` has them all."""


@command("why", database=True)
@click.argument("instance")
@click.argument("entry", type=click.IntRange(min=1))
@click.option(
    "--depth", type=click.IntRange(0, 100), default=DEPTH, help="view.opt_depth"
)
@click.option("--proofs", "is_proved", is_flag=True, help="view.opt_proofs")
@as_of
@known_at
@as_json
def run(
    session: Session,
    *,
    instance: str,
    entry: int,
    depth: int,
    is_proved: bool,
    as_of: str | None,
    known_at: int | None,
    is_json: bool,
) -> None:
    """The move, the right, the gate's clauses with the values they looked at."""
    from engine.audit.past.explain import why
    from engine.audit.past.inclusion import Inclusion

    service = session.service()
    plan = service.look(instance).plan
    until = until_of(session, service, instance, as_of=as_of, known_at=known_at)
    inclusion = Inclusion.of(service.journal.log)
    found = why(
        _entry(service, instance, entry, until),
        lambda seq: _entry(service, instance, seq),
        plan,
        depth=depth,
        prove=inclusion.proof,
    )
    if is_json:
        session.print_json({"instance": instance, **found})
        return
    telling = Telling(plan, session.language)
    printing = _Print(session, telling, service, instance, is_proved=is_proved)
    printing.one(found, 0)
    printing.log(inclusion)


def _entry(
    service: Service, instance: str, seq: int, until: Until | None = None
) -> Entry:
    """Raises UnknownEntry for one that is not there, or was not by a moment, and
    DamagedData for one that was altered.
    """
    from engine.journal.chain import sound

    for found in sound(service.journal.entries(instance, after=seq - 1, limit=1), None):
        if found.seq == seq and (until is None or until.reaches(found)):
            return found
    live = service.look(instance)
    there = live.instance if until is None else stood_at(service, live, until)
    raise UnknownEntry(instance=instance, seq=seq, last=there.revision)


class _Print:
    def __init__(
        self,
        session: Session,
        telling: Telling,
        service: Service,
        instance: str,
        *,
        is_proved: bool,
    ) -> None:
        self.session, self.telling = session, telling
        self.service, self.instance = service, instance
        self.facts, self.is_proved = Facts(telling), is_proved
        self.is_unproved = False
        """Some entry has no proof."""

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
        for document in found["documents"]:
            self.document(document, indent + 2)
        if self.is_proved:
            self.proof(found, indent + 2)
        if found["causes"]:
            self.line(indent + 2, "view.why_causes")
        for cause in found["causes"]:
            self.one(cause, indent + 4)
        if found["further"]:
            self.line(indent + 2, "view.why_further", entries=found["further"])

    def document(self, document: dict[str, Any], indent: int) -> None:
        deliverable, number = document["deliverable"], document["version"]
        of = ""
        if deliverable is not None:
            code = "view.why_version" if number else "view.why_approved"
            title = self.facts.deliverable(deliverable)
            of = self.session.say(code, title=title, number=number)
        name, digest = document["name"] or "", document["sha256"]
        if indent > ASKED:
            digest = f"{digest[:SHORT]}…"
        self.line(indent, "view.why_document", name=name, of=of, digest=digest)

    def proof(self, found: dict[str, Any], indent: int) -> None:
        proof = found["proof"]
        if proof is None:
            self.is_unproved = True
            self.line(indent, "view.why_no_proof")
            return
        said = {"position": proof["position"], "hash": found["hash"]}
        self.line(indent, "view.why_proof", **said)
        for one in proof["path"]:
            self.line(indent + 2, "view.why_path", hash=one)

    def log(self, inclusion: Inclusion) -> None:
        """What the proofs are of, and what to do where there is none."""
        if not self.is_proved:
            return
        self.session.print()
        if inclusion.size:
            root = inclusion.root.hex()
            self.line(0, "view.why_root", size=inclusion.size, root=root)
        if self.is_unproved:
            self.line(0, "view.why_seal")

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
        from engine.audit.past.history import event_of

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
        if found["signs"] is not None:
            meaning = bilingual(found["signs"], self.session.language)
            self.line(indent, "view.why_signs", meaning=meaning)
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
        key, value = fact["fact"], fact["value"]
        if key == MORE:
            self.line(indent, "view.why_more_facts", count=value)
            return
        title = self.facts.title(key)
        if fact["entry"] is None:
            # what nobody has set is as the plan says; what nobody did is not there
            is_field = key.startswith("f/")
            code = "view.why_planned" if is_field else "view.why_absent"
            self.line(indent, code, fact=title)
            return
        shown = self.facts.value(key, value)
        entry = fact["entry"]
        self.line(indent, "view.why_fact", fact=title, value=shown, entry=entry)

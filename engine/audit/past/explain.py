"""What allowed an entry: read from the entry itself, and followed back to its causes.

Nothing is worked out anew: the clauses, verdicts and values are those that were
recorded when it was decided. A cause is an entry from which a value came, after which
it happened by itself, which permitted it or handed on its right. Causes are followed
through what happened by itself and what actions reported, and end at people, at the
documents that they handed in, at signals, and at moments of the clock. Of a person's
act that is a cause only its authority is followed: permit and delegation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from engine.audit.past.history import event_of
from engine.core import events
from engine.core.events import Added, Event, Moved, Refused
from engine.core.phrases import in_words
from engine.core.reasons import sentence
from engine.journal.codec import decode
from engine.plan.graph import Plan
from engine.ports import Entry, Json
from engine.words import LANGUAGES

ENTRIES_MAX: Final = 500
"""Entries told in one answer; further ones are named by their numbers."""

Reading = Callable[[int], Entry]
"""The entry of a number."""
Proving = Callable[[Entry], Json]
"""The proof that the log has an entry; None: it has none."""


def why(
    entry: Entry,
    read: Reading,
    plan: Plan,
    *,
    depth: int,
    prove: Proving = lambda _: None,
) -> dict[str, Json]:
    """An entry, what allowed it, and its causes to a depth; each is told once.

    It is told where it is nearest to the entry that was asked for. ``further`` are
    causes that were not followed, being too far or too many.
    """
    return _Explaining(read, plan, prove, {entry.seq}).explained(entry, depth)


@dataclass(slots=True)
class _Explaining:
    read: Reading
    plan: Plan
    prove: Proving
    told: set[int] = field(default_factory=set)

    def explained(self, asked: Entry, depth: int) -> dict[str, Json]:
        found = self.own(asked)
        level = [(asked, found)]
        for _ in range(depth):
            level = [
                one for entry, told in level for one in self.causes(entry, told, asked)
            ]
        for entry, told in level:
            told["further"] = [
                seq
                for seq in causes_of(entry, is_asked=entry is asked)
                if seq not in self.told
            ]
        return found

    def causes(
        self, entry: Entry, told: dict[str, Json], asked: Entry
    ) -> Iterator[tuple[Entry, dict[str, Json]]]:
        """Each cause of an entry that was not told before, put below it."""
        for seq in causes_of(entry, is_asked=entry is asked):
            if seq in self.told:
                told["causes"].append({"seq": seq, "told": True})
            elif len(self.told) >= ENTRIES_MAX:
                told["further"].append(seq)
            else:
                self.told.add(seq)
                cause = self.read(seq)
                found = self.own(cause)
                told["causes"].append(found)
                yield cause, found

    def moment(self, recorded: str | None) -> str | None:
        if recorded is None:
            return None
        return datetime.fromisoformat(recorded).astimezone(self.plan.zone).isoformat()

    def own(self, entry: Entry) -> dict[str, Json]:
        """What the entry itself says; its causes are still to be told."""
        event, body = event_of(entry), decode(entry.body)
        evidence: Any = getattr(event, "why", None) or {}
        moved = event if isinstance(event, Moved) else None
        return {
            "seq": entry.seq,
            "at": entry.at.astimezone(self.plan.zone).isoformat(),
            "type": entry.type,
            "node": entry.node,
            "actor": entry.actor,
            "move": getattr(event, "move", None),
            "from": moved.source if moved else None,
            "to": moved.target if moved else getattr(event, "state", None),
            "round": moved.round if moved else None,
            "cause": cause_of(event),
            "led_by": body.get("led_by"),
            "due": self.moment(moved.due if moved else None),
            "occurred": self.moment(getattr(event, "occurred", None)),
            "right": getattr(event, "right", None),
            "signs": moved.signs if moved else None,
            "permit": evidence.get("permit"),
            "gate": [_clause(one) for one in evidence.get("gate", ())],
            "facts": [
                {"fact": key, "value": value, "entry": seq or None}
                for key, value, seq in evidence.get("facts", ())
            ],
            "reasons": list(_reasons(self.plan, event)),
            "documents": list(documents_of(body["data"])),
            "hash": entry.hash.hex(),
            "proof": self.prove(entry),
            "causes": [],
            "further": [],
        }


def cause_of(event: Event) -> str:
    """Why it happened: person · condition · clock · outcome · outside."""
    match event:
        case Moved():
            return event.cause
        case Added() | Refused():
            return "person"
        case events.Counted():
            return "condition"
        case events.Missed():
            return "clock"
    return "outside"


def causes_of(entry: Entry, *, is_asked: bool) -> tuple[int, ...]:
    """The entries that an entry rests on, the latest first.

    What a person or the clock did rests on what its gate saw only if it was asked
    for: else it is an end, but for who permitted it or handed on the right.
    """
    event = event_of(entry)
    evidence: Any = getattr(event, "why", None) or {}
    right: Any = getattr(event, "right", None) or {}
    found = {evidence.get("permit") or 0, right.get("granted") or 0}
    if is_asked or cause_of(event) not in {"person", "clock"}:
        found.add(decode(entry.body).get("led_by") or 0)
        found |= {seq for _, _, seq in evidence.get("facts", ())}
    return tuple(sorted((seq for seq in found if 0 < seq < entry.seq), reverse=True))


def documents_of(data: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The files that an entry handed in, made or approved, each once.

    ``deliverable`` and ``version`` say what a file is a version of; ``approved`` that
    the entry approves it. What is approved by its digest alone has no name here.
    """
    files: dict[str, dict[str, Json]] = {}

    def file(sha256: str, name: Json = None, size: Json = None) -> dict[str, Json]:
        about = {"deliverable": None, "version": None, "approved": False}
        given = {"name": name, "size": size, "sha256": sha256}
        return files.setdefault(sha256, given | about)

    for one in _files(data):
        file(one["sha256"], one["name"], one["size"])
    for word, *rest in data.get("did", ()):
        if word == "version":
            deliverable, version = rest[0], rest[1]
            made = {"deliverable": deliverable, "version": version["n"]}
            file(version["digest"]).update(made)
        elif word == "approve":
            file(rest[1]).update(deliverable=rest[0], approved=True)
    yield from files.values()


def _files(value: Json) -> Iterator[Mapping[str, Json]]:
    """Files in what was recorded; what is only asked of an action repeats others."""
    if isinstance(value, Mapping):
        if {"sha256", "name", "size"} <= value.keys():
            yield value
        for one in value.values():
            yield from _files(one)
    elif isinstance(value, list) and value[:1] != ["request"]:
        for one in value:
            yield from _files(one)


def _clause(recorded: Any) -> dict[str, Json]:
    text, verdict, *parts = recorded
    return {
        "clause": text,
        "verdict": {True: "true", False: "false"}.get(verdict, "unknown"),
        "parts": [_clause(one) for one in (parts[0] if parts else ())],
    }


def _reasons(plan: Plan, event: Event) -> tuple[dict[str, Json], ...]:
    if not isinstance(event, Refused):
        return ()
    said = [in_words(plan, event.node, one) for one in event.reasons]
    return tuple(
        {
            "code": one["code"],
            "text": {language: sentence(one, language) for language in LANGUAGES},
        }
        for one in said
    )

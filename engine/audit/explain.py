"""What allowed an entry: read from the entry itself, and followed back to its causes.

Nothing is worked out anew: the clauses, verdicts and values are those that were
recorded when it was decided. A cause is an entry from which a value came. Causes are
followed through what happened by itself, and end at people's acts, at signals, and
at moments of the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.audit.history import event_of
from engine.core import events
from engine.core.events import Added, Event, Moved, Refused
from engine.core.phrases import in_words
from engine.core.reasons import sentence
from engine.plan.graph import Plan
from engine.ports import Entry, Json
from engine.words import LANGUAGES

Reading = Callable[[int], Entry]
"""The entry of a number."""


def why(entry: Entry, read: Reading, plan: Plan, *, depth: int) -> dict[str, Json]:
    """An entry, what allowed it, and its causes to a depth; each is told once."""
    return _Explaining(read, plan, {entry.seq}).explained(entry, depth, is_asked=True)


@dataclass(slots=True)
class _Explaining:
    read: Reading
    plan: Plan
    told: set[int] = field(default_factory=set)

    def explained(
        self, entry: Entry, depth: int, *, is_asked: bool = False
    ) -> dict[str, Json]:
        event = event_of(entry)
        found = self.own(entry, event)
        goes_on = is_asked or ends_here(event) is False
        found["causes"] = []
        if not goes_on or depth <= 0:
            return found
        for seq in causes_of(event, before=entry.seq):
            if seq in self.told:
                found["causes"].append({"seq": seq, "told": True})
                continue
            self.told.add(seq)
            found["causes"].append(self.explained(self.read(seq), depth - 1))
        return found

    def moment(self, recorded: str | None) -> str | None:
        if recorded is None:
            return None
        return datetime.fromisoformat(recorded).astimezone(self.plan.zone).isoformat()

    def own(self, entry: Entry, event: Event) -> dict[str, Json]:
        """What the entry itself says."""
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
            "due": self.moment(moved.due if moved else None),
            "occurred": self.moment(getattr(event, "occurred", None)),
            "right": getattr(event, "right", None),
            "permit": evidence.get("permit"),
            "gate": [_clause(one) for one in evidence.get("gate", ())],
            "facts": [
                {"fact": key, "value": value, "entry": seq or None}
                for key, value, seq in evidence.get("facts", ())
            ],
            "reasons": list(_reasons(self.plan, event)),
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


def ends_here(event: Event) -> bool:
    """Whether nothing stands behind it but a person, the clock or the world."""
    return cause_of(event) != "condition"


def causes_of(event: Event, *, before: int) -> tuple[int, ...]:
    """The entries that an entry rests on, the latest first."""
    evidence: Any = getattr(event, "why", None) or {}
    found = {seq for _, _, seq in evidence.get("facts", ())}
    right: Any = getattr(event, "right", None) or {}
    found |= {evidence.get("permit") or 0, right.get("granted") or 0}
    return tuple(sorted((seq for seq in found if 0 < seq < before), reverse=True))


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

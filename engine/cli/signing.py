"""How far the log is signed, and for how long it has not been, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.cli.command import Session
from engine.ports import Json
from engine.words import bilingual

if TYPE_CHECKING:
    from engine.runtime.service import Service

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def lasted(session: Session, since: datetime, now: datetime) -> str:
    """How long it has been: in minutes, hours or days."""
    time = max(now - since, timedelta(0))
    for unit, length in (("days", _DAY), ("hours", _HOUR)):
        if time >= 2 * length:
            return session.say(f"seal.lasts_{unit}", count=time // length)
    return session.say("seal.lasts_minutes", count=time // timedelta(minutes=1))


def shape(service: Service) -> dict[str, Json] | None:
    """As docs/cli.md has it; None if nobody has signed here, or tried to."""
    from engine.audit.signing.sealing import unsigned_since

    log = service.journal.log
    known = log.signing()
    if known.at is None and known.trouble is None:
        return None
    since = unsigned_since(service.journal, known.size)
    return {
        "size": known.size,
        "at": known.at.isoformat() if known.at else None,
        "unsigned": max(log.state().size - known.size, 0),
        "since": since.isoformat() if since else None,
        "trouble": dict(known.trouble) if known.trouble else None,
    }


def told(session: Session, service: Service) -> str:
    """A line, or nothing where nobody signs."""
    from engine.bootstrap import system_time

    found = shape(service)
    if found is None:
        return ""
    if not found["unsigned"]:
        return session.say("seal.all_signed", size=found["size"])
    since = datetime.fromisoformat(found["since"])
    why = bilingual(found["trouble"] or {}, session.language)
    return session.say(
        "seal.not_all_signed",
        size=found["size"],
        count=found["unsigned"],
        lasted=lasted(session, since, system_time()),
        why=session.say("seal.because", why=why) if why else "",
    )

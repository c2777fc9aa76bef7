"""The only place that joins ports to adapters."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.journal.codec import decode
from engine.journal.opening import open_journal
from engine.plan.library import from_bundle
from engine.runtime.service import Service, payload_of


def open_service(url: str) -> Service:
    """A service on the journal at an address; raises Unavailable, DamagedData."""
    return Service(
        open_journal(url),
        from_bundle,
        lambda entry: payload_of(entry, decode(entry.body)),
    )


def system_time() -> datetime:
    """The one clock that is read."""
    return datetime.now(UTC)

"""Entries as records that a person, a program or a spreadsheet can read.

One at a time: a long history costs no more memory than a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from engine.core import events
from engine.core.events import Event
from engine.journal.codec import decode
from engine.ports import Entry, Json

COLUMNS: Final = ("seq", "at", "type", "node", "actor", "move", "from", "to", "text")
"""Columns of a table of entries."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries; what is left out asks for nothing."""

    node: str | None = None
    """A node and all below it."""
    actor: str | None = None
    types: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""

    def wants(self, entry: Entry) -> bool:
        return (
            (self.node is None or is_within(entry.node, self.node))
            and (self.actor is None or entry.actor == self.actor)
            and (not self.types or entry.type in self.types)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


def is_within(path: str | None, node: str) -> bool:
    """Whether a path is a node, below it, a member of it or an item of a register."""
    if path is None:
        return False
    return path == node or path.startswith((f"{node}.", f"{node}[", f"{node}#"))


def chosen(
    entries: Iterable[Entry], asked: Asked, limit: int | None
) -> Iterator[Entry]:
    """The entries asked for, in order, at most so many."""
    left = limit
    for entry in entries:
        if left == 0:
            return
        if asked.until is not None and entry.at >= asked.until:
            return  # times never go back
        if asked.wants(entry):
            yield entry
            left = None if left is None else left - 1


def event_of(entry: Entry) -> Event:
    """The event that an entry records."""
    data = decode(entry.body)["data"]
    return events.read(entry.type, entry.node, entry.actor, data)


def record_of(
    entry: Entry, zone: tzinfo, opened: Callable[[Json], Json]
) -> dict[str, Json]:
    """An entry as docs/cli.md documents it; ``data`` as it was recorded.

    ``opened`` puts personal values in the place of their tokens.
    """
    body: dict[str, Any] = decode(entry.body)
    return {
        "seq": entry.seq,
        "at": entry.at.astimezone(zone).isoformat(),
        "type": entry.type,
        "node": entry.node,
        "actor": entry.actor,
        "simulated": bool(body.get("simulated", False)),
        "data": opened(body["data"]),
        "hash": entry.hash.hex(),
        "previous": body["prev"],
    }


def row_of(entry: Entry, zone: tzinfo, told: Callable[[Event], str]) -> list[str]:
    """An entry as the cells of a table (``COLUMNS``), safe for a spreadsheet."""
    event = event_of(entry)
    moved = event if isinstance(event, events.Moved) else None
    cells = (
        str(entry.seq),
        entry.at.astimezone(zone).isoformat(sep=" "),
        entry.type,
        entry.node or "",
        entry.actor or "",
        str(getattr(event, "move", "") or ""),
        moved.source if moved else "",
        moved.target if moved else str(getattr(event, "state", "") or ""),
        told(event),
    )
    return [safe(cell) for cell in cells]


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

"""Every file of an instance: what actions made, and what was handed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from engine.core.events import Event, Reported


class Kept(Struct, frozen=True, kw_only=True):
    """A file beside the history, and the entry that tells of it."""

    seq: int
    at: datetime
    node: str
    name: str
    """As it was handed in or made: from outside, no path."""
    size: int
    sha256: str
    is_made: bool
    """By an action; else somebody handed it in."""


def files_of(history: Iterable[tuple[int, datetime, Event]]) -> Iterator[Kept]:
    """In the order of the history: entry number, time and event of each entry."""
    for seq, at, event in history:
        found = {one["sha256"]: one for one in _papers(event.payload())}
        for digest, one in found.items():
            yield Kept(
                seq=seq,
                at=at,
                node=event.node or "",
                name=str(one["name"]),
                size=int(one["size"]),
                sha256=digest,
                is_made=isinstance(event, Reported),
            )


def _papers(value: Any) -> Iterator[Mapping[str, Any]]:
    """Mappings that tell of a file; what is only asked of an action repeats others."""
    if isinstance(value, Mapping):
        if {"sha256", "name", "size"} <= value.keys():
            yield value
        for one in value.values():
            yield from _papers(one)
    elif isinstance(value, (list, tuple)):
        if value and value[0] == "request":
            return
        for one in value:
            yield from _papers(one)

"""Erasing what an entry has of a person: what is meant, and that it is gone.

The two steps are acts like any other; after the second what was erased is taken out
of the database's files too (``Journal.sweep``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from engine import words
from engine.core.commands import ApproveErasure
from engine.core.events import Erased, Event, Moved, Reported
from engine.errors import BadInput, Unavailable
from engine.ports import Json, Swept
from engine.proof.private import commitment_of, commitments_in
from engine.runtime.service import Result, Service


class Meant(Struct, frozen=True, kw_only=True):
    """What is to be erased, and ``made``: files that actions made from it.

    Of each of these the entry that tells of it, its name and digest: whoever asks
    may want them gone too.
    """

    commitments: tuple[str, ...]
    files: tuple[str, ...]
    made: tuple[tuple[int, str, str], ...]


class Approved(Struct, frozen=True, kw_only=True):
    """``erased`` and ``swept`` are None before the second approval."""

    result: Result
    erased: Erased | None
    swept: Swept | None


def meant(
    service: Service,
    instance: str,
    entry: int,
    *,
    field: str | None = None,
    file: str | None = None,
) -> Meant:
    """What an entry has of a person: one field, one file, or all. Raises BadInput."""
    events = dict(_history(service, instance))
    data = events[entry].payload() if entry in events else {}
    commitments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    if file is None:
        commitments = tuple(dict.fromkeys(_named(data, field)))
    if field is None:
        found = dict.fromkeys(one["sha256"] for one in _papers(data))
        files = tuple(one for one in found if file in {None, one})
    if not commitments and not files:
        what = words.both("privacy.nothing", entry=entry)
        raise BadInput(node="", move="", what=what)
    made = tuple(_made_from(events, {*commitments, *files}))
    return Meant(commitments=commitments, files=files, made=made)


def approve(
    service: Service, instance: str, asked: int, *, actor: str, now: datetime
) -> Approved:
    """The second approval erases. Raises ActRefused (recorded), BadInput."""
    wanted = service.look(instance).instance.facts.get(f"z/{asked}")
    files = wanted.value["files"] if wanted and isinstance(wanted.value, dict) else ()
    shared = tuple(
        one for one in files if service.journal.sharing(one, instance=instance)
    )
    command = ApproveErasure(actor=actor, asked=asked, shared=shared)
    result = service.erasure(instance, command, now=now)
    erased = next((one for _, one in result.events if isinstance(one, Erased)), None)
    swept = None if erased is None else sweep(service)
    return Approved(result=result, erased=erased, swept=swept)


def sweep(service: Service) -> Swept:
    """Whether nothing of what was erased is left; else it is to be tried again."""
    try:
        return service.journal.sweep()
    except Unavailable:
        return Swept(is_clean=False)


def _history(service: Service, instance: str) -> Iterator[tuple[int, Event]]:
    for one in service.journal.entries(instance):
        yield one.seq, service.decode(one)[0]


def _named(data: Any, field: str | None) -> Iterator[str]:
    """Commitments in what was recorded; of a field only where it is called so."""
    if field is None:
        yield from commitments_in(data)
    elif isinstance(data, Mapping):
        for name, value in data.items():
            found = commitment_of(value) if name == field else None
            if found is not None:
                yield found
            else:
                yield from _named(value, field)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from _named(value, field)


def _papers(data: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, Mapping):
        if {"sha256", "name", "size"} <= data.keys():
            yield data
        for one in data.values():
            yield from _papers(one)
    elif isinstance(data, (list, tuple)):
        for one in data:
            yield from _papers(one)


def _made_from(
    events: Mapping[int, Event], wanted: set[str]
) -> Iterator[tuple[int, str, str]]:
    """What came of requests whose parameters had some of it."""
    asked: set[str] = set()
    for seq, event in events.items():
        if isinstance(event, Moved):
            asked |= {
                line[1]
                for line in event.did
                if line[0] == "request" and wanted & _held(line[4])
            }
        elif isinstance(event, Reported) and event.key in asked:
            for one in event.files:
                yield seq, str(one["name"]), str(one["sha256"])


def _held(parameters: Json) -> set[str]:
    papers = {str(one["sha256"]) for one in _papers(parameters)}
    return papers | set(commitments_in(parameters))

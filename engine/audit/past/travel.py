"""An instance as it stood at an earlier moment: a fold of its first entries.

Two questions, two clocks. :class:`AsOf` asks by engine time: what had happened by a
moment. :class:`KnownAt` asks by the log: what stood in it when it was so long, which
is what a checkpoint of that size vouches for. (:class:`UpTo` counts the entries of
one instance.) Whoever folds asks a moment only whether it reaches an entry; how it
counts is its own affair.

What was secret then is not told now: answers in a ballot box are in no entry, so no
fold has them, and their totals are there from the entry on that opened the box.

A question goes on from the nearest snapshot (:mod:`engine.audit.past.snapshots`), and
one that had a long way to go leaves some behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder

from engine.audit.past.snapshots import is_due, restored, snapshot_of
from engine.core import events
from engine.core.events import Event
from engine.core.instance import Instance, evolve
from engine.errors import (
    BeyondLog,
    DamagedData,
    NotInLogYet,
    NotYet,
    PlangateError,
)
from engine.journal.chain import sound
from engine.ports import GENESIS, Entry, Journal, Log, Snapshot

KEPT_TOGETHER: Final = 50
"""Snapshots that are written in one transaction."""
ENDLESS: Final = 2**63 - 1
_NO_EVENT: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    MsgspecError,
)
"""What reading an entry raises whose bytes were not written by a journal."""


class _Body(Struct):
    """What the fold takes of an entry's bytes."""

    data: dict[str, Any]


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of an entry")


_BODY: Final = Decoder(_Body, float_hook=_no_number)
"""Reads in a third of the time that the strict reader takes, which ``verify`` uses."""


class AsOf(Struct, frozen=True):
    """Everything up to and including a moment of engine time."""

    at: datetime

    @property
    def seq(self) -> int:
        return ENDLESS

    def reaches(self, entry: Entry) -> bool:
        return entry.at <= self.at

    def asked(self) -> str:
        return _minute(self.at)


class UpTo(Struct, frozen=True):
    """The first so many entries of an instance."""

    seq: int

    at = None

    def reaches(self, entry: Entry) -> bool:
        return entry.seq <= self.seq

    def asked(self) -> str:
        return str(self.seq)


class KnownAt(Struct, frozen=True):
    """Everything that stood in the log when it had ``size`` entries.

    ``seq`` is the last entry of the instance among them (:func:`known_at`).
    """

    size: int
    seq: int

    at = None

    def reaches(self, entry: Entry) -> bool:
        return entry.seq <= self.seq

    def asked(self) -> str:
        return str(self.size)


Until: TypeAlias = AsOf | UpTo | KnownAt


def known_at(log: Log, instance: str, size: int, *, last: int) -> KnownAt:
    """A size of the log, for an instance of ``last`` entries.

    Reads a handful of places, however long the history is. Raises BeyondLog (the log
    is not so long), NotInLogYet (nothing of the instance stood in it then).
    """
    there = log.state().size
    if size > there:
        raise BeyondLog(asked=size, size=there)
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        position = log.position(instance, middle)
        if position is not None and position < size:
            low = middle
        else:
            high = middle - 1
    if low == 0:
        first = log.position(instance, 1)
        needed = there + 1 if first is None else first + 1
        raise NotInLogYet(instance=instance, asked=size, first=needed)
    return KnownAt(size, low)


def stood_at(journal: Journal, instance: Instance, until: Until) -> Instance:
    """The instance as it stood; beyond the last entry, as it stands.

    ``instance`` says which one; what else is known of it is not used. Raises NotYet
    (nothing was recorded by then), DamagedData (an entry is missing or cannot be
    read), Unavailable.
    """
    fresh = Instance(id=instance.id, plan=instance.plan, simulated=instance.simulated)
    walk = _Walk.begun(journal, fresh, until)
    later = journal.entries(fresh.id, after=walk.instance.revision)
    for entry in reached(sound(later, walk.last), until, instance=fresh.id):
        walk.on(entry)
    walk.keep()
    return walk.instance


def stood(instance: Instance, entries: Iterable[Entry], until: Until) -> Instance:
    """The same of entries that are given: those that ``instance`` has are passed over.

    Raises NotYet, DamagedData.
    """
    for entry in reached(sound(entries, None), until, instance=instance.id):
        if entry.seq > instance.revision:
            instance = _with(instance, entry)
    return instance


def reached(
    entries: Iterable[Entry], until: Until, *, instance: str
) -> Iterator[Entry]:
    """The entries that a moment reaches. Raises NotYet if the first is beyond it."""
    for entry in entries:
        if until.reaches(entry):
            yield entry
            continue
        if entry.seq == 1:
            zone = until.at.tzinfo if isinstance(until, AsOf) else UTC
            first = _minute(entry.at.astimezone(zone))
            raise NotYet(instance=instance, asked=until.asked(), first=first)
        return


@dataclass(slots=True)
class _Walk:
    """From a snapshot, or the beginning, onward; long ways leave snapshots behind.

    ``kept`` is the entry of the last one, ``wrong`` are those that could not be used.
    """

    journal: Journal
    instance: Instance
    wrong: frozenset[int]
    kept: int
    last: bytes
    """The hash of the entry from which it goes on."""
    made: list[Snapshot] = field(default_factory=list)

    @classmethod
    def begun(cls, journal: Journal, fresh: Instance, until: Until) -> _Walk:
        wrong: set[int] = set()
        start, seq, last = fresh, until.seq, GENESIS
        # a row that is no row of the table: whatever else is kept is not asked for
        with suppress(DamagedData):
            while start is fresh:
                found = journal.snapshot(fresh.id, seq=seq, at=until.at)
                if found is None:
                    break
                try:
                    start = restored(found, fresh, _entry(journal, found))
                    last = found.entry
                except DamagedData:
                    wrong.add(found.seq)
                    seq = found.seq - 1
        return cls(journal, start, frozenset(wrong), start.revision, last)

    def on(self, entry: Entry) -> None:
        after = self.instance = _with(self.instance, entry)
        since = entry.seq - self.kept
        if is_due(since, len(after.facts)) or entry.seq in self.wrong:
            self.made.append(snapshot_of(after, entry))
            self.kept = entry.seq
            if len(self.made) >= KEPT_TOGETHER:
                self.keep()

    def keep(self) -> None:
        """A question is answered, whether what was made can be kept or not."""
        if self.made:
            with suppress(PlangateError):
                self.journal.put_snapshots(self.made)
            self.made = []


def _entry(journal: Journal, snapshot: Snapshot) -> Entry | None:
    found = journal.entries(snapshot.instance, after=snapshot.seq - 1, limit=1)
    return next(iter(found), None)


def _with(instance: Instance, entry: Entry) -> Instance:
    if entry.seq != instance.revision + 1:
        raise DamagedData(detail=f"{instance.id} {instance.revision + 1}")
    try:
        after, _ = evolve(instance, _event(entry), at=entry.at)
    except _NO_EVENT:
        raise DamagedData(detail=f"{instance.id} {entry.seq}") from None
    return after


def _event(entry: Entry) -> Event:
    data = _BODY.decode(entry.body).data
    return events.read(entry.type, entry.node, entry.actor, data)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}" + (f":{at:%S}" if at.second else "")

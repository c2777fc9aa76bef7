"""An instance as it stood at an earlier moment: a fold of its first entries.

Two questions, two clocks. :class:`AsOf` asks by engine time: what had happened by a
moment. :class:`KnownAt` asks by the count of what was recorded: what was known when
the history was so long. Whoever folds asks a moment only whether it reaches an
entry; how it counts is its own affair.

What was secret then is not told now: answers in a ballot box are in no entry, so no
fold has them, and their totals are there from the entry on that opened the box.

A :class:`Snapshot` saves the fold of what came before it. It is a cache: a digest
ties it to its instance and its place, the hash of its entry to this very history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, TypeAlias

from immutables import Map
from msgspec import DecodeError, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from engine.audit.history import event_of
from engine.core.ballot_box import is_sealed
from engine.core.instance import Fact, Instance, evolve
from engine.errors import DamagedData, NotYet
from engine.journal.codec import decode, encode, moment_text
from engine.ports import Entry, Json

_KEPT: Final = Decoder(dict[str, Fact])
_NO_EVENT: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What reading an entry raises whose bytes were not written by a journal."""


class AsOf(Struct, frozen=True):
    """Everything up to and including a moment of engine time."""

    at: datetime

    def reaches(self, entry: Entry) -> bool:
        return entry.at <= self.at

    def holds(self, snapshot: Snapshot) -> bool:
        return snapshot.at <= self.at

    def asked(self) -> str:
        return _minute(self.at)


class KnownAt(Struct, frozen=True):
    """Everything that had been recorded when the history was so long.

    ``size`` counts the entries of the instance. What it counts is said in this class
    alone: a count of the whole log would be another one beside it.
    """

    size: int

    def reaches(self, entry: Entry) -> bool:
        return entry.seq <= self.size

    def holds(self, snapshot: Snapshot) -> bool:
        return snapshot.seq <= self.size

    def asked(self) -> str:
        return str(self.size)


Until: TypeAlias = AsOf | KnownAt


def stood(
    instance: Instance,
    entries: Iterable[Entry],
    until: Until,
    *,
    snapshot: Snapshot | None = None,
) -> Instance:
    """The instance as it stood; beyond the last entry, as it stands.

    ``instance`` may be fresh, or as it stood earlier; with a ``snapshot`` that the
    moment :meth:`holds <AsOf.holds>`, entries before it need not be given. Raises
    NotYet (nothing was recorded by then), DamagedData (an entry is missing or cannot
    be read, or the snapshot is none of this history).
    """
    previous = None
    if snapshot is not None:
        assert until.holds(snapshot), "a snapshot of what was not yet known"
        instance, previous = restored(snapshot, instance), snapshot.entry
    for entry in reached(entries, until, instance=instance.id):
        if entry.seq > instance.revision:
            instance = _with(instance, entry, previous)
            previous = None
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


def _with(instance: Instance, entry: Entry, previous: str | None) -> Instance:
    if entry.seq != instance.revision + 1:
        raise DamagedData(detail=f"{instance.id} {instance.revision + 1}")
    try:
        if previous is not None and decode(entry.body)["prev"] != previous:
            raise DamagedData(detail=f"snapshot {instance.id} {instance.revision}")
        after, _ = evolve(instance, event_of(entry), at=entry.at)
    except _NO_EVENT:
        raise DamagedData(detail=f"{instance.id} {entry.seq}") from None
    return after


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}" + (f":{at:%S}" if at.second else "")


# -- snapshots


class Snapshot(Struct, frozen=True, kw_only=True):
    """An instance as it stood after an entry, without what is sealed.

    ``facts`` is canonical JSON, ``{key: [value, entry]}``. ``digest`` is the SHA-256
    of the place (instance, plan, simulated, seq, time) and the facts. ``entry`` is
    the hash of entry ``seq``: the next one names it.
    """

    seq: int
    at: datetime
    entry: str
    facts: bytes
    digest: str


def snapshot_of(instance: Instance, last: Entry) -> Snapshot:
    """An instance that stands at its last entry, to be kept."""
    assert (last.instance, last.seq) == (instance.id, instance.revision)
    facts = facts_of(instance)
    return Snapshot(
        seq=instance.revision,
        at=last.at,
        entry=last.hash.hex(),
        facts=facts,
        digest=_digest(instance, facts),
    )


def state_digest(instance: Instance) -> str:
    """One text for all that is known of an instance and may be told."""
    return _digest(instance, facts_of(instance))


def facts_of(instance: Instance) -> bytes:
    """Its facts as canonical JSON; what is sealed is in no history, and not here."""
    told = {
        key: [fact.value, fact.seq]
        for key, fact in instance.facts.items()
        if not is_sealed(key)
    }
    return encode(told)


def restored(snapshot: Snapshot, instance: Instance) -> Instance:
    """A fresh instance brought to a snapshot. Raises DamagedData if it is not its."""
    made = Instance(
        id=instance.id,
        plan=instance.plan,
        simulated=instance.simulated,
        revision=snapshot.seq,
        at=snapshot.at,
    )
    if _digest(made, snapshot.facts) != snapshot.digest:
        raise DamagedData(detail=f"snapshot {instance.id} {snapshot.seq}")
    try:
        facts = Map(_KEPT.decode(snapshot.facts))
    except DecodeError:
        raise DamagedData(detail=f"snapshot {instance.id} {snapshot.seq}") from None
    return replace(made, facts=facts)


def check(snapshot: Snapshot, instance: Instance, entries: Iterable[Entry]) -> None:
    """Folds the entries again; raises DamagedData if they give something else."""
    last: Entry | None = None

    def noted() -> Iterator[Entry]:
        nonlocal last
        for entry in reached(entries, KnownAt(snapshot.seq), instance=instance.id):
            last = entry
            yield entry

    made = stood(instance, noted(), KnownAt(snapshot.seq))
    if last is None or last.seq != snapshot.seq or snapshot_of(made, last) != snapshot:
        raise DamagedData(detail=f"snapshot {instance.id} {snapshot.seq}")


def _digest(instance: Instance, facts: bytes) -> str:
    at = None if instance.at is None else moment_text(instance.at)
    place: list[Json] = [
        instance.id,
        instance.plan,
        instance.simulated,
        instance.revision,
        at,
    ]
    return hashlib.sha256(encode(place) + b"\n" + facts).hexdigest()

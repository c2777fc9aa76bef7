"""An instance as it stood, kept so that a late question reads no whole history.

A snapshot is a cache, and never evidence. It is used only if the entry that it names
stands there, its own bytes have their digest, and both are of this instance; else it
is passed over and made anew. That what is in it follows from the entries is looked at
by ``verify`` (:class:`Comparing`), as it is for the facts of the present.

What it holds is read when it is asked for (:class:`KeptFacts`): to read all facts of
an instance takes longer than most questions about it.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, Self, cast

from immutables import Map
from msgspec import DecodeError, Raw
from msgspec.json import Decoder
from msgspec.structs import replace

from engine.core.ballot_box import is_sealed
from engine.core.instance import Fact, Facts, Instance
from engine.errors import DamagedData
from engine.journal.codec import encode, moment_text
from engine.ports import Entry, Journal, Json, Snapshot

EVERY: Final = 1_000
"""Entries after which an instance is kept again, at the earliest."""
SHARE: Final = 20
"""And at the latest after one entry for so many facts: what a history's snapshots
take grows with its length, not with its square."""
FACTS_MAX: Final = 2**30
"""Bytes of facts in one snapshot, not deflated."""
DEFLATED: Final = 1
"""How hard zlib tries: level 6 takes four times as long and saves an eighth."""
_KEPT: Final = Decoder(dict[str, Raw])
_FACT: Final = Decoder(Fact)


def is_due(since: int, facts: int) -> bool:
    """Whether an instance of so many facts is to be kept, so many entries after."""
    return since >= EVERY and since >= facts // SHARE


def snapshot_of(instance: Instance, last: Entry) -> Snapshot:
    """An instance that stands at its last entry, to be kept."""
    assert (last.instance, last.seq) == (instance.id, instance.revision)
    facts = facts_of(instance)
    return Snapshot(
        instance=instance.id,
        seq=instance.revision,
        at=last.at,
        entry=last.hash,
        facts=zlib.compress(facts, DEFLATED),
        digest=_digest(instance, facts),
    )


def state_digest(instance: Instance) -> str:
    """One text for all that is known of an instance and may be told."""
    return _digest(instance, facts_of(instance))


def facts_of(instance: Instance) -> bytes:
    """Its facts as canonical JSON; what is sealed is in no history, and not here."""
    facts = instance.facts
    if isinstance(facts, KeptFacts):
        return encode(facts.written())
    told = {
        key: fact  # written as [value, entry]
        for key, fact in facts.items()
        if not is_sealed(key)
    }
    return encode(told)


def restored(snapshot: Snapshot, instance: Instance, last: Entry | None) -> Instance:
    """A fresh instance as it stood; ``last`` is the entry of the snapshot's number.

    Raises DamagedData if the snapshot is not of that instance and that entry, or not
    as it was made.
    """
    made = Instance(
        id=instance.id,
        plan=instance.plan,
        simulated=instance.simulated,
        revision=snapshot.seq,
        at=snapshot.at,
    )
    if last is None or _place(snapshot) != (last.seq, last.at, last.hash):
        raise _damaged(snapshot)
    facts = _inflated(snapshot)
    if _digest(made, facts) != snapshot.digest:
        raise _damaged(snapshot)
    try:
        found = KeptFacts(_KEPT.decode(facts))
    except DecodeError:
        raise _damaged(snapshot) from None
    return replace(made, facts=cast(Facts, found))


def _place(snapshot: Snapshot) -> tuple[Any, ...]:
    return snapshot.seq, snapshot.at, snapshot.entry


def _inflated(snapshot: Snapshot) -> bytes:
    inflating = zlib.decompressobj()
    try:
        found = inflating.decompress(snapshot.facts, FACTS_MAX)
    except zlib.error:
        raise _damaged(snapshot) from None
    if not inflating.eof:  # cut off, or larger than what we write
        raise _damaged(snapshot)
    return found


def _damaged(snapshot: Snapshot) -> DamagedData:
    return DamagedData(detail=f"snapshot {snapshot.instance} {snapshot.seq}")


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


class Comparing:
    """Compares what is kept of an instance with what its entries give, on the way.

    ``is_unreadable``: a row is no row of the table; what comes after was not read.
    """

    def __init__(self, journal: Journal, instance: str) -> None:
        self.is_unreadable = False
        self._wrong: list[int] = []
        self._kept = journal.snapshots(instance)
        self._next = self._following()

    def at(self, instance: Instance, last: Entry) -> None:
        """The replay has reached an entry."""
        while (kept := self._next) is not None and kept.seq <= last.seq:
            if kept.seq < last.seq or not _is_same(kept, instance, last):
                self._wrong.append(kept.seq)
            self._next = self._following()

    def found(self) -> tuple[int, ...]:
        """Entries whose snapshot is not what they give, or that are not there."""
        while (kept := self._next) is not None:
            self._wrong.append(kept.seq)
            self._next = self._following()
        return tuple(self._wrong)

    def _following(self) -> Snapshot | None:
        try:
            return next(self._kept, None)
        except DamagedData:
            self.is_unreadable = True
            return None


def _is_same(kept: Snapshot, instance: Instance, last: Entry) -> bool:
    try:
        restored(kept, instance, last)
    except DamagedData:
        return False
    return kept.digest == state_digest(instance)


# -- facts that are read when they are asked for


class KeptFacts:
    """The facts of a snapshot and what has changed since; persistent, like ``Map``.

    ``below`` is what was kept, each fact still as it was written; ``above`` is newer,
    and None there takes a fact away. ``count`` is how many there are in all.
    Raises DamagedData for a fact that cannot be read.
    """

    __slots__ = ("_above", "_below", "_count")

    def __init__(
        self,
        below: Mapping[str, Raw],
        above: Map[str, Fact | None] | None = None,
        count: int | None = None,
    ) -> None:
        self._below = below
        self._above: Map[str, Fact | None] = Map() if above is None else above
        self._count = len(below) if count is None else count

    def get(self, key: str, default: Fact | None = None) -> Fact | None:
        if key in self._above:
            found = self._above[key]
        else:
            written = self._below.get(key)
            found = None if written is None else _read(key, written)
        return default if found is None else found

    def __getitem__(self, key: str) -> Fact:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: str) -> bool:
        if key in self._above:
            return self._above[key] is not None
        return key in self._below

    def __iter__(self) -> Iterator[str]:
        for key in self._below:
            if key not in self._above:
                yield key
        for key, fact in self._above.items():
            if fact is not None:
                yield key

    keys = __iter__

    def items(self) -> Iterator[tuple[str, Fact]]:
        return ((key, self[key]) for key in self)

    def values(self) -> Iterator[Fact]:
        return (self[key] for key in self)

    def __len__(self) -> int:
        return self._count

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (KeptFacts, Map)):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]

    def set(self, key: str, fact: Fact) -> KeptFacts:
        with self.mutate() as changed:
            changed[key] = fact
            return changed.finish()

    def delete(self, key: str) -> KeptFacts:
        with self.mutate() as changed:
            del changed[key]
            return changed.finish()

    def mutate(self) -> _Mutation:
        return _Mutation(self)

    def written(self) -> dict[str, Json]:
        """What a snapshot of them holds; what was kept is not read for it."""
        return {
            key: self._below[key] if found is None else found
            for key in self
            if not is_sealed(key)
            for found in (self._above.get(key),)
        }


class _Mutation:
    """Changes on their way into new facts."""

    __slots__ = ("_above", "_count", "_of")

    def __init__(self, of: KeptFacts) -> None:
        self._of, self._above, self._count = of, of._above.mutate(), len(of)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def _has(self, key: str) -> bool:
        found = self._above.get(key, _NONE)
        return key in self._of._below if found is _NONE else found is not None

    def __setitem__(self, key: str, fact: Fact) -> None:
        self._count += not self._has(key)
        self._above[key] = fact

    def __delitem__(self, key: str) -> None:
        if not self._has(key):
            raise KeyError(key)
        self.pop(key)

    def pop(self, key: str, _: None = None) -> None:
        """Takes a fact away, if it is there."""
        if self._has(key):
            self._count -= 1
            self._above[key] = None

    def finish(self) -> KeptFacts:
        return KeptFacts(self._of._below, self._above.finish(), self._count)


_NONE: Final[Any] = object()


def _read(key: str, written: Raw) -> Fact:
    try:
        return _FACT.decode(written)
    except DecodeError:
        raise DamagedData(detail=f"snapshot {key}") from None

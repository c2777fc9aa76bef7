"""A journal in memory: for tests, simulations, and trying things out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.errors import InstanceExists, LostUpdate
from engine.journal.chain import seal
from engine.ports import (
    GENESIS,
    Batch,
    Entry,
    FactRow,
    Head,
    Receipt,
    Request,
    State,
    Timer,
)


class MemoryJournal:
    """The same promises as a database, but for surviving the process."""

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._facts: dict[str, dict[str, FactRow]] = {}
        self._timers: dict[str, dict[tuple[str, str], Timer]] = {}
        self._requests: dict[str, Request] = {}
        self._plans: dict[str, bytes] = {}
        self._blobs: dict[str, bytes] = {}
        self._commands: dict[tuple[str, str], Receipt] = {}

    def append(self, batch: Batch) -> Receipt:
        earlier = self._commands.get((batch.instance, batch.command or ""))
        if earlier is not None:
            return Receipt(head=earlier.head, first=earlier.first, repeated=True)
        head = self._heads.get(batch.instance)
        found = 0 if head is None else head.revision
        if batch.expected == 0 and head is not None:
            raise InstanceExists(instance=batch.instance)
        if found != batch.expected:
            raise LostUpdate(
                instance=batch.instance, expected=batch.expected, found=found
            )
        entries = list(seal(batch, GENESIS if head is None else head.hash))
        receipt = self._record(batch, entries, head)
        if batch.command:
            self._commands[batch.instance, batch.command] = receipt
        return receipt

    def _record(self, batch: Batch, entries: list[Entry], head: Head | None) -> Receipt:
        self._entries.setdefault(batch.instance, []).extend(entries)
        facts = self._facts.setdefault(batch.instance, {})
        for row in batch.facts:
            if row.value is None:
                facts.pop(row.key, None)
            else:
                facts[row.key] = row
        timers = self._timers.setdefault(batch.instance, {})
        for cancelled in batch.timers_cancelled:
            timers.pop(cancelled, None)
        for timer in batch.timers_set:
            timers[timer.node, timer.move] = timer
        self._requests.update({one.key: one for one in batch.requests})
        for key in batch.requests_closed:
            self._requests.pop(key, None)
        self._blobs.update(batch.blobs)
        self._heads[batch.instance] = after = head_after(batch, entries, head)
        return Receipt(head=after, first=batch.expected + 1)

    def head(self, instance: str) -> Head | None:
        return self._heads.get(instance)

    def heads(self) -> Sequence[Head]:
        return [self._heads[name] for name in sorted(self._heads)]

    def state(self, instance: str) -> State | None:
        head = self._heads.get(instance)
        if head is None:
            return None
        return State(head=head, facts=tuple(self._facts[instance].values()))

    def entries(
        self, instance: str, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Entry]:
        found = self._entries.get(instance, [])[after:]
        return iter(found if limit is None else found[:limit])

    def due(self, *, until: datetime, limit: int = 100) -> Sequence[Timer]:
        found = [timer for timer in self._all_timers() if timer.due <= until]
        return sorted(found, key=_earliest)[:limit]

    def _all_timers(self) -> Iterator[Timer]:
        return (timer for mine in self._timers.values() for timer in mine.values())

    def timers(self, instance: str) -> Sequence[Timer]:
        return sorted(self._timers.get(instance, {}).values(), key=_earliest)

    def next_due(self) -> datetime | None:
        return min((timer.due for timer in self._all_timers()), default=None)

    def open_requests(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Request]:
        found = [
            one
            for one in self._requests.values()
            if instance is None or one.instance == instance
        ]
        return sorted(found, key=lambda one: (one.instance, one.seq, one.key))[:limit]

    def put_plan(self, digest: str, text: bytes) -> None:
        self._plans.setdefault(digest, text)

    def plan(self, digest: str) -> bytes | None:
        return self._plans.get(digest)

    def put_blob(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self._blobs[digest] = content
        return digest

    def blob(self, digest: str) -> bytes | None:
        return self._blobs.get(digest)

    def close(self) -> None:
        """Nothing is held open."""


def _earliest(timer: Timer) -> tuple[datetime, str, str, str]:
    return timer.due, timer.instance, timer.node, timer.move


def head_after(batch: Batch, entries: Sequence[Entry], head: Head | None) -> Head:
    """Where an instance stands after a batch; one without entries moves timers."""
    last = entries[-1] if entries else None
    if last is None:
        assert head is not None
        return head
    return Head(
        instance=batch.instance,
        revision=last.seq,
        hash=last.hash,
        plan=batch.plan,
        simulated=batch.simulated,
        at=last.at,
    )

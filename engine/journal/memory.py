"""A journal in memory: for tests, simulations, and trying things out."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from msgspec.structs import replace

from engine import words
from engine.errors import (
    BadInput,
    ClaimLost,
    DamagedData,
    InstanceExists,
    LostUpdate,
    PlangateError,
    Unavailable,
)
from engine.journal.chain import seal
from engine.journal.holders import holders
from engine.journal.memory_log import MemoryLog
from engine.ports import (
    GENESIS,
    OFFICE,
    Accepted,
    Batch,
    Claim,
    Entry,
    FactRow,
    Head,
    Letter,
    Private,
    Receipt,
    Request,
    Snapshot,
    Standing,
    State,
    Stretch,
    Swept,
    Timer,
    Unowned,
    Waiting,
)

REFUSED: Final = (LostUpdate, InstanceExists, BadInput)
"""What keeps one batch out of a transaction and lets the others in."""


@dataclass(slots=True)
class _Queued:
    """A row of the queue."""

    request: Request
    is_simulated: bool
    ready: datetime | None
    attempts: int = 0
    silent: int = 0
    tries: int = 0
    trouble: str | None = None

    def told(self) -> Waiting:
        return Waiting(
            request=self.request,
            attempts=self.attempts,
            silent=self.silent,
            tries=self.tries,
            ready=self.ready,
            trouble=self.trouble,
            simulated=self.is_simulated,
        )


@dataclass(slots=True)
class _Kept:
    """Everything that a database would hold."""

    heads: dict[str, Head] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    facts: dict[str, dict[str, FactRow]] = field(default_factory=dict)
    timers: dict[str, dict[tuple[str, str], Timer]] = field(default_factory=dict)
    queue: dict[str, _Queued] = field(default_factory=dict)
    inbox: list[Letter] = field(default_factory=list)
    plans: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    privates: dict[str, dict[str, Private]] = field(default_factory=dict)
    commands: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    snapshots: dict[str, dict[int, Snapshot]] = field(default_factory=dict)


class MemoryJournal:
    """The same promises as a database, but for surviving the process."""

    def __init__(self) -> None:
        self._all: _Kept | None = _Kept()
        self._mutex = threading.RLock()
        self._log = MemoryLog(self._kept.entries, self._mutex)

    @property
    def _kept(self) -> _Kept:
        if self._all is None:
            raise Unavailable(detail=words.both("journal.closed"))
        return self._all

    @property
    def log(self) -> MemoryLog:
        return self._log

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        with self._mutex:
            yield

    def append(self, batch: Batch) -> Receipt:
        with self._mutex:
            earlier = self._kept.commands.get((batch.instance, batch.command or ""))
            if earlier is not None:
                return replace(earlier, repeated=True)
            head = self._kept.heads.get(batch.instance)
            compare(batch, head)
            self._has_plan(batch)
            for key, attempt in batch.held.items():
                if self._held(key, attempt) is None:
                    raise ClaimLost(key=key, attempt=attempt)
            entries = list(seal(batch, GENESIS if head is None else head.hash))
            receipt = self._record(batch, entries, head)
            if batch.command:
                self._kept.commands[batch.instance, batch.command] = receipt
        return receipt

    def _has_plan(self, batch: Batch) -> None:
        if batch.plan not in self._kept.plans:
            detail = words.both("journal.no_plan", digest=batch.plan)
            raise DamagedData(detail=detail)

    def append_all(self, batches: Sequence[Batch]) -> Sequence[Receipt | PlangateError]:
        assert_fit(batches)
        with self._mutex:
            for batch in batches:
                self._has_plan(batch)
            return [self._answered(batch) for batch in batches]

    def _answered(self, batch: Batch) -> Receipt | PlangateError:
        try:
            return self.append(batch)
        except REFUSED as wrong:
            return wrong

    def _record(self, batch: Batch, entries: list[Entry], head: Head | None) -> Receipt:
        self._kept.entries.setdefault(batch.instance, []).extend(entries)
        if entries:
            self._log.leave(batch.instance, entries[0].seq, entries[-1].seq)
        facts = self._kept.facts.setdefault(batch.instance, {})
        for row in batch.facts:
            if row.value is None:
                facts.pop(row.key, None)
            else:
                facts[row.key] = row
        timers = self._kept.timers.setdefault(batch.instance, {})
        for cancelled in batch.timers_cancelled:
            timers.pop(cancelled, None)
        for timer in batch.timers_set:
            timers[timer.node, timer.move] = timer
        for one in batch.requests:
            ready = batch.ready or batch.drafts[-1].at
            queued = _Queued(one, batch.simulated, ready)
            self._kept.queue[one.key] = queued
        for key in batch.requests_closed:
            self._kept.queue.pop(key, None)
        known = {(one.party, one.key) for one in self._kept.inbox}
        self._kept.inbox.extend(
            one for one in batch.letters if (one.party, one.key) not in known
        )
        self._record_content(batch)
        self._kept.heads[batch.instance] = after = head_after(batch, entries, head)
        return Receipt(head=after, first=batch.expected + 1)

    def _record_content(self, batch: Batch) -> None:
        self._kept.blobs.update(batch.blobs)
        privates = self._kept.privates.setdefault(batch.instance, {})
        for each in batch.privates:
            privates.setdefault(each.commitment, each)
        for digest in batch.privates_erased:
            privates.pop(digest, None)
        for digest in batch.blobs_erased:
            if not self.sharing(digest, instance=batch.instance):
                self._kept.blobs.pop(digest, None)

    @contextmanager
    def turn(self, instance: str) -> Iterator[None]:
        del instance  # there is one lock for all
        with self._mutex:
            yield

    def head(self, instance: str) -> Head | None:
        return self._kept.heads.get(instance)

    def heads(self, instances: Sequence[str] | None = None) -> Sequence[Head]:
        wanted = sorted(self._kept.heads) if instances is None else instances
        return [self._kept.heads[name] for name in wanted if name in self._kept.heads]

    def state(self, instance: str) -> State | None:
        head = self._kept.heads.get(instance)
        if head is None:
            return None
        return State(head=head, facts=tuple(self._kept.facts[instance].values()))

    def standings(
        self, instances: Sequence[str]
    ) -> Mapping[str, Standing | DamagedData]:
        found = {name: self.state(name) for name in instances}
        return {
            name: Standing(state=state, timers=self.timers(name))
            for name, state in found.items()
            if state is not None
        }

    def entries(
        self, instance: str, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Entry]:
        found = self._kept.entries.get(instance, [])[after:]
        return iter(found if limit is None else found[:limit])

    def commands(self, instance: str) -> Sequence[Accepted]:
        with self._mutex:
            found = [
                Accepted(key=key, first=one.first, last=one.head.revision)
                for (name, key), one in self._kept.commands.items()
                if name == instance
            ]
        return sorted(found, key=lambda one: one.first)

    def due(
        self, *, until: datetime, limit: int = 100, is_latest_first: bool = False
    ) -> Sequence[Timer]:
        found = [timer for timer in self._every_timer() if timer.due <= until]
        return sorted(found, key=_earliest, reverse=is_latest_first)[:limit]

    def due_instances(self, *, until: datetime, simulated: bool = False) -> int:
        due = {one.instance for one in self._every_timer() if one.due <= until}
        return sum(self._kept.heads[name].simulated == simulated for name in due)

    def _every_timer(self) -> Iterator[Timer]:
        return (timer for mine in self._kept.timers.values() for timer in mine.values())

    def timers(self, instance: str) -> Sequence[Timer]:
        return sorted(self._kept.timers.get(instance, {}).values(), key=_earliest)

    def next_due(self) -> datetime | None:
        return min((timer.due for timer in self._every_timer()), default=None)

    def open_requests(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Request]:
        return [one.request for one in self.queue(instance=instance, limit=limit)]

    def queue(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Waiting]:
        found = [
            one.told()
            for one in self._kept.queue.values()
            if instance is None or one.request.instance == instance
        ]
        return sorted(found, key=_asked_first)[:limit]

    def claim(
        self, *, now: datetime, until: datetime, simulated: bool = False, limit: int = 1
    ) -> Sequence[Waiting]:
        with self._mutex:
            ready = [
                (one.ready, key)
                for key, one in self._kept.queue.items()
                if one.is_simulated == simulated
                and one.ready is not None
                and one.ready <= now
            ]
            taken = [self._kept.queue[key] for _, key in sorted(ready)[:limit]]
            for one in taken:
                one.ready, one.attempts = until, one.attempts + 1
                one.silent += 1
            return sorted((one.told() for one in taken), key=_asked_first)

    def claims(
        self, *, beyond: datetime, simulated: bool = False, limit: int = 100
    ) -> Sequence[Claim]:
        found = [
            Claim(key=key, attempt=one.attempts, until=one.ready)
            for key, one in self._kept.queue.items()
            if one.is_simulated == simulated
            and one.silent
            and one.ready is not None
            and one.ready > beyond
        ]
        return sorted(found, key=lambda one: (one.until, one.key))[::-1][:limit]

    def _held(self, key: str, attempt: int) -> _Queued | None:
        found = self._kept.queue.get(key)
        return found if found is not None and found.attempts == attempt else None

    def renew(self, key: str, attempt: int, *, until: datetime) -> bool:
        with self._mutex:
            found = self._held(key, attempt)
            if found is not None:
                found.ready = until
            return found is not None

    def put_off(
        self,
        key: str,
        attempt: int,
        *,
        until: datetime | None,
        trouble: str | None,
        tries: int,
    ) -> bool:
        with self._mutex:
            found = self._held(key, attempt)
            if found is None:
                return False
            found.ready, found.trouble = until, trouble
            found.tries, found.silent = tries, 0
            return True

    def retry(self, key: str, *, at: datetime) -> bool:
        with self._mutex:
            found = self._kept.queue.get(key)
            if found is None:
                return False
            found.ready, found.tries, found.silent = at, 0, 0
            return True

    def next_ready(self, *, simulated: bool = False) -> datetime | None:
        mine = (
            one.ready
            for one in self._kept.queue.values()
            if one.is_simulated == simulated and one.ready is not None
        )
        return min(mine, default=None)

    def inbox(self, party: str, *, limit: int = 100) -> Sequence[Letter]:
        found = [one for one in self._kept.inbox if one.party == party]
        return found[::-1][:limit]

    def letters(self, instance: str) -> Sequence[Letter]:
        return [one for one in self._kept.inbox if one.instance == instance]

    def put_plan(self, digest: str, text: bytes) -> None:
        self._kept.plans.setdefault(digest, text)

    def plan(self, digest: str) -> bytes | None:
        return self._kept.plans.get(digest)

    def put_blob(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self._kept.blobs[digest] = content
        return digest

    def blob(self, digest: str) -> bytes | None:
        return self._kept.blobs.get(digest)

    def put_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        with self._mutex:
            for one in snapshots:
                self._kept.snapshots.setdefault(one.instance, {})[one.seq] = one

    def snapshot(
        self, instance: str, *, seq: int, at: datetime | None = None
    ) -> Snapshot | None:
        found = [
            one
            for one in self.snapshots(instance)
            if one.seq <= seq and (at is None or one.at <= at)
        ]
        return found[-1] if found else None

    def snapshots(self, instance: str) -> Iterator[Snapshot]:
        with self._mutex:
            kept = sorted(self._kept.snapshots.get(instance, {}).items())
        return iter([one for _, one in kept])

    def drop_snapshots(self, instance: str) -> None:
        with self._mutex:
            self._kept.snapshots.pop(instance, None)

    def stretches(self, *, after: str = "", limit: int) -> Sequence[Stretch]:
        with self._mutex:
            heads = [one for one in self.heads() if one.instance > after][:limit]
            return [
                Stretch(
                    instance=one.instance,
                    revision=one.revision,
                    kept=max(self._kept.snapshots.get(one.instance, ()), default=0),
                )
                for one in heads
            ]

    def privates(
        self, instance: str, commitments: Sequence[str] | None = None
    ) -> Sequence[Private]:
        found = self._kept.privates.get(instance, {})
        wanted = set(found if commitments is None else commitments)
        return [found[one] for one in sorted(wanted & set(found))]

    def sharing(self, digest: str, *, instance: str) -> Sequence[str]:
        named = digest.encode()
        return holders(
            digest,
            (
                (name, one.body)
                for name, entries in self._kept.entries.items()
                for one in entries
                if name != instance and named in one.body
            ),
        )

    def bodies(self) -> Iterator[bytes]:
        with self._mutex:
            every = [one.body for mine in self._kept.entries.values() for one in mine]
        return iter(every)

    def blobs(self, first: str, limit: int) -> Sequence[str]:
        return _from(self._kept.blobs, first, limit)

    def plans(self, first: str, limit: int) -> Sequence[str]:
        return _from(self._kept.plans, first, limit)

    def unowned(self, *, limit: int) -> Sequence[Unowned]:
        """Nobody but this class writes here."""
        del limit
        return ()

    def sweep(self) -> Swept:
        """Nothing of it is on a disk."""
        return Swept(is_clean=True)

    def close(self) -> None:
        """Forgets everything; a second time is no news."""
        self._all = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _from(names: Iterable[str], first: str, limit: int) -> Sequence[str]:
    return sorted(one for one in names if one >= first)[:limit]


def _asked_first(one: Waiting) -> tuple[str, int, str]:
    return one.request.instance, one.request.seq, one.request.key


def _earliest(timer: Timer) -> tuple[datetime, str, str, str]:
    return timer.due, timer.instance, timer.node, timer.move


def assert_fit(batches: Sequence[Batch]) -> None:
    """What may be recorded together, and left out without undoing the others."""
    names = {batch.instance for batch in batches}
    assert len(names) == len(batches), "one batch of each instance"
    assert not any(batch.command or batch.held for batch in batches)


def compare(batch: Batch, head: Head | None) -> None:
    """Raises unless the decision was made on what is there, and may have its name."""
    if batch.expected == 0 and batch.instance.startswith(OFFICE[0]):
        what = words.both("journal.reserved", mark=OFFICE[0])
        raise BadInput(node="", move="start", what=what)
    found = 0 if head is None else head.revision
    if batch.expected == 0 and head is not None:
        raise InstanceExists(instance=batch.instance)
    if found != batch.expected:
        raise LostUpdate(instance=batch.instance, expected=batch.expected, found=found)


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

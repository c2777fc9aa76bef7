"""A journal in an SQL database: what both databases have in common.

One act is one transaction on a held connection: the head row is read (and locked),
the expected revision compared, entries, facts, timers and requests written, the
head moved, committed; only then is there a receipt.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final, Self

from msgspec import Struct
from msgspec.structs import replace

from engine import words
from engine.errors import ClaimLost, DamagedData, PlangateError, Unavailable
from engine.journal.chain import seal
from engine.journal.codec import microseconds, moment, text_of
from engine.journal.holders import holders
from engine.journal.memory import REFUSED, assert_fit, compare, head_after
from engine.journal.prepared import Prepared
from engine.journal.rows import (
    accepted_of,
    content,
    entry_of,
    entry_row,
    head_of,
    letter_of,
    letter_row,
    private_of,
    private_row,
    request_row,
    snapshot_of,
    snapshot_row,
    standing_of,
    state_of,
    stretch_of,
    timer_of,
    waiting_of,
)
from engine.journal.sql_log import SqlLog
from engine.ports import (
    GENESIS,
    Accepted,
    Batch,
    Claim,
    Entry,
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

PAGE: Final = 500
SWEEPING: Final = 2.0
"""Seconds for which a sweep waits for who still reads."""
"""Entries read at a time."""
ENDLESS: Final = 2**63 - 1
"""The largest number that a column holds."""
_PARENTS: Final[list[Any]] = []
"""Connections of a parent process: never used here, and never closed, since closing
one would give up the parent's locks or end its session."""


class SqlJournal(ABC):
    """The port ``Journal`` over a held DBAPI connection; adapters open it."""

    def __init__(self, statements: Prepared) -> None:
        self._sql = statements
        self._mutex = threading.RLock()
        self._process = os.getpid()
        self._connection: Any = None
        self._is_closed = False
        self._moment: Any = None
        """The cursor of :meth:`one_moment`."""

    # -- what an adapter does

    @abstractmethod
    def _connect(self) -> Any:
        """A connection in autocommit mode; transactions are begun by hand."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Any]:
        """A cursor inside a write transaction; commits, or rolls back on an error."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Any]:
        """A cursor inside a read transaction: one state of the database."""

    @abstractmethod
    def turn(self, instance: str) -> AbstractContextManager[None]:
        """See the port."""

    @contextmanager
    def _held(self) -> Iterator[Any]:
        """The connection, for one thread at a time; a forked child opens its own."""
        if self._process != os.getpid():
            self._forked()
        with self._mutex:
            if self._is_closed:
                raise Unavailable(detail=words.both("journal.closed"))
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection

    @contextmanager
    def _opening(self) -> Iterator[None]:
        """A journal that cannot be opened holds nothing open."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _forked(self) -> None:
        """Nothing of the parent is used: a thread of it may hold the lock for ever."""
        _PARENTS.append(self._connection)
        self._connection = self._moment = None
        self._mutex, self._process = threading.RLock(), os.getpid()

    def _rows(self, cursor: Any, statement: str, *values: Any) -> list[Any]:
        cursor.execute(statement, values)
        rows: list[Any] = cursor.fetchall()
        return rows

    @property
    def log(self) -> SqlLog:
        return SqlLog(self._writing, self._reading, self._sql)

    # -- writing

    def append(self, batch: Batch) -> Receipt:
        with self._writing() as cursor:
            head = self._head(cursor, self._sql.head_locked, batch.instance)
            if batch.command:
                # looked for under the lock: of two that race the second finds it
                earlier = self._earlier(cursor, batch)
                if earlier is not None:
                    return earlier
            sealed = _sealed(batch, head)
            self._end_claims(cursor, batch)
            for statement, rows in self._statements(sealed):
                self._many(cursor, statement, rows)
            self._erase_blobs(cursor, batch)
            if batch.command:
                done = (batch.expected + 1, sealed.after.revision)
                row = (batch.instance, batch.command, *done)
                cursor.execute(self._sql.new_command, row)
        return sealed.receipt

    def append_all(self, batches: Sequence[Batch]) -> Sequence[Receipt | PlangateError]:
        assert_fit(batches)
        names = json.dumps([batch.instance for batch in batches])
        with self._writing() as cursor:
            rows = self._rows(cursor, self._sql.heads_locked, names)
            heads = {head.instance: head for head in map(head_of, rows)}
            found = [_tried(batch, heads.get(batch.instance)) for batch in batches]
            self._record_all(cursor, [one for one in found if isinstance(one, _Sealed)])
        return [one.receipt if isinstance(one, _Sealed) else one for one in found]

    def _earlier(self, cursor: Any, batch: Batch) -> Receipt | None:
        found = self._rows(cursor, self._sql.command, batch.instance, batch.command)
        if not found:
            return None
        head = self._head(cursor, self._sql.head, batch.instance)
        assert head is not None
        first, last = found[0]
        then = replace(head, revision=int(last))
        return Receipt(head=then, first=int(first), repeated=True)

    def _record_all(self, cursor: Any, batches: Sequence[_Sealed]) -> None:
        """What many batches say, by as many statements as one of them takes."""
        together: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for sealed in batches:
            for statement, rows in self._statements(sealed):
                together[statement] += rows
        for statement, rows in together.items():
            self._many(cursor, statement, rows)

    def _statements(
        self, sealed: _Sealed
    ) -> tuple[tuple[str, list[tuple[Any, ...]]], ...]:
        """Each statement with the rows that it takes, in the order of the tables."""
        sql, batch, after = self._sql, sealed.batch, sealed.after
        name, at = batch.instance, microseconds(after.at)
        made = (name, after.plan, after.revision, after.hash, at, int(after.simulated))
        moved = (after.revision, after.hash, at, name)
        return (
            (sql.new_entry, [entry_row(one) for one in sealed.entries]),
            (
                sql.new_unlogged,
                [(name, batch.expected + 1, after.revision)] if sealed.entries else [],
            ),
            (
                sql.set_fact,
                [
                    (name, one.key, text_of(one.value), one.seq)
                    for one in batch.facts
                    if one.value is not None
                ],
            ),
            (
                sql.drop_fact,
                [(name, one.key) for one in batch.facts if one.value is None],
            ),
            (sql.drop_timer, [(name, *which) for which in batch.timers_cancelled]),
            (
                sql.set_timer,
                [
                    (name, one.node, one.move, microseconds(one.due))
                    for one in batch.timers_set
                ],
            ),
            (sql.new_request, [request_row(one, batch) for one in batch.requests]),
            (
                sql.close_request,
                [(key,) for key in batch.requests_closed if key not in batch.held],
            ),
            (sql.new_message, [letter_row(one) for one in batch.letters]),
            # in order, so that two writers never wait for each other in a ring
            (sql.new_blob, sorted(batch.blobs.items())),
            (sql.new_private, [private_row(one) for one in batch.privates]),
            (sql.drop_private, [(name, one) for one in batch.privates_erased]),
            (sql.new_head, [made] if sealed.is_new else []),
            (sql.move_head, [] if sealed.is_new else [moved]),
        )

    def _erase_blobs(self, cursor: Any, batch: Batch) -> None:
        """What another instance holds stays; nobody begins to name it meanwhile."""
        if not batch.blobs_erased:
            return
        self._lock_blobs(cursor)
        for digest in batch.blobs_erased:
            if not self._shared(cursor, digest, batch.instance):
                cursor.execute(self._sql.drop_blob, (digest,))

    def _shared(self, cursor: Any, digest: str, instance: str) -> list[str]:
        found = self._rows(cursor, self._sql.sharing, instance, digest.encode())
        return holders(digest, ((str(name), content(body)) for name, body in found))

    @abstractmethod
    def _lock_blobs(self, cursor: Any) -> None:
        """Until the transaction ends nobody else keeps content."""

    def _end_claims(self, cursor: Any, batch: Batch) -> None:
        """An attempt that is no longer the last one ends nothing."""
        for key, attempt in batch.held.items():
            if not self._rows(cursor, self._sql.end_claim, key, attempt):
                raise ClaimLost(key=key, attempt=attempt)

    def _many(
        self, cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]]
    ) -> None:
        if len(rows) == 1:
            cursor.execute(statement, rows[0])
        elif rows:
            cursor.executemany(statement, rows)

    # -- reading

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Holds the connection, and a read transaction that stops no writer."""
        with self._reading() as cursor:
            self._moment = cursor
            try:
                yield
            finally:
                self._moment = None

    def _head(self, cursor: Any, statement: str, name: str) -> Head | None:
        rows = self._rows(cursor, statement, name)
        return head_of(rows[0]) if rows else None

    def head(self, instance: str) -> Head | None:
        with self._reading() as cursor:
            return self._head(cursor, self._sql.head, instance)

    def heads(self, instances: Sequence[str] | None = None) -> Sequence[Head]:
        with self._reading() as cursor:
            if instances is None:
                rows = self._rows(cursor, self._sql.heads)
            else:
                rows = self._rows(cursor, self._sql.heads_of, json.dumps(instances))
        return [head_of(row) for row in rows]

    def state(self, instance: str) -> State | None:
        with self._reading() as cursor:
            head = self._head(cursor, self._sql.head, instance)
            if head is None:
                return None
            rows = self._rows(cursor, self._sql.facts, instance)
        return state_of(head, rows)

    def standings(
        self, instances: Sequence[str]
    ) -> Mapping[str, Standing | DamagedData]:
        names, sql = json.dumps(list(instances)), self._sql
        facts: dict[str, list[Any]] = defaultdict(list)
        timers: dict[str, list[Timer]] = defaultdict(list)
        with self._reading() as cursor:
            heads = [head_of(row) for row in self._rows(cursor, sql.heads_of, names)]
            for name, *row in self._rows(cursor, sql.facts_of, names):
                facts[name].append(row)
            for row in self._rows(cursor, sql.timers_of, names):
                timers[row[0]].append(timer_of(row))
        return {
            head.instance: standing_of(
                head, facts[head.instance], timers[head.instance]
            )
            for head in heads
        }

    def entries(
        self, instance: str, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Entry]:
        """Read in pages, so that a long history holds up nobody."""
        left = limit
        while left is None or left > 0:
            most = PAGE if left is None else min(PAGE, left)
            with self._reading() as cursor:
                rows = self._rows(cursor, self._sql.entries, instance, after, most)
            yield from map(entry_of, rows)
            if len(rows) < most:
                return
            after = int(rows[-1][1])
            left = None if left is None else left - len(rows)

    def commands(self, instance: str) -> Sequence[Accepted]:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.commands, instance)
        return [accepted_of(row) for row in rows]

    def due(
        self, *, until: datetime, limit: int = 100, is_latest_first: bool = False
    ) -> Sequence[Timer]:
        statement = self._sql.due_last if is_latest_first else self._sql.due
        with self._reading() as cursor:
            rows = self._rows(cursor, statement, microseconds(until), limit)
        return [timer_of(row) for row in rows]

    def due_instances(self, *, until: datetime, simulated: bool = False) -> int:
        given = (microseconds(until), int(simulated))
        with self._reading() as cursor:
            found = self._rows(cursor, self._sql.due_instances, *given)
        return int(found[0][0])

    def timers(self, instance: str) -> Sequence[Timer]:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.timers, instance)
        return [timer_of(row) for row in rows]

    def next_due(self) -> datetime | None:
        with self._reading() as cursor:
            found = self._rows(cursor, self._sql.next_due)[0][0]
        return None if found is None else moment(int(found))

    def open_requests(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Request]:
        return [one.request for one in self.queue(instance=instance, limit=limit)]

    # -- the queue of requests

    def queue(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Waiting]:
        with self._reading() as cursor:
            if instance is None:
                rows = self._rows(cursor, self._sql.requests, limit)
            else:
                rows = self._rows(cursor, self._sql.requests_of, instance, limit)
        return [waiting_of(row) for row in rows]

    def claim(
        self, *, now: datetime, until: datetime, simulated: bool = False, limit: int = 1
    ) -> Sequence[Waiting]:
        given = (microseconds(until), int(simulated), microseconds(now), limit)
        with self._writing() as cursor:
            rows = self._rows(cursor, self._sql.claim, *given)
        found = [waiting_of(row) for row in rows]
        return sorted(
            found,
            key=lambda one: (one.request.instance, one.request.seq, one.request.key),
        )

    def claims(
        self, *, beyond: datetime, simulated: bool = False, limit: int = 100
    ) -> Sequence[Claim]:
        given = (int(simulated), microseconds(beyond), limit)
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.claims, *given)
        return [
            Claim(key=key, attempt=int(attempt), until=moment(int(ready)))
            for key, attempt, ready in rows
        ]

    def renew(self, key: str, attempt: int, *, until: datetime) -> bool:
        return self._changed(self._sql.renew, microseconds(until), key, attempt)

    def put_off(
        self,
        key: str,
        attempt: int,
        *,
        until: datetime | None,
        trouble: str | None,
        tries: int,
    ) -> bool:
        at = None if until is None else microseconds(until)
        return self._changed(self._sql.put_off, at, tries, trouble, key, attempt)

    def retry(self, key: str, *, at: datetime) -> bool:
        return self._changed(self._sql.retry, microseconds(at), key)

    def _changed(self, statement: str, *given: Any) -> bool:
        with self._writing() as cursor:
            return bool(self._rows(cursor, statement, *given))

    def next_ready(self, *, simulated: bool = False) -> datetime | None:
        with self._reading() as cursor:
            found = self._rows(cursor, self._sql.next_ready, int(simulated))[0][0]
        return None if found is None else moment(int(found))

    def inbox(self, party: str, *, limit: int = 100) -> Sequence[Letter]:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.messages, party, limit)
        return [letter_of(row) for row in rows]

    def letters(self, instance: str) -> Sequence[Letter]:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.letters, instance)
        return [letter_of(row) for row in rows]

    # -- kept content

    def put_plan(self, digest: str, text: bytes) -> None:
        with self._writing() as cursor:
            cursor.execute(self._sql.new_plan, (digest, text))

    def plan(self, digest: str) -> bytes | None:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.plan, digest)
        return content(rows[0][0]) if rows else None

    def put_blob(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        with self._writing() as cursor:
            cursor.execute(self._sql.new_blob, (digest, content))
        return digest

    def blob(self, digest: str) -> bytes | None:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.blob, digest)
        return content(rows[0][0]) if rows else None

    # -- snapshots

    def put_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        with self._writing() as cursor:
            self._many(
                cursor, self._sql.set_snapshot, list(map(snapshot_row, snapshots))
            )

    def snapshot(
        self, instance: str, *, seq: int, at: datetime | None = None
    ) -> Snapshot | None:
        by = ENDLESS if at is None else microseconds(at)
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.last_snapshot, instance, seq, by, 1)
        return snapshot_of(rows[0]) if rows else None

    def snapshots(self, instance: str) -> Iterator[Snapshot]:
        after = 0
        while True:
            with self._reading() as cursor:
                rows = self._rows(cursor, self._sql.snapshots, instance, after, 1)
            if not rows:
                return
            yield (found := snapshot_of(rows[0]))
            after = found.seq

    def drop_snapshots(self, instance: str) -> None:
        with self._writing() as cursor:
            cursor.execute(self._sql.drop_snapshots, (instance,))

    def stretches(self, *, after: str = "", limit: int) -> Sequence[Stretch]:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.stretches, after, limit)
        return [stretch_of(row) for row in rows]

    # -- what is about people

    def privates(
        self, instance: str, commitments: Sequence[str] | None = None
    ) -> Sequence[Private]:
        with self._reading() as cursor:
            if commitments is None:
                rows = self._rows(cursor, self._sql.privates, instance)
            else:
                names = json.dumps(list(commitments))
                rows = self._rows(cursor, self._sql.privates_of, instance, names)
        return [private_of(row) for row in rows]

    def sharing(self, digest: str, *, instance: str) -> Sequence[str]:
        with self._reading() as cursor:
            return self._shared(cursor, digest, instance)

    # -- all instances at once

    def bodies(self) -> Iterator[bytes]:
        after = -ENDLESS
        while True:
            with self._reading() as cursor:
                rows = self._rows(cursor, self._sql.bodies, after, PAGE)
            if not rows:
                return
            yield from (content(body) for _, body in rows)
            after = int(rows[-1][0])

    def blobs(self, first: str, limit: int) -> Sequence[str]:
        return self._names(self._sql.blobs, first, limit)

    def plans(self, first: str, limit: int) -> Sequence[str]:
        return self._names(self._sql.plans, first, limit)

    def _names(self, statement: str, first: str, limit: int) -> Sequence[str]:
        with self._reading() as cursor:
            return [str(one) for (one,) in self._rows(cursor, statement, first, limit)]

    def unowned(self, *, limit: int) -> Sequence[Unowned]:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.unowned, limit)
        return [
            Unowned(table=table, instance=str(name), count=int(count))
            for table, name, count in rows
        ]

    @abstractmethod
    def sweep(self) -> Swept:
        """See the port."""

    def close(self) -> None:
        """Ends the use of this journal; a second time is no news."""
        with self._mutex:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None
            self._is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Sealed(Struct, frozen=True, kw_only=True):
    """A batch that may be recorded, with its entries and where they lead."""

    batch: Batch
    entries: Sequence[Entry]
    after: Head
    is_new: bool

    @property
    def receipt(self) -> Receipt:
        return Receipt(head=self.after, first=self.batch.expected + 1)


def _sealed(batch: Batch, head: Head | None) -> _Sealed:
    """Raises what keeps the batch from being recorded."""
    compare(batch, head)
    entries = list(seal(batch, GENESIS if head is None else head.hash))
    after = head_after(batch, entries, head)
    return _Sealed(batch=batch, entries=entries, after=after, is_new=head is None)


def _tried(batch: Batch, head: Head | None) -> _Sealed | PlangateError:
    """The same, or what it raised."""
    try:
        return _sealed(batch, head)
    except REFUSED as wrong:
        return wrong

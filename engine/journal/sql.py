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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final

from engine.errors import InstanceExists, LostUpdate
from engine.journal.chain import seal
from engine.journal.codec import microseconds, moment, text_of
from engine.journal.memory import head_after
from engine.journal.statements import Statement, Statements
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

PAGE: Final = 500
"""Entries read at a time."""


class SqlJournal(ABC):
    """The port ``Journal`` over a held DBAPI connection; adapters open it."""

    def __init__(self, statements: Statements) -> None:
        self._sql = statements
        self._mutex = threading.RLock()
        self._process = os.getpid()
        self._connection: Any = None

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

    @contextmanager
    def _held(self) -> Iterator[Any]:
        """The connection, for one thread at a time; a forked child opens its own."""
        with self._mutex:
            if self._process != os.getpid():
                self._connection, self._process = None, os.getpid()
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection

    def _rows(self, cursor: Any, statement: Statement, **values: Any) -> list[Any]:
        cursor.execute(statement.text, statement.row(values))
        rows: list[Any] = cursor.fetchall()
        return rows

    # -- writing

    def append(self, batch: Batch) -> Receipt:
        with self._writing() as cursor:
            if batch.command:
                earlier = self._earlier(cursor, batch)
                if earlier is not None:
                    return earlier
            head = self._locked(cursor, batch)
            entries = list(seal(batch, GENESIS if head is None else head.hash))
            after = head_after(batch, entries, head)
            self._record(cursor, batch, entries)
            self._move(cursor, batch, after, is_new=head is None)
        return Receipt(head=after, first=batch.expected + 1)

    def _earlier(self, cursor: Any, batch: Batch) -> Receipt | None:
        found = self._rows(
            cursor, self._sql.command, instance=batch.instance, key=batch.command
        )
        if not found:
            return None
        head = self._head(cursor, self._sql.head, batch.instance)
        assert head is not None
        first, last = found[0]
        then = Head(
            instance=head.instance,
            revision=int(last),
            hash=head.hash,
            plan=head.plan,
            simulated=head.simulated,
            at=head.at,
        )
        return Receipt(head=then, first=int(first), repeated=True)

    def _locked(self, cursor: Any, batch: Batch) -> Head | None:
        """The head, nobody else's to move until this transaction ends."""
        head = self._head(cursor, self._sql.head_locked, batch.instance)
        if batch.expected == 0 and head is not None:
            raise InstanceExists(instance=batch.instance)
        found = 0 if head is None else head.revision
        if found != batch.expected:
            raise LostUpdate(
                instance=batch.instance, expected=batch.expected, found=found
            )
        return head

    def _record(self, cursor: Any, batch: Batch, entries: Sequence[Entry]) -> None:
        name = batch.instance
        written = [
            {
                "instance": name,
                "seq": one.seq,
                "at": microseconds(one.at),
                "type": one.type,
                "node": one.node,
                "actor": one.actor,
                "body": one.body,
                "hash": one.hash,
            }
            for one in entries
        ]
        self._many(cursor, self._sql.new_entry, written)
        set_ = [
            {"instance": name, "key": r.key, "value": text_of(r.value), "seq": r.seq}
            for r in batch.facts
            if r.value is not None
        ]
        self._many(cursor, self._sql.set_fact, set_)
        gone = [r.key for r in batch.facts if r.value is None]
        self._many(
            cursor, self._sql.drop_fact, [{"instance": name, "key": k} for k in gone]
        )
        self._due(cursor, batch)
        self._asked(cursor, batch)

    def _due(self, cursor: Any, batch: Batch) -> None:
        cancelled = [
            {"instance": batch.instance, "node": node, "move": move}
            for node, move in batch.timers_cancelled
        ]
        self._many(cursor, self._sql.drop_timer, cancelled)
        set_ = [
            {
                "instance": one.instance,
                "node": one.node,
                "move": one.move,
                "due": microseconds(one.due),
            }
            for one in batch.timers_set
        ]
        self._many(cursor, self._sql.set_timer, set_)

    def _asked(self, cursor: Any, batch: Batch) -> None:
        asked = [
            {
                "key": one.key,
                "instance": one.instance,
                "seq": one.seq,
                "action": one.action,
                "node": one.node,
                "parameters": text_of(one.parameters),
            }
            for one in batch.requests
        ]
        self._many(cursor, self._sql.new_request, asked)
        closed = [{"key": key} for key in batch.requests_closed]
        self._many(cursor, self._sql.close_request, closed)
        blobs = [{"digest": d, "content": c} for d, c in batch.blobs.items()]
        self._many(cursor, self._sql.new_blob, blobs)

    def _many(
        self, cursor: Any, statement: Statement, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        if len(rows) == 1:
            cursor.execute(statement.text, statement.row(rows[0]))
        elif rows:
            cursor.executemany(statement.text, statement.rows(rows))

    def _move(self, cursor: Any, batch: Batch, after: Head, *, is_new: bool) -> None:
        values = {
            "id": after.instance,
            "instance": after.instance,
            "plan": after.plan,
            "revision": after.revision,
            "hash": after.hash,
            "at": microseconds(after.at),
            "simulated": int(after.simulated),
        }
        statement = self._sql.new_head if is_new else self._sql.move_head
        cursor.execute(statement.text, statement.row(values))
        if batch.command:
            self._many(
                cursor,
                self._sql.new_command,
                [
                    {
                        "instance": batch.instance,
                        "key": batch.command,
                        "first": batch.expected + 1,
                        "last": after.revision,
                    }
                ],
            )

    # -- reading

    def _head(self, cursor: Any, statement: Statement, name: str) -> Head | None:
        rows = self._rows(cursor, statement, instance=name)
        return _head_of(rows[0]) if rows else None

    def head(self, instance: str) -> Head | None:
        with self._reading() as cursor:
            return self._head(cursor, self._sql.head, instance)

    def heads(self) -> Sequence[Head]:
        with self._reading() as cursor:
            return [_head_of(row) for row in self._rows(cursor, self._sql.heads)]

    def state(self, instance: str) -> State | None:
        with self._reading() as cursor:
            head = self._head(cursor, self._sql.head, instance)
            if head is None:
                return None
            rows = self._rows(cursor, self._sql.facts, instance=instance)
            facts = [
                FactRow(key=key, value=json.loads(value), seq=int(seq))
                for key, value, seq in rows
            ]
        return State(head=head, facts=facts)

    def entries(
        self, instance: str, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Entry]:
        """Read in pages, so that a long history holds up nobody."""
        left = limit
        while left is None or left > 0:
            most = PAGE if left is None else min(PAGE, left)
            with self._reading() as cursor:
                rows = self._rows(
                    cursor, self._sql.entries, instance=instance, after=after, most=most
                )
            yield from map(_entry_of, rows)
            if len(rows) < most:
                return
            after = int(rows[-1][1])
            left = None if left is None else left - len(rows)

    def due(self, *, until: datetime, limit: int = 100) -> Sequence[Timer]:
        with self._reading() as cursor:
            rows = self._rows(
                cursor, self._sql.due, until=microseconds(until), most=limit
            )
        return [_timer_of(row) for row in rows]

    def timers(self, instance: str) -> Sequence[Timer]:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.timers, instance=instance)
        return [_timer_of(row) for row in rows]

    def next_due(self) -> datetime | None:
        with self._reading() as cursor:
            found = self._rows(cursor, self._sql.next_due)[0][0]
        return None if found is None else moment(int(found))

    def open_requests(
        self, *, instance: str | None = None, limit: int = 100
    ) -> Sequence[Request]:
        with self._reading() as cursor:
            if instance is None:
                rows = self._rows(cursor, self._sql.requests, most=limit)
            else:
                rows = self._rows(
                    cursor, self._sql.requests_of, instance=instance, most=limit
                )
        return [_request_of(row) for row in rows]

    # -- kept content

    def put_plan(self, digest: str, text: bytes) -> None:
        with self._writing() as cursor:
            self._many(cursor, self._sql.new_plan, [{"digest": digest, "text": text}])

    def plan(self, digest: str) -> bytes | None:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.plan, digest=digest)
        return bytes(rows[0][0]) if rows else None

    def put_blob(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        with self._writing() as cursor:
            row = {"digest": digest, "content": content}
            self._many(cursor, self._sql.new_blob, [row])
        return digest

    def blob(self, digest: str) -> bytes | None:
        with self._reading() as cursor:
            rows = self._rows(cursor, self._sql.blob, digest=digest)
        return bytes(rows[0][0]) if rows else None

    def close(self) -> None:
        with self._mutex:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None


def _head_of(row: Sequence[Any]) -> Head:
    name, plan, revision, hash_, at, simulated = row
    return Head(
        instance=name,
        revision=int(revision),
        hash=bytes(hash_),
        plan=plan,
        simulated=bool(simulated),
        at=moment(int(at)),
    )


def _entry_of(row: Sequence[Any]) -> Entry:
    name, seq, at, type_, node, actor, body, hash_ = row
    return Entry(
        instance=name,
        seq=int(seq),
        at=moment(int(at)),
        type=type_,
        node=node,
        actor=actor,
        body=bytes(body),
        hash=bytes(hash_),
    )


def _timer_of(row: Sequence[Any]) -> Timer:
    name, node, move, due = row
    return Timer(instance=name, node=node, move=move, due=moment(int(due)))


def _request_of(row: Sequence[Any]) -> Request:
    key, name, seq, action, node, parameters = row
    return Request(
        instance=name,
        key=key,
        seq=int(seq),
        action=action,
        node=node,
        parameters=json.loads(parameters),
    )

"""Rows of the tables, as a driver takes and gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import DecodeError
from msgspec.json import Decoder

from engine.errors import DamagedData
from engine.journal.codec import microseconds, moment, text_of
from engine.ports import (
    Accepted,
    Batch,
    Entry,
    Extent,
    FactRow,
    Head,
    Json,
    Leaf,
    Letter,
    Line,
    LogState,
    Private,
    Request,
    Signing,
    Snapshot,
    Standing,
    State,
    Stretch,
    Timer,
    Waiting,
)

_VALUES: Final = Decoder()


def entry_row(one: Entry) -> tuple[Any, ...]:
    at = microseconds(one.at)
    return (
        one.instance,
        one.seq,
        at,
        one.type,
        one.node,
        one.actor,
        one.body,
        one.hash,
    )


def request_row(one: Request, batch: Batch) -> tuple[Any, ...]:
    given = text_of(one.parameters)
    asked = (one.key, one.instance, one.seq, one.action, one.node, given)
    ready = batch.ready or batch.drafts[-1].at
    return (*asked, int(batch.simulated), microseconds(ready))


def letter_row(one: Letter) -> tuple[Any, ...]:
    at = microseconds(one.at)
    return one.party, one.key, one.instance, one.node, at, one.text


def private_row(one: Private) -> tuple[Any, ...]:
    return one.instance, one.commitment, one.field, one.salt, one.value


def private_of(row: Sequence[Any]) -> Private:
    name, commitment, field, salt, value = row
    return Private(
        instance=name,
        commitment=commitment,
        field=field,
        salt=content(salt),
        value=content(value),
    )


def state_of(head: Head, rows: Sequence[Sequence[Any]]) -> State:
    """Raises DamagedData for a value that cannot be read."""
    facts = [
        FactRow(key=key, value=parsed(key, value), seq=int(seq))
        for key, value, seq in rows
    ]
    return State(head=head, facts=facts)


def standing_of(
    head: Head, rows: Sequence[Sequence[Any]], timers: Sequence[Timer]
) -> Standing | DamagedData:
    try:
        return Standing(state=state_of(head, rows), timers=timers)
    except DamagedData as wrong:
        return wrong


def content(stored: Any) -> bytes:
    """Kept bytes; text in their place is somebody's change, told by its hash.

    Raises TypeError for a number, of which ``bytes`` would make so many zeros.
    """
    return stored.encode() if isinstance(stored, str) else bytes(memoryview(stored))


def parsed(key: str, stored: Any) -> Json:
    """The value in a text column. Raises DamagedData."""
    try:
        return _VALUES.decode(stored)
    except (DecodeError, TypeError) as wrong:
        raise DamagedData(detail=f"{key}: {wrong}") from None


def head_of(row: Sequence[Any]) -> Head:
    name, plan, revision, hash_, at, simulated = row
    return Head(
        instance=name,
        revision=int(revision),
        hash=content(hash_),
        plan=plan,
        simulated=bool(simulated),
        at=moment(int(at)),
    )


def entry_of(row: Sequence[Any]) -> Entry:
    name, seq, at, type_, node, actor, body, hash_ = row
    return Entry(
        instance=name,
        seq=int(seq),
        at=moment(int(at)),
        type=type_,
        node=node,
        actor=actor,
        body=content(body),
        hash=content(hash_),
    )


def accepted_of(row: Sequence[Any]) -> Accepted:
    key, first, last = row
    return Accepted(key=key, first=int(first), last=int(last))


def timer_of(row: Sequence[Any]) -> Timer:
    name, node, move, due = row
    return Timer(instance=name, node=node, move=move, due=moment(int(due)))


def waiting_of(row: Sequence[Any]) -> Waiting:
    key, name, seq, action, node, parameters, *standing = row
    attempts, silent, tries, ready, trouble, simulated = standing
    asked = Request(
        instance=name,
        key=key,
        seq=int(seq),
        action=action,
        node=node,
        parameters=parsed(key, parameters),
    )
    return Waiting(
        request=asked,
        attempts=int(attempts),
        silent=int(silent),
        tries=int(tries),
        ready=None if ready is None else moment(int(ready)),
        trouble=trouble,
        simulated=bool(simulated),
    )


def letter_of(row: Sequence[Any]) -> Letter:
    party, key, name, node, at, text = row
    return Letter(
        party=party,
        key=key,
        instance=name,
        node=node,
        at=moment(int(at)),
        text=text,
    )


def leaf_of(row: Sequence[Any]) -> Leaf:
    position, *entry = row
    return Leaf(position=int(position), entry=entry_of(entry))


def extent_of(row: Sequence[Any]) -> Extent:
    count, first, last = row
    return Extent(count=int(count), first=int(first or 0), last=int(last or 0))


def line_of(row: Sequence[Any]) -> Line:
    number, name, first, last = row
    return Line(number=int(number), instance=name, first=int(first), last=int(last))


def log_of(row: Sequence[Any]) -> LogState:
    size, sealed, seq, hash_, at, keys, migrated = row
    return LogState(
        size=int(size),
        sealed=int(sealed),
        seq=int(seq),
        hash=content(hash_),
        at=None if at is None else moment(int(at)),
        keys=None if keys is None else int(keys),
        migrated=migrated,
    )


def snapshot_row(one: Snapshot) -> tuple[Any, ...]:
    at = microseconds(one.at)
    return one.instance, one.seq, at, one.entry, one.digest, one.facts


def snapshot_of(row: Sequence[Any]) -> Snapshot:
    """Raises DamagedData for a row that was not written by a journal."""
    name, seq, at, entry, digest, facts = row
    try:
        return Snapshot(
            instance=name,
            seq=int(seq),
            at=moment(int(at)),
            entry=content(entry),
            digest=str(digest),
            facts=content(facts),
        )
    except (TypeError, ValueError, OverflowError) as wrong:
        raise DamagedData(detail=f"snapshot {name}: {wrong}") from None


def stretch_of(row: Sequence[Any]) -> Stretch:
    name, revision, kept = row
    return Stretch(instance=name, revision=int(revision), kept=int(kept))


def log_row(state: LogState) -> tuple[Any, ...]:
    at = None if state.at is None else microseconds(state.at)
    where = (state.size, state.sealed, state.seq, state.hash)
    return *where, at, state.keys, state.migrated


def signing_of(row: Sequence[Any]) -> Signing:
    size, at, trouble = row
    return Signing(
        size=int(size),
        at=None if at is None else moment(int(at)),
        trouble=None if trouble is None else parsed("trouble", trouble),
    )


def signing_row(told: Signing) -> tuple[Any, ...]:
    at = None if told.at is None else microseconds(told.at)
    return told.size, at, None if told.trouble is None else text_of(told.trouble)

"""Every entry carries the hash of the one before it: nothing slips in or out.

The hash of an entry is SHA-256 of a zero byte and its body, the leaf hash of
RFC 6962, so that entries can stand in a Merkle tree as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine import words
from engine.errors import BadInput, DamagedData
from engine.journal.codec import VERSION, decode, encode, moment_text
from engine.ports import GENESIS, Batch, Draft, Entry, Json


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\0" + body).digest()


def seal(batch: Batch, previous: bytes) -> Iterator[Entry]:
    """The entries of a batch, each chained to the one before it.

    Raises BadInput for what is no text: it could be kept here and not there.
    """
    shared: dict[str, Json] = {"v": VERSION, "instance": batch.instance}
    if batch.plan:
        shared["plan"] = batch.plan
    if batch.simulated:
        shared["simulated"] = True
    if batch.command is not None:
        shared["command"] = batch.command
    if batch.recorded is not None:
        shared["recorded"] = moment_text(batch.recorded)
    for seq, draft in enumerate(batch.drafts, start=batch.expected + 1):
        body = _body(draft, shared, seq, previous)
        previous = leaf_hash(body)
        yield Entry(
            instance=batch.instance,
            seq=seq,
            at=draft.at,
            type=draft.type,
            node=draft.node,
            actor=draft.actor,
            body=body,
            hash=previous,
        )


def _body(draft: Draft, shared: dict[str, Json], seq: int, previous: bytes) -> bytes:
    content = shared | {
        "seq": seq,
        "prev": previous.hex(),
        "at": moment_text(draft.at),
        "type": draft.type,
        "data": draft.payload,
    }
    content.setdefault("recorded", content["at"])
    if draft.node is not None:
        content["node"] = draft.node
    if draft.actor is not None:
        content["actor"] = draft.actor
    if draft.led_by is not None:
        content["led_by"] = draft.led_by
    try:
        body = encode(content)
        unkept = b"\\u0000" in body and _NUL.search(body) is not None
    except UnicodeEncodeError:
        unkept = True
    if unkept:
        move = draft.payload.get("move", draft.type)
        raise no_text(draft.node or "", str(move))
    return body


_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The character U+0000 as JSON writes it, which PostgreSQL keeps in no text."""


def no_text(node: str = "", move: str = "") -> BadInput:
    return BadInput(node=node, move=move, what=words.both("journal.no_text"))


def sound(entries: Iterable[Entry], last: bytes | None) -> Iterator[Entry]:
    """The same entries, each what its hash says and next to the one before.

    For whoever reads and does not verify: an answer never goes past an entry that was
    altered. ``last`` is the hash before the first; None: it is not known. Raises
    DamagedData with the entry.
    """
    for entry in entries:
        is_same = leaf_hash(entry.body) == entry.hash
        is_next = last is None or b'"prev":"%s"' % last.hex().encode() in entry.body
        if not (is_same and is_next):
            values = {"instance": entry.instance, "seq": entry.seq}
            raise DamagedData(detail=words.both("journal.altered", **values))
        last = entry.hash
        yield entry


@dataclass(frozen=True, slots=True)
class Defect:
    """Something in a history that is not as it was written."""

    code: str
    seq: int


def verify(entries: Iterable[Entry]) -> Sequence[Defect]:
    """Every defect of an instance's entries; none if the chain is whole."""
    found: list[Defect] = []
    previous, seq = GENESIS, 0
    at: datetime | None = None
    for entry in entries:
        if entry.seq != seq + 1:
            found.append(Defect("journal.gap", seq + 1))
        if leaf_hash(entry.body) != entry.hash:
            found.append(Defect("journal.hash", entry.seq))
        found.extend(
            Defect(code, entry.seq) for code in _disagreements(entry, previous)
        )
        if at is not None and entry.at < at:
            found.append(Defect("journal.time", entry.seq))
        previous, seq, at = entry.hash, entry.seq, entry.at
    return found


def _disagreements(entry: Entry, previous: bytes) -> Iterator[str]:
    """Where the columns, or the link, do not say what the body says."""
    try:
        body = decode(entry.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        yield "journal.body"
        return
    if body.get("prev") != previous.hex():
        yield "journal.link"
    said = (body.get("instance"), body.get("seq"), body.get("type"))
    also = (body.get("at"), body.get("node"), body.get("actor"))
    if said != (entry.instance, entry.seq, entry.type) or also != (
        moment_text(entry.at),
        entry.node,
        entry.actor,
    ):
        yield "journal.index"

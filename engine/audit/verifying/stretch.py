"""A stretch of the log: each of its entries read once, and held against its body.

What stands in the columns is believed of nothing. The hash is made anew from the body,
the body names what comes before it, and the stored tiles hold what was made. What a
stretch cannot know is how its instances stood before; so it says with what each of
them begins in it, and several stretches may be read at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeAlias

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from engine.audit.signing.vouching import is_signed
from engine.audit.verifying.defects import Defect
from engine.journal.codec import EPOCH, decode, microseconds
from engine.journal.log import ABOUT_KEYS
from engine.ports import GENESIS, OFFICE, Json, Log, PlacedRow
from engine.proof.tree import HASH_SIZE, TILE, subtree

STRETCH: Final = TILE * TILE
"""Places of one stretch: each begins with a tile of the second level."""
PAGE: Final = 4 * TILE

_UNREADABLE: Final = (TypeError, ValueError, OverflowError, DecodeError)

Standing: TypeAlias = tuple[Any, str, int]
"""Of an instance: the ``seq`` that comes next, the hash of its last entry in hex, and
its time in microseconds."""
Standings: TypeAlias = dict[str, Standing]

NEW: Final[Standing] = (1, GENESIS.hex(), 0)


class Said(Struct, gc=False):
    """Of a body, what has a column and what chains it; the rest is passed over."""

    instance: str
    seq: int
    type: str
    at: str
    prev: str
    node: str | None = None
    actor: str | None = None


_SAID: Final = Decoder(Said).decode
_BEGINNING: Final = EPOCH.replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first entry of an instance in a stretch. ``prev`` None: it cannot be read."""

    position: int | None
    seq: Any
    prev: str | None
    at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """An entry `sealed` and how instances stood there that moved since the one before.

    ``size``, ``root`` and ``keys`` are what it says, whatever that is; ``about_keys``
    is the place of the last entry before it, in this stretch, that says who signs.
    """

    position: int | None
    seq: Any
    size: Json
    root: Json
    keys: Json
    about_keys: int | None
    moved: Standings


@dataclass(slots=True, kw_only=True)
class Stretch:
    """What was read. ``made`` and ``kept`` are the hashes over whole tiles of leaves:
    of the leaves, and of the tiles as they are stored; ``leaves`` those after the last
    whole tile.
    """

    first: int
    end: int
    made: bytes = b""
    kept: bytes = b""
    leaves: bytes = b""
    cuts: dict[int, bytes] = field(default_factory=dict)
    """Of each size asked for, the leaves of its last tile if that is not whole."""
    begun: dict[str, Beginning] = field(default_factory=dict)
    seals: list[Seal] = field(default_factory=list)
    moved: Standings = field(default_factory=dict)
    """Since the last seal."""
    office: Standing | None = None
    about_keys: int | None = None
    """The place of the last entry that says who signs."""
    latest: int = 0
    """The latest time of an entry, in microseconds."""
    defects: list[Defect] = field(default_factory=list)


def read(log: Log, first: int, end: int, cuts: Sequence[int] = ()) -> Stretch:
    """The places from ``first``, which begins a tile, to before ``end``."""
    found = Stretch(first=first, end=end)
    reading = Reading(found)
    for start in range(first, end, PAGE):
        rows = log.placed(start, min(start + PAGE, end))
        for at in range(0, len(rows), TILE):
            _tile(log, reading, start + at, rows[at : at + TILE], cuts)
    return found


def _tile(
    log: Log,
    reading: Reading,
    start: int,
    rows: Sequence[PlacedRow | None],
    cuts: Sequence[int],
) -> None:
    """The places of one tile, and whether the tile holds their hashes."""
    found, index, size = reading.found, start // TILE, len(rows) * HASH_SIZE
    stored = log.tile(0, index)
    made = b"".join(reading.hashes(rows, start, stored))
    told = stored[:size] if len(stored) >= size else made
    if len(stored) < size or (len(rows) < TILE and _is_longer(log, start, stored)):
        reading.tell("log.tile", start, level=0, index=index)
    elif told != made:
        for at, row in enumerate(rows):
            span = slice(at * HASH_SIZE, (at + 1) * HASH_SIZE)
            if told[span] != made[span] and row is not None:
                reading.tell("log.leaf", start + at, row)
    for cut in cuts:
        if start < cut <= start + len(rows):
            found.cuts[cut] = made[: (cut - start) % TILE * HASH_SIZE]
    if len(rows) < TILE:
        found.leaves = made
    else:
        over = subtree(made)
        found.made += over
        found.kept += over if told == made else subtree(told)


def _is_longer(log: Log, start: int, stored: bytes) -> bool:
    """A tile that still grows has what has a place by now, and no more."""
    most = min(TILE, log.extent().last + 1 - start)
    return len(stored) != most * HASH_SIZE


class Reading:
    """Rows in their order; ``before``: how instances stood, as far as is known."""

    def __init__(self, found: Stretch, before: Standings | None = None) -> None:
        self.found = found
        self.recent: Standings = {}
        self.older: Standings = {} if before is None else before
        self.is_begun = before is not None
        found.moved = self.recent

    def hashes(
        self, rows: Sequence[PlacedRow | None], start: int | None, stored: bytes = b""
    ) -> list[bytes]:
        """The leaf hash of each, made from its body; all that is plain is done here.

        What is not as it should be, and what is rare, goes to :meth:`careful`.
        """
        made_all: list[bytes] = []
        recent, older, latest = self.recent, self.older, 0
        clock: Any = None
        text = ""
        for row in rows:
            try:
                instance, seq, at, type_, node, actor, body, hash_ = row  # type: ignore[misc]
                made = sha256(b"\0" + body).digest()
                said = _SAID(body)
                if at != clock:
                    clock, text = at, _text(at)
                    latest = max(latest, at)
                next_, prev, before = recent.get(instance) or older[instance]
                # one by one: what is made for a comparison costs more than it
                is_plain = (
                    made == hash_
                    and said.prev == prev
                    and said.seq == seq == next_
                    and said.instance == instance
                    and said.type == type_
                    and said.at == text
                    and said.node == node
                    and said.actor == actor
                    and before <= at
                )
            except (KeyError, *_UNREADABLE):
                is_plain = False
            if is_plain:
                recent[instance] = (seq + 1, made.hex(), at)
            else:
                made = self._careful_at(start, len(made_all), row, stored)
                recent, older = self.recent, self.older
            made_all.append(made)
        self.found.latest = max(self.found.latest, latest)
        return made_all

    def _careful_at(
        self, start: int | None, number: int, row: PlacedRow | None, stored: bytes
    ) -> bytes:
        """The row with this number, in a tile that begins there."""
        span = slice(number * HASH_SIZE, (number + 1) * HASH_SIZE)
        position = None if start is None else start + number
        return self.careful(row, position, stored[span])

    def careful(
        self, row: PlacedRow | None, position: int | None, stored: bytes
    ) -> bytes:
        """One row with every question; the hash that stands at its place."""
        instead = stored.ljust(HASH_SIZE, b"\0")
        if row is None:
            self.tell("log.gap", position)
            return instead
        instance, seq, _, type_, _, _, body, hash_ = row
        if body is None and hash_ is None and type_ is None:
            self.tell("log.missing", position, row)
            self._next(row, position, None, instead)
            return instead
        body = _bytes(body)
        made = sha256(b"\0" + body).digest()
        if made != hash_:
            self.tell("journal.hash", position, row)
        said = _said(body)
        if said is None:
            self.tell("journal.body", position, row)
        elif not _is_index(said, row):
            self.tell("journal.index", position, row)
        self._next(row, position, said, made)
        if instance == OFFICE:
            self._office(type_ if said is None else said.type, position, seq, body)
        return made

    def _office(self, type_: Any, position: int | None, seq: Any, body: bytes) -> None:
        if type_ == "sealed":
            self._sealed(position, seq, body)
        elif type_ in ABOUT_KEYS:
            self.found.about_keys = position
            if position is not None and not is_signed(type_, _data(body), position):
                self.tell("log.unvouched", position, (OFFICE, seq, *[None] * 6))

    def _next(
        self, row: PlacedRow, position: int | None, said: Said | None, made: bytes
    ) -> None:
        """Whether it comes after the entry before it; then it is the last one."""
        instance, seq, *_ = row
        known = self._known(instance)
        prev = None if said is None else said.prev
        at = _microseconds(said)
        if known is None:
            self.found.begun[instance] = Beginning(
                position=position, seq=seq, prev=prev, at=at
            )
        else:
            self.found.defects += follows(instance, known, position, (seq, prev, at))
        if at is None:
            at = 0 if known is None else known[2]
        self.found.latest = max(self.found.latest, at)
        now = (seq + 1 if isinstance(seq, int) else seq, made.hex(), at)
        if instance == OFFICE:
            self.found.office = now
        else:
            self.recent[instance] = now

    def _known(self, instance: str) -> Standing | None:
        if instance == OFFICE:
            known = self.found.office
        else:
            known = self.recent.get(instance) or self.older.get(instance)
        return NEW if known is None and self.is_begun else known

    def _sealed(self, position: int | None, seq: Any, body: bytes) -> None:
        try:
            data = decode(body)["data"]
            size, root, keys = data["size"], data["root"], data.get("keys")
        except (KeyError, *_UNREADABLE):
            size = root = keys = None
        self.found.seals.append(
            Seal(
                position=position,
                seq=seq,
                size=size,
                root=root,
                keys=keys,
                about_keys=self.found.about_keys,
                moved=self.recent,
            )
        )
        self.older.update(self.recent)
        self.found.moved = self.recent = {}

    def tell(
        self,
        code: str,
        position: int | None,
        row: PlacedRow | None = None,
        **values: Json,
    ) -> None:
        instance, seq = (OFFICE, None) if row is None else row[:2]
        self.found.defects.append(defect(code, position, instance, seq, **values))


def defect(
    code: str, position: int | None, instance: Any, seq: Any, **values: Json
) -> Defect:
    """A defect of the log, with all that its sentence may name."""
    said = {"position": "–" if position is None else position}
    return Defect(
        code=code,
        instance=str(instance),
        seq=seq if isinstance(seq, int) else None,
        position=position,
        values={**said, "instance": str(instance), "seq": seq, **values},
    )


def follows(
    instance: str,
    known: Standing,
    position: int | None,
    next_: tuple[Any, str | None, int | None],
) -> Iterator[Defect]:
    """What is wrong with an entry (seq, prev, at) that comes after another."""
    seq, prev, at = next_
    if seq != known[0]:
        code = "journal.gap" if position is None else "log.order"
        yield defect(code, position, instance, seq, wanted=known[0])
        return
    if prev is not None and prev != known[1]:
        yield defect("journal.link", position, instance, seq)
    if at is not None and at < known[2]:
        yield defect("journal.time", position, instance, seq)


def _bytes(stored: Any) -> bytes:
    """Text in the place of bytes is somebody's change; anything else is nothing."""
    if isinstance(stored, str):
        return stored.encode(errors="surrogateescape")
    return bytes(stored) if isinstance(stored, (bytes, memoryview)) else b""


def _said(body: bytes) -> Said | None:
    try:
        return _SAID(body)
    except _UNREADABLE:
        return None


def _data(body: bytes) -> Any:
    try:
        return decode(body)["data"]
    except (KeyError, *_UNREADABLE):
        return None


def _text(at: int) -> str:
    """:func:`moment_text` of a number of microseconds, without its detours."""
    return f"{(_BEGINNING + timedelta(microseconds=at)).isoformat()}Z"


def _microseconds(said: Said | None) -> int | None:
    """The time that a body says; the columns are only an index to it."""
    try:
        return None if said is None else microseconds(datetime.fromisoformat(said.at))
    except _UNREADABLE:
        return None


def _is_index(said: Said, row: PlacedRow) -> bool:
    instance, seq, at, type_, node, actor, *_ = row
    try:
        text = _text(at)
    except _UNREADABLE:
        return False
    return (said.instance, said.seq, said.at, said.type, said.node, said.actor) == (
        *(instance, seq, text, type_),
        *(node, actor),
    )

"""The log of a database from end to end: order, hashes, chains, tree, trie, its row.

    told = verify(journal)                        # in this process
    told = verify(journal, reopen=..., processes=2)

All is read at one moment, and nothing is believed that can be made anew: leaf hashes
come from the bodies, tiles and roots from the leaves, the trie from the heads. What is
recorded and has no place yet is held against the lines that wait for one.

The places are read in stretches (:mod:`engine.audit.verifying.stretch`), by several
processes if there are some: what has a place is never written again, so each may have a
moment of its own. Memory is that of the instances, not of their entries.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from engine.audit.verifying.defects import Defect
from engine.audit.verifying.processes import in_order
from engine.audit.verifying.stretch import (
    NEW,
    STRETCH,
    Beginning,
    Reading,
    Seal,
    Standing,
    Standings,
    Stretch,
    defect,
    follows,
    read,
)
from engine.errors import DamagedData
from engine.journal.codec import microseconds, moment
from engine.ports import OFFICE, Extent, Head, Journal, Line, LogState, PlacedRow
from engine.proof import heads
from engine.proof.growth import Growth
from engine.proof.tree import HASH_SIZE, TILE, TILE_HEIGHT

PAGE: Final = 500
"""Lines, tiles and nodes of the trie that are read at a time."""
STRETCHES_MIN: Final = 2
"""For a process: less is read in the time that it takes to begin one."""

_NO_ROW: Final = (DamagedData, ValueError, TypeError, OverflowError)

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many places are read, of how many."""
Reopen: TypeAlias = Callable[[], Journal]
"""Opens the same journal in another process; it must pickle."""
Asked: TypeAlias = tuple[int, int, tuple[int, ...]]
"""Of a stretch: its first place, the one after its last, the sizes asked for in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVerified:
    """How far the log was looked at, and what was found."""

    size: int
    """Places."""
    root: bytes
    sealed: int
    """Places of the last seal and before; 0: it was never sealed."""
    waiting: int
    """Entries that are recorded and have no place yet."""
    instances: int
    latest: int
    """The latest time of an entry, in microseconds since 1970; 0: there is none."""
    roots: Mapping[int, bytes]
    """Of each earlier size that was asked for and is reached."""
    defects: tuple[Defect, ...]


def verify(
    journal: Journal,
    *,
    sizes: Iterable[int] = (),
    reopen: Reopen | None = None,
    processes: int = 1,
    progress: Progress = lambda _done, _of: None,
) -> LogVerified:
    """Raises Unavailable, DamagedData (unreadable)."""
    with journal.one_moment():
        whole = _Whole(journal, tuple(sorted(set(sizes))))
        whole.readable("leaf", lambda: whole.places(reopen, processes, progress))
        whole.readable("unlogged", whole.lines)
        whole.readable("entry", whole.recorded)
        whole.readable("tile", whole.tiles)
        whole.readable("way", whole.ways)
        whole.readable("log", whole.state)
        whole.readable("instance", whole.heads)
    return whole.told()


@dataclass(slots=True)
class _Whole:
    journal: Journal
    sizes: tuple[int, ...]
    size: int = 0
    root: bytes = b""
    sealed: int = 0
    waiting: int = 0
    latest: int = 0
    about_keys: int | None = None
    standings: Standings = field(default_factory=dict)
    pending: Standings = field(default_factory=dict)
    """Instances that have moved since the last seal."""
    trie: heads.Trie = field(default_factory=heads.Trie)
    """As of the last seal."""
    roots: dict[int, bytes] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)
    growth: Growth = field(init=False)

    def __post_init__(self) -> None:
        self.growth = Growth(self.look)

    def told(self) -> LogVerified:
        return LogVerified(
            size=self.size,
            root=self.root,
            sealed=self.sealed,
            waiting=self.waiting,
            instances=len(self.standings.keys() - {OFFICE}),
            latest=self.latest,
            roots=self.roots,
            defects=tuple(self.defects),
        )

    def readable(self, table: str, look: Callable[[], None]) -> None:
        """What a look finds; a row that is no row of the table ends it."""
        try:
            look()
        except _NO_ROW:
            self.tell("log.unreadable", table=table)

    def tell(
        self, code: str, instance: str = OFFICE, seq: Any = None, **of: Any
    ) -> None:
        position = of.pop("position", None)
        self.defects.append(defect(code, position, instance, seq, **of))

    # -- the places

    def places(self, reopen: Reopen | None, processes: int, progress: Progress) -> None:
        extent = self.journal.log.extent()
        self.size = extent.last + 1 if extent.count else 0
        if extent.count and (extent.first < 0 or extent.count > self.size):
            self.tell("log.gap", position=extent.first)
        if self.size > 2 * extent.count + STRETCH:
            # one place far out: nobody reads a thousand million that are not there
            self.tell("log.gap", position=extent.count)
            self.size = extent.count
        self.root = self.growth.root(0, b"", b"")
        for stretch in self.stretches(reopen, processes):
            self.take(stretch)
            progress(stretch.end, self.size)
        self.growth.end()
        for size in self.sizes:
            if size == 0:
                self.roots[0] = self.growth.root(0, b"", b"")

    def stretches(self, reopen: Reopen | None, processes: int) -> Iterator[Stretch]:
        cuts = [*self.sizes, self.size]
        asked = [
            (first, end, tuple(one for one in cuts if first < one <= end))
            for first in range(0, self.size, STRETCH)
            for end in (min(first + STRETCH, self.size),)
        ]
        processes = min(processes, len(asked) // STRETCHES_MIN)
        if reopen is None or processes <= 1:
            return (read(self.journal.log, *one) for one in asked)
        begin = partial(_begin, reopen)
        return in_order(_read, asked, begin=begin, processes=processes)

    def take(self, stretch: Stretch) -> None:
        """What a stretch says, after all those before it."""
        self.defects += stretch.defects
        for name, begun in stretch.begun.items():
            self.begin(name, begun)
        for seal in stretch.seals:
            self.seal(seal)
        if stretch.about_keys is not None:
            self.about_keys = stretch.about_keys
        self.move(stretch.moved)
        if stretch.office is not None:
            self.standings[OFFICE] = stretch.office
        for size, leaves in stretch.cuts.items():
            before = (size - stretch.first) // TILE * HASH_SIZE
            self.roots[size] = self.growth.root(size, stretch.made[:before], leaves)
            self.root = self.roots[size]
        self.growth.take(stretch.made, stretch.kept)
        self.latest = max(self.latest, stretch.latest)

    def begin(self, name: str, begun: Beginning) -> None:
        known = self.standings.get(name, NEW)
        next_ = (begun.seq, begun.prev, begun.at)
        self.defects += follows(name, known, begun.position, next_)

    def move(self, moved: Standings) -> None:
        self.pending.update(moved)
        self.standings.update(moved)

    def seal(self, seal: Seal) -> None:
        """The heads of all instances, as the seal says, and as they were."""
        self.move(seal.moved)
        changes = {
            name: (next_ - 1, bytes.fromhex(hash_))
            for name, (next_, hash_, _) in self.pending.items()
            if isinstance(next_, int) and next_ > 1
        }
        self.pending = {}
        root = self.trie.renew(changes)
        if seal.position is None:
            return
        self.sealed = seal.position + 1
        if seal.size != seal.position:
            self.tell("log.seal_size", seq=seal.seq, position=seal.position)
        if seal.root != root.hex():
            self.tell("log.seal_root", seq=seal.seq, position=seal.position)
        last = self.about_keys if seal.about_keys is None else seal.about_keys
        if seal.keys != last:
            self.tell("log.seal_keys", seq=seal.seq, position=seal.position)

    # -- the tree and the trie

    def look(self, level: int, index: int, made: bytes, told: bytes) -> bytes:
        """See :data:`engine.proof.growth.Look`."""
        stored = self.journal.log.tile(level, index)
        if len(stored) != len(made):
            self.tell("log.tile", level=level, index=index)
            return told
        for at in range(0, len(made) if stored != made else 0, HASH_SIZE):
            span = slice(at, at + HASH_SIZE)
            if stored[span] not in {made[span], told[span]}:
                self.tell("log.tile", level=level, index=index, place=at // HASH_SIZE)
        return stored

    def tiles(self) -> None:
        """Those that no tree of this size has; those that lack are told above."""
        key, keys = (-(2**15), -(2**62)), [(0, 0)]
        while keys:
            keys = list(self.journal.log.tile_keys(after=key, limit=PAGE))
            for level, index in keys:
                count = self.size >> TILE_HEIGHT * level if 0 <= level < TILE else 0
                if not 0 <= index < -(-count // TILE):
                    self.tell("log.tile", level=level, index=index)
            key = keys[-1] if keys else key

    def ways(self) -> None:
        missing, bits = dict(self.trie.nodes), None
        found: Sequence[tuple[str, bytes]] = [("", b"")]
        while found:
            found = self.journal.log.ways(after=bits, limit=PAGE)
            for bits, content in found:
                if missing.pop(bits, None) != content:
                    self.tell("log.way", bits=bits or "-")
        for bits in sorted(missing):
            self.tell("log.way", bits=bits or "-")

    # -- what waits for a place

    def lines(self) -> None:
        found: Sequence[Line] = self.journal.log.lines(limit=PAGE)
        while found:
            rows = self.journal.log.waiting(found[0].number, found[-1].number)
            self.wait(found, rows)
            found = self.journal.log.lines(after=found[-1].number, limit=PAGE)

    def wait(self, lines: Sequence[Line], rows: Sequence[PlacedRow]) -> None:
        """Each line names what comes next of its instance, and all of it is there."""
        stretch = Stretch(first=self.size, end=self.size)
        reading = Reading(stretch, before=self.standings)
        left = iter(rows)
        row = next(left, None)
        for line in lines:
            named: list[PlacedRow] = []
            while row is not None and _is_of(row, line, named):
                named.append(row)
                row = next(left, None)
            known = reading.recent.get(line.instance) or self.standings.get(
                line.instance, NEW
            )
            if len(named) != line.last - line.first + 1 or line.first != known[0]:
                self.tell("log.line", line.instance, line.first, last=line.last)
            fresh = [one for one in named if one[1] >= known[0]]
            self.waiting += len(fresh)
            reading.hashes(fresh, None)
        self.defects += stretch.defects
        self.standings.update(stretch.moved)
        self.latest = max(self.latest, stretch.latest)

    def recorded(self) -> None:
        """Every entry has its place, or a line that waits for one."""
        suspect = {one.instance for one in self.defects}
        for name, extent in self.journal.log.recorded().items():
            known = self.standings.get(name, NEW)[0] - 1
            is_all = extent == Extent(count=known, first=1, last=known)
            if is_all and name not in suspect:
                continue
            for first, last in _runs(self.journal.log.unplaced(name)):
                self.tell("log.unplaced", name, first, last=last)

    # -- what is said of it all

    def state(self) -> None:
        """The log's row against its places and its own entries."""
        office = self.standings.get(OFFICE, NEW)
        made = LogState(
            size=self.size,
            sealed=self.sealed,
            seq=office[0] - 1,
            hash=bytes.fromhex(office[1]),
            at=moment(office[2]) if office[0] > 1 else None,
            keys=self.about_keys,
        )
        # of a migration that no entry tells of yet nothing else knows
        stored = replace(self.journal.log.state(), migrated=None)
        signed = self.journal.log.signing().size
        if signed > self.size:
            # whoever waits for what is not signed yet would wait for ever
            self.tell("log.state", column="signed", stored=signed, found=self.size)
        for name in LogState.__struct_fields__:
            if getattr(stored, name) != getattr(made, name):
                said, found = getattr(stored, name), getattr(made, name)
                self.tell(
                    "log.state", column=name, stored=_shown(said), found=_shown(found)
                )

    def heads(self) -> None:
        """What the register of instances says of the last entry of each."""
        known = {head.instance: head for head in self.journal.heads()}
        for name in sorted(self.standings.keys() - known.keys() - {OFFICE}):
            self.tell("log.unregistered", name)
        for name, head in known.items():
            self.head(name, head, self.standings.get(name, NEW))

    def head(self, name: str, head: Head, standing: Standing) -> None:
        next_, hash_, at = standing
        if head.revision != next_ - 1:
            found = next_ - 1
            self.tell("audit.revision", name, stored=head.revision, found=found)
        elif head.hash.hex() != hash_ or microseconds(head.at) != at:
            self.tell("audit.head", name, head.revision)


# -- in other processes


def _begin(reopen: Reopen) -> Journal:
    gc.disable()  # nothing here makes rings
    return reopen()


def _read(journal: Journal, asked: Asked) -> Stretch:
    with journal.one_moment():
        return read(journal.log, *asked)


# -- small things


def _is_of(row: PlacedRow, line: Line, named: Sequence[PlacedRow]) -> bool:
    """Rows come by line and number: a number that falls begins another line."""
    is_next = not named or row[1] > named[-1][1]
    return row[0] == line.instance and line.first <= row[1] <= line.last and is_next


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of numbers that follow each other."""
    for _, group in groupby(enumerate(numbers), lambda one: one[1] - one[0]):
        run = [number for _, number in group]
        yield run[0], run[-1]


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)

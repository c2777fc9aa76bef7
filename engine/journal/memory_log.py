"""The log of a journal in memory: the same promises, but for surviving the process."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from engine.journal import log
from engine.journal.rows import entry_row, line_of
from engine.ports import (
    Deed,
    Entry,
    Extent,
    Leaf,
    Line,
    LogState,
    PlacedRow,
    Signing,
)
from engine.proof.tree import TileKey

Entries = dict[str, list[Entry]]


@dataclass(slots=True)
class _Rows:
    """See :class:`engine.journal.log.Store`."""

    entries: Entries
    standing: LogState = field(default_factory=LogState)
    unlogged: list[tuple[int, str, int, int]] = field(default_factory=list)
    left: int = 0
    """Lines ever left."""
    leaves: list[tuple[str, int]] = field(default_factory=list)
    tiles: dict[TileKey, bytes] = field(default_factory=dict)
    ways: dict[str, bytes] = field(default_factory=dict)

    def state(self) -> LogState:
        return self.standing

    def lines(self, most: int) -> Sequence[tuple[int, str, int, int]]:
        return self.unlogged[:most]

    def hashes(self, instance: str, first: int, last: int) -> Sequence[bytes]:
        return [one.hash for one in self.entries[instance][first - 1 : last]]

    def moved_since(self, position: int) -> Mapping[str, tuple[int, bytes]]:
        last = dict(self.leaves[position:])
        return {
            name: (seq, self.entries[name][seq - 1].hash) for name, seq in last.items()
        }

    def tile(self, level: int, index: int) -> bytes:
        return self.tiles.get((level, index), b"")

    def way(self, bits: str) -> bytes | None:
        return self.ways.get(bits)

    def keep_leaves(self, first: int, leaves: Sequence[tuple[str, int]]) -> None:
        assert first == len(self.leaves)
        self.leaves += leaves

    def keep_tiles(self, tiles: Mapping[TileKey, bytes]) -> None:
        self.tiles.update(tiles)

    def keep_ways(self, ways: Mapping[str, bytes]) -> None:
        self.ways.update(ways)

    def keep_entry(self, entry: Entry) -> None:
        self.entries.setdefault(entry.instance, []).append(entry)

    def drop_lines(self, numbers: Sequence[int]) -> None:
        gone = set(numbers)
        self.unlogged = [line for line in self.unlogged if line[0] not in gone]

    def keep_state(self, state: LogState) -> None:
        self.standing = state


class MemoryLog:
    """The port ``Log``; ``mutex`` is that of the journal."""

    def __init__(self, entries: Entries, mutex: threading.RLock) -> None:
        self._rows, self._mutex = _Rows(entries), mutex
        self._signing = Signing()

    def leave(self, instance: str, first: int, last: int) -> None:
        """These entries have been recorded, and have no place yet."""
        self._rows.left += 1
        self._rows.unlogged.append((self._rows.left, instance, first, last))

    def state(self) -> LogState:
        return self._rows.standing

    def number(self) -> LogState:
        with self._mutex:
            is_all = False
            while not is_all:
                state, is_all = log.number(self._rows)
        return state

    def seal(self, at: datetime) -> LogState:
        with self._mutex:
            self.number()
            return log.seal(self._rows, at)

    def enter(self, deed: Deed) -> Leaf:
        with self._mutex:
            return log.enter(self._rows, deed)

    def signing(self) -> Signing:
        return self._signing

    def keep_signing(self, told: Signing) -> None:
        self._signing = told

    def leaves(self, *, after: int = -1, limit: int) -> Sequence[Leaf]:
        found = self._rows.leaves[after + 1 : after + 1 + limit]
        return [
            Leaf(position=at, entry=self._rows.entries[name][seq - 1])
            for at, (name, seq) in enumerate(found, start=after + 1)
        ]

    def positions(self, instance: str) -> Sequence[int]:
        every = enumerate(self._rows.leaves)
        return [at for at, (name, _) in every if name == instance]

    def position(self, instance: str, seq: int) -> int | None:
        with suppress(ValueError):
            return self._rows.leaves.index((instance, seq))
        return None

    def tile(self, level: int, index: int) -> bytes:
        return self._rows.tile(level, index)

    def way(self, bits: str) -> bytes | None:
        return self._rows.way(bits)

    # -- rows as they are stored

    def extent(self) -> Extent:
        count = len(self._rows.leaves)
        return Extent(count=count, last=max(count - 1, 0))

    def placed(self, first: int, end: int) -> Sequence[PlacedRow | None]:
        return [
            entry_row(self._rows.entries[name][seq - 1])
            for name, seq in self._rows.leaves[first:end]
        ]

    def lines(self, *, after: int = -1, limit: int) -> Sequence[Line]:
        found = [line_of(one) for one in self._rows.unlogged if one[0] > after]
        return found[:limit]

    def waiting(self, first: int, last: int) -> Sequence[PlacedRow]:
        return [
            entry_row(one)
            for line in self._rows.unlogged
            if first <= line[0] <= last
            for one in self._rows.entries[line[1]][line[2] - 1 : line[3]]
        ]

    def recorded(self) -> Mapping[str, Extent]:
        return {
            name: Extent(count=len(entries), first=1, last=len(entries))
            for name, entries in self._rows.entries.items()
            if entries
        }

    def unplaced(self, instance: str) -> Sequence[int]:
        seqs = set(range(1, len(self._rows.entries.get(instance, ())) + 1))
        seqs -= {seq for name, seq in self._rows.leaves if name == instance}
        for _, name, first, last in self._rows.unlogged:
            if name == instance:
                seqs -= set(range(first, last + 1))
        return sorted(seqs)

    def tile_keys(self, *, after: TileKey, limit: int) -> Sequence[TileKey]:
        return sorted(key for key in self._rows.tiles if key > after)[:limit]

    def ways(self, *, after: str | None, limit: int) -> Sequence[tuple[str, bytes]]:
        found = [
            one for one in self._rows.ways.items() if after is None or one[0] > after
        ]
        return sorted(found)[:limit]

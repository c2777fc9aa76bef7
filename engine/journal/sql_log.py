"""The log in an SQL database: its rows in one transaction, and the port on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from engine.errors import DamagedData
from engine.journal import log
from engine.journal.prepared import Prepared
from engine.journal.rows import (
    content,
    entry_row,
    extent_of,
    leaf_of,
    line_of,
    log_of,
    log_row,
    signing_of,
    signing_row,
)
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

Transaction: TypeAlias = Callable[[], AbstractContextManager[Any]]
"""Gives a cursor inside it."""


@dataclass(frozen=True, slots=True)
class SqlLog:
    """The port ``Log`` of a journal in an SQL database."""

    writing: Transaction
    reading: Transaction
    sql: Prepared

    def state(self) -> LogState:
        with self.reading() as cursor:
            return _Rows(cursor, self.sql).state()

    def number(self) -> LogState:
        with self.reading() as cursor:
            rows = _Rows(cursor, self.sql)
            if not rows.lines(1):  # then nobody is kept from writing
                return rows.state()
        is_all = False
        while not is_all:
            with self._locked() as rows:
                state, is_all = log.number(rows)
        return state

    def seal(self, at: datetime) -> LogState:
        self.number()
        with self._locked() as rows:
            # what came since is little: nobody is held up for long
            is_all = False
            while not is_all:
                _, is_all = log.number(rows)
            return log.seal(rows, at)

    def enter(self, deed: Deed) -> Leaf:
        with self._locked() as rows:
            return log.enter(rows, deed)

    def signing(self) -> Signing:
        with self.reading() as cursor:
            return signing_of(_Rows(cursor, self.sql).asked(self.sql.signing)[0])

    def keep_signing(self, told: Signing) -> None:
        with self.writing() as cursor:
            cursor.execute(self.sql.set_signing, signing_row(told))

    def leaves(self, *, after: int = -1, limit: int) -> Sequence[Leaf]:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.leaves, after, limit)
        return [leaf_of(row) for row in found]

    def positions(self, instance: str) -> Sequence[int]:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.positions, instance)
        return [int(row[0]) for row in found]

    def position(self, instance: str, seq: int) -> int | None:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.position, instance, seq)
        return int(found[0][0]) if found else None

    def tile(self, level: int, index: int) -> bytes:
        with self.reading() as cursor:
            return _Rows(cursor, self.sql).tile(level, index)

    def way(self, bits: str) -> bytes | None:
        with self.reading() as cursor:
            return _Rows(cursor, self.sql).way(bits)

    # -- rows as they are stored

    def extent(self) -> Extent:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.extent)
        return extent_of(found[0])

    def placed(self, first: int, end: int) -> Sequence[PlacedRow | None]:
        with self.reading() as cursor:
            return _Rows(cursor, self.sql).placed(first, end)

    def lines(self, *, after: int = -1, limit: int) -> Sequence[Line]:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.lines, after, limit)
        return [line_of(row) for row in found]

    def waiting(self, first: int, last: int) -> Sequence[PlacedRow]:
        with self.reading() as cursor:
            return _Rows(cursor, self.sql).asked(self.sql.waiting, first, last)

    def recorded(self) -> Mapping[str, Extent]:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.recorded)
        return {name: extent_of(row) for name, *row in found}

    def unplaced(self, instance: str) -> Sequence[int]:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.unplaced, instance)
        return [int(row[0]) for row in found]

    def tile_keys(self, *, after: TileKey, limit: int) -> Sequence[TileKey]:
        with self.reading() as cursor:
            found = _Rows(cursor, self.sql).asked(self.sql.tile_keys, *after, limit)
        return [(int(level), int(index)) for level, index in found]

    def ways(self, *, after: str | None, limit: int) -> Sequence[tuple[str, bytes]]:
        with self.reading() as cursor:
            rows = _Rows(cursor, self.sql)
            root = [] if after is not None else rows.asked(self.sql.way, "")
            found = rows.asked(self.sql.ways, after or "", limit)
        return [("", content(one[0])) for one in root] + [
            (bits, content(held)) for bits, held in found
        ]

    @contextmanager
    def _locked(self) -> Iterator[_Rows]:
        with self.writing() as cursor:
            rows = _Rows(cursor, self.sql)
            rows.asked(self.sql.log_locked)
            yield rows


@dataclass(frozen=True, slots=True)
class _Rows:
    """See :class:`engine.journal.log.Store`."""

    cursor: Any
    sql: Prepared

    def asked(self, statement: str, *values: Any) -> list[Any]:
        self.cursor.execute(statement, values)
        found: list[Any] = self.cursor.fetchall()
        return found

    def state(self) -> LogState:
        found = self.asked(self.sql.log)
        if len(found) != 1:
            raise DamagedData(detail=f"log: {len(found)}")
        return log_of(found[0])

    def lines(self, most: int) -> Sequence[tuple[int, str, int, int]]:
        return [
            (int(number), instance, int(first), int(last))
            for number, instance, first, last in self.asked(self.sql.unlogged, most)
        ]

    def hashes(self, instance: str, first: int, last: int) -> Sequence[bytes]:
        found = self.asked(self.sql.hashes, instance, first, last)
        return [content(row[1]) for row in found]

    def moved_since(self, position: int) -> Mapping[str, tuple[int, bytes]]:
        found = self.asked(self.sql.moved_since, position)
        return {name: (int(seq), content(hash_)) for name, seq, hash_ in found}

    def tile(self, level: int, index: int) -> bytes:
        found = self.asked(self.sql.tile, level, index)
        return content(found[0][0]) if found else b""

    def way(self, bits: str) -> bytes | None:
        found = self.asked(self.sql.way, bits)
        return content(found[0][0]) if found else None

    def placed(self, first: int, end: int) -> list[PlacedRow | None]:
        shift = self.asked(self.sql.shift, first)
        if shift:
            found = self.asked(self.sql.placed_in_step, shift[0][0], first, end)
            if len(found) == end - first:
                return found
        rows: list[PlacedRow | None] = [None] * (end - first)
        for position, *row in self.asked(self.sql.placed, first, end):
            rows[position - first] = tuple(row)
        return rows

    def keep_leaves(self, first: int, leaves: Sequence[tuple[str, int]]) -> None:
        rows = [(first + n, name, seq) for n, (name, seq) in enumerate(leaves)]
        self.cursor.executemany(self.sql.new_leaf, rows)

    def keep_tiles(self, tiles: Mapping[TileKey, bytes]) -> None:
        rows = [(*key, hashes) for key, hashes in tiles.items()]
        self.cursor.executemany(self.sql.set_tile, rows)

    def keep_ways(self, ways: Mapping[str, bytes]) -> None:
        self.cursor.executemany(self.sql.set_way, list(ways.items()))

    def keep_entry(self, entry: Entry) -> None:
        self.cursor.execute(self.sql.new_entry, entry_row(entry))

    def drop_lines(self, numbers: Sequence[int]) -> None:
        self.cursor.executemany(self.sql.drop_unlogged, [(one,) for one in numbers])

    def keep_state(self, state: LogState) -> None:
        self.cursor.execute(self.sql.move_log, log_row(state))

"""OCEL 2.0 as SQLite: the relational form of the standard, dense tables by type.

The standard's constraints (§6.7 of its specification) are constraints of the tables.
A row of an object that is not at the beginning of time names the attribute that
changed; of several changes at one moment the last one stands.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct, field

from engine.audit.exports import ocel_log
from engine.audit.exports.ocel_log import Change, Thing, Value
from engine.audit.exports.record import Export, Record
from engine.journal.codec import EPOCH

SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -16000;
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE event (
    ocel_id TEXT PRIMARY KEY,
    ocel_type TEXT NOT NULL REFERENCES event_map_type (ocel_type)
);
CREATE TABLE object (
    ocel_id TEXT PRIMARY KEY,
    ocel_type TEXT NOT NULL REFERENCES object_map_type (ocel_type)
);
CREATE TABLE event_object (
    ocel_event_id TEXT NOT NULL REFERENCES event (ocel_id),
    ocel_object_id TEXT NOT NULL REFERENCES object (ocel_id),
    ocel_qualifier TEXT NOT NULL,
    PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier)
);
CREATE TABLE object_object (
    ocel_source_id TEXT NOT NULL REFERENCES object (ocel_id),
    ocel_target_id TEXT NOT NULL REFERENCES object (ocel_id),
    ocel_qualifier TEXT NOT NULL,
    PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier)
);
"""
WHOLE: Final = frozenset({"seq", "round", "version", "size"})
MOMENTS: Final = frozenset({"recorded", "occurred", "due"})
FLAGS: Final = frozenset({"simulated"})
RESERVED: Final = frozenset({"ocel_id", "ocel_time", "ocel_changed_field"})
KNOWN_MAX: Final = 20_000
"""Objects remembered at a time as being there; the table knows the others."""


def write(export: Export, out: BinaryIO) -> None:
    """Made on the disk, then copied to where it was asked for."""
    with built(export) as file, file.open("rb") as made:
        shutil.copyfileobj(made, out)


@contextmanager
def built(export: Export) -> Iterator[Path]:
    """The database as a file that goes away again; raises OSError (no room)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ocel.sqlite"
        try:
            _fill(file, export)
        except sqlite3.OperationalError as wrong:
            raise OSError(f"{folder}: {wrong}") from wrong
        yield file


def _fill(file: Path, export: Export) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(SCHEMA)
        database.execute("BEGIN")
        log = _Log(database)
        for history in export.histories:
            for record in history.records():
                log.add(record)
        database.execute("COMMIT")


class Table(Struct, kw_only=True):
    """A table of a type: its name in SQL, its columns by their attributes."""

    name: str
    columns: dict[str, str]

    def column(self, name: str) -> str:
        """Makes a column; names that differ in large letters only get a number."""
        taken = {*RESERVED, *(one.lower() for one in self.columns.values())}
        column, number = name, 1
        while column.lower() in taken:
            number += 1
            column = f"{name} ({number})"
        self.columns[name] = column
        return f"{quoted(column)} {sort_of(name)}"


def quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def sort_of(name: str) -> str:
    """The type of an attribute, as the standard names types."""
    if name in WHOLE:
        return "INTEGER"
    if name in MOMENTS:
        return "TIMESTAMP"
    return "BOOLEAN" if name in FLAGS else "TEXT"


def moment_text(at: datetime) -> str:
    """In UTC and of one length, so that they sort as texts."""
    return at.astimezone(UTC).isoformat("T", "microseconds").replace("+00:00", "Z")


class _Log(Struct):
    database: sqlite3.Connection
    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def add(self, record: Record) -> None:
        for how, thing in ocel_log.objects_of(record):
            self.seen(thing)
            self.insert("event_object", (record.id, thing.id, how))
        self.event(record)
        for source, how, target in ocel_log.belongings_of(record):
            self.related(source, how, target)
        for change in ocel_log.changes_of(record):
            self.changed(record, change)

    def insert(self, table: str, row: tuple[Value, ...]) -> bool:
        """Whether it was not there yet."""
        places = ", ".join("?" * len(row))
        done = self.database.execute(
            f"INSERT OR IGNORE INTO {table} VALUES ({places})",  # noqa: S608 -- ours
            row,
        )
        return done.rowcount == 1

    # -- events

    def event(self, record: Record) -> None:
        kind = ocel_log.type_of(record)
        found = ocel_log.attributes(record)
        table = self.table("event", kind, found)
        self.insert("event", (record.id, kind))
        names = [quoted(table.columns[name]) for name in found]
        self.put(
            table,
            ["ocel_id", "ocel_time", *names],
            [record.id, moment_text(record.at), *found.values()],
        )

    # -- objects

    def seen(self, thing: Thing) -> None:
        """An object, and those it belongs to, are there from now on."""
        if thing.id in self.known:
            return
        if len(self.known) >= KNOWN_MAX:
            self.known.clear()
        self.known.add(thing.id)
        table = self.table("object", thing.type, thing.first)
        if not self.insert("object", (thing.id, thing.type)):
            return
        names = [quoted(table.columns[name]) for name in thing.first]
        self.put(
            table,
            ["ocel_id", "ocel_time", *names],
            [thing.id, moment_text(EPOCH), *thing.first.values()],
        )
        for how, other in thing.related:
            self.related(thing, how, other)

    def related(self, source: Thing, how: str, target: Thing) -> None:
        self.seen(source)
        self.seen(target)
        self.insert("object_object", (source.id, target.id, how))

    def changed(self, record: Record, change: Change) -> None:
        thing = change.thing
        self.seen(thing)
        table = self.table("object", thing.type, (change.name,))
        column = table.columns[change.name]
        self.put(
            table,
            ["ocel_id", "ocel_time", "ocel_changed_field", quoted(column)],
            [thing.id, moment_text(record.at), column, change.value],
        )

    def put(self, table: Table, names: list[str], row: list[Value]) -> None:
        values = [moment_text(v) if isinstance(v, datetime) else v for v in row]
        places = ", ".join("?" * len(row))
        self.database.execute(
            f"INSERT OR REPLACE INTO {quoted(table.name)} "  # noqa: S608 -- quoted
            f"({', '.join(names)}) VALUES ({places})",
            values,
        )

    # -- tables

    def table(self, sort: str, type_: str, names: Iterable[str]) -> Table:
        found = self.tables.get((sort, type_))
        if found is None:
            found = self.tables[sort, type_] = self.made(sort, type_, names)
        for name in names:
            if name not in found.columns:
                self.widened(found, name)
        return found

    def made(self, sort: str, type_: str, names: Iterable[str]) -> Table:
        """A name of plain letters for each type, whatever the type is called."""
        taken = {one.name.lower() for one in self.tables.values()}
        map_ = unlike("".join(map(str.title, _LETTERS.findall(type_))), taken, sort)
        self.insert(f"{sort}_map_type", (type_, map_))
        table = Table(name=f"{sort}_{map_}", columns={})
        columns = [*_OWN[sort], *(table.column(name) for name in names), *_ALSO[sort]]
        self.database.execute(
            f"CREATE TABLE {quoted(table.name)} ({', '.join(columns)})"
        )
        return table

    def widened(self, table: Table, name: str) -> None:
        """A further column: rare, for the database reads its whole schema again."""
        self.database.execute(
            f"ALTER TABLE {quoted(table.name)} ADD COLUMN {table.column(name)}"
        )


_OWN: Final = {
    "event": (
        "ocel_id TEXT PRIMARY KEY REFERENCES event (ocel_id)",
        "ocel_time TIMESTAMP NOT NULL",
    ),
    "object": (
        "ocel_id TEXT NOT NULL REFERENCES object (ocel_id)",
        "ocel_time TIMESTAMP NOT NULL",
        "ocel_changed_field TEXT",
    ),
}
_ALSO: Final = {
    "event": (),
    "object": ("UNIQUE (ocel_id, ocel_time, ocel_changed_field)",),
}
_LETTERS: Final = re.compile(r"[A-Za-z0-9]+")


def unlike(wanted: str, taken: set[str], sort: str) -> str:
    """A name that no other table of the sort has, nor one of the standard's own."""
    standard = {"map_type", "object"}
    found, number = wanted or "Type", 1
    while f"{sort}_{found}".lower() in taken or found.lower() in standard:
        number += 1
        found = f"{wanted or 'Type'}{number}"
    return found


def rows(
    database: sqlite3.Connection, statement: str, *given: str
) -> Iterator[Mapping[str, Value]]:
    """Rows by the names of their columns, one at a time."""
    found = database.execute(statement, given)
    names = [one[0] for one in found.description]
    for row in found:
        yield dict(zip(names, row, strict=True))

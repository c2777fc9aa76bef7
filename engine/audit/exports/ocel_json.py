"""OCEL 2.0 as JSON: what the relational form holds, in the standard's other shape.

Made from that form on the disk: attributes of an object come from all over a history
and stand together here. The standard's schema has every value as text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, BinaryIO, Final

from engine.audit.exports.ocel_log import Value
from engine.audit.exports.ocel_sqlite import RESERVED, built, quoted, rows
from engine.audit.exports.record import Export

SORTS: Final = {
    "TEXT": "string",
    "INTEGER": "integer",
    "TIMESTAMP": "time",
    "BOOLEAN": "boolean",
}
_EVENTS: Final = "SELECT ocel_id, ocel_type FROM event ORDER BY rowid"
_OBJECTS: Final = "SELECT ocel_id, ocel_type FROM object ORDER BY rowid"
_OF_EVENT: Final = """
SELECT ocel_object_id, ocel_qualifier FROM event_object WHERE ocel_event_id = ?
"""
_OF_OBJECT: Final = """
SELECT ocel_target_id, ocel_qualifier FROM object_object WHERE ocel_source_id = ?
"""


def write(export: Export, out: BinaryIO) -> None:
    """Events and objects one at a time."""
    with built(export) as file, closing(sqlite3.connect(file)) as database:
        log = _Log(database)
        parts = (
            ("objectTypes", log.types("object")),
            ("eventTypes", log.types("event")),
            ("objects", log.objects()),
            ("events", log.events()),
        )
        for number, (name, values) in enumerate(parts):
            out.write(f"{',' if number else '{'}\n{json.dumps(name)}: [".encode())
            before = "\n"
            for value in values:
                written = json.dumps(value, ensure_ascii=False)
                out.write(f"{before}{written}".encode())
                before = ",\n"
            out.write(b"\n]")
        out.write(b"\n}\n")


class _Log:
    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.sorts: dict[str, dict[str, str]] = {}
        """Attributes and their sorts, by table."""
        self.tables = {
            sort: {
                str(row["ocel_type"]): f"{sort}_{row['ocel_type_map']}"
                for row in rows(database, f"SELECT * FROM {sort}_map_type")  # noqa: S608
            }
            for sort in ("event", "object")
        }

    def types(self, sort: str) -> Iterator[dict[str, Any]]:
        for name, table in self.tables[sort].items():
            listed = [
                {"name": one, "type": kind} for one, kind in self.columns(table).items()
            ]
            yield {"name": name, "attributes": listed}

    def columns(self, table: str) -> dict[str, str]:
        if table not in self.sorts:
            info = rows(self.database, f"PRAGMA table_info({quoted(table)})")
            self.sorts[table] = {
                str(one["name"]): SORTS[str(one["type"])]
                for one in info
                if one["name"] not in RESERVED
            }
        return self.sorts[table]

    def of(self, sort: str, id_: str, type_: str) -> Iterator[Any]:
        table = self.tables[sort][type_]
        return rows(
            self.database,
            f"SELECT * FROM {quoted(table)} "  # noqa: S608 -- quoted
            "WHERE ocel_id = ? ORDER BY ocel_time, rowid",
            id_,
        )

    def events(self) -> Iterator[dict[str, Any]]:
        for one in rows(self.database, _EVENTS):
            id_, type_ = str(one["ocel_id"]), str(one["ocel_type"])
            (row,) = self.of("event", id_, type_)
            columns = self.columns(self.tables["event"][type_])
            yield {
                "id": id_,
                "type": type_,
                "time": row["ocel_time"],
                "attributes": [
                    {"name": name, "value": _text(row[name], sort)}
                    for name, sort in columns.items()
                    if row[name] is not None
                ],
                "relationships": self.relationships(_OF_EVENT, id_),
            }

    def objects(self) -> Iterator[dict[str, Any]]:
        for one in rows(self.database, _OBJECTS):
            id_, type_ = str(one["ocel_id"]), str(one["ocel_type"])
            columns = self.columns(self.tables["object"][type_])
            yield {
                "id": id_,
                "type": type_,
                "attributes": [
                    {
                        "name": name,
                        "value": _text(row[name], sort),
                        "time": row["ocel_time"],
                    }
                    for row in self.of("object", id_, type_)
                    for name, sort in columns.items()
                    if row[name] is not None
                ],
                "relationships": self.relationships(_OF_OBJECT, id_),
            }

    def relationships(self, statement: str, id_: str) -> list[dict[str, str]]:
        return [
            {"objectId": target, "qualifier": how}
            for target, how in self.database.execute(statement, (id_,))
        ]


def _text(value: Value, sort: str) -> str:
    return str(bool(value)).lower() if sort == "boolean" else str(value)

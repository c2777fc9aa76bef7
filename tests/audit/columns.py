"""Any value in any table is altered, as who has the whole database can do it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from engine.journal.tables import metadata

Where: TypeAlias = tuple[str, str]
"""A table and a column."""

TABLES: Final = tuple(sorted(metadata.tables))
JSON: Final = {"value", "parameters"}
"""Columns of text that hold JSON."""
FAR: Final = 1_000
"""A number that much greater is no neighbour's."""

OUTSIDE: Final[dict[Where, str]] = {
    ("entry", "id"): "in which order rows were written; the log has the order",
    ("inbox", "id"): "in which order letters are shown; each has its time",
    ("snapshot", "id"): "a number of the table's own",
    ("unlogged", "id"): "which line is given places first; any order is right",
    ("log", "id"): "of the one row",
    ("request", "ready"): "how a worker's work stands: `plangate requests` shows it",
    ("request", "attempts"): "how a worker's work stands",
    ("request", "silent"): "how a worker's work stands",
    ("request", "tries"): "how a worker's work stands",
    ("request", "trouble"): "how a worker's work stands",
    ("log", "signed_at"): "who signs remembers for himself",
    ("log", "trouble"): "what kept the last signing from its end",
    ("log", "migrated"): "told by an entry as soon as the log is sealed",
}
"""Columns that no history gives, each with why no auditor has to trust them."""
NOT_MISSED: Final = {
    "snapshot": "a cache: it is made anew, and answers stay what they are"
}
"""Tables of which a row may go."""


def columns() -> Iterator[Where]:
    for name in TABLES:
        for column in metadata.tables[name].columns:
            yield name, column.name


def rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """The first and the last row, by the primary key."""
    found = connection.execute(select(table).order_by(*table.primary_key)).mappings()
    every = [dict(one) for one in found]
    return [every[0], every[-1]] if len(every) > 1 else every


def altered(column: Column[Any], value: Any) -> Any:
    """Another value of the same form, that a reader takes without a word."""
    if column.name in JSON and isinstance(column.type, Text):
        return f"[{value}]"
    if isinstance(column.type, LargeBinary):
        return bytes(value)[:-1] + bytes([bytes(value)[-1] ^ 1])
    if isinstance(column.type, Text):
        return f"{value or ''}0"
    if isinstance(column.type, SmallInteger) and value in {0, 1}:
        return 1 - value
    return FAR if value is None else value + FAR


def edit(connection: Connection, where: Where, row: dict[str, Any]) -> None:
    table = metadata.tables[where[0]]
    column = table.columns[where[1]]
    other = {column: altered(column, row[column.name])}
    done = connection.execute(update(table).where(*_key(table, row)).values(other))
    assert done.rowcount == 1


def remove(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    assert connection.execute(delete(table).where(*_key(table, row))).rowcount == 1


def slip_in(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """The row once more, under another key."""
    unique = {column.name for column in table.primary_key}
    for one in table.constraints:
        if isinstance(one, UniqueConstraint):
            unique |= {column.name for column in one.columns} - {"instance"}
    other = {
        name: altered(table.columns[name], value) if name in unique else value
        for name, value in row.items()
    }
    connection.execute(insert(table).values(other))


def _key(table: Table, row: dict[str, Any]) -> list[Any]:
    return [column == row[column.name] for column in table.primary_key]

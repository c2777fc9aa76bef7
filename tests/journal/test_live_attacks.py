"""Who has every right on a PostgreSQL database alters it while it is in use.

``plangate verify`` tells of it, whatever guards were lifted; and of what honest people
write meanwhile it tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import create_engine

from engine.audit.verifying import whole_log
from engine.errors import DamagedData
from engine.journal.opening import open_journal
from engine.journal.tables import metadata
from engine.testing import Play
from tests.audit.columns import OUTSIDE, columns, edit, rows
from tests.audit.office import NAMES, PLAN, convene, found, furnish

LIFTED = "SET session_replication_role = replica"
"""No trigger fires and no foreign key is looked at."""


@pytest.fixture
def office(database: str) -> str:
    furnish(database)
    return database


@contextmanager
def copied(server: str, url: str) -> Iterator[str]:
    """A copy of a database, while nobody is in it."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}c TEMPLATE {name}")
        try:
            yield url.replace(name, f"{name}c")
        finally:
            admin.execute(f"DROP DATABASE {name}c WITH (FORCE)")


def at_the_tables(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(LIFTED)
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount, statement


def codes(url: str) -> set[tuple[str, str]]:
    return {(one.code, one.instance) for one in found(url)}


def test_another_value_in_any_column_of_any_table_is_told(
    office: str, postgres: str
) -> None:
    untold = []
    for where in columns():
        with copied(postgres, office) as url:
            engine = create_engine(url.replace("://", "+psycopg://", 1))
            with engine.begin() as connection:
                connection.exec_driver_sql(LIFTED)
                row = rows(connection, metadata.tables[where[0]])[0]
                edit(connection, where, row)
            engine.dispose()
            untold += [] if found(url) else [where]
    assert set(untold) == set(OUTSIDE)


def test_an_entry_that_is_deleted_past_the_guards_is_missed(office: str) -> None:
    gone = "DELETE FROM entry WHERE instance = '甲案' AND seq = 5"
    with psycopg.connect(office) as connection, pytest.raises(psycopg.DatabaseError):
        connection.execute(gone)
    assert codes(office) == set()
    at_the_tables(office, gone)
    assert {("log.missing", "甲案"), ("journal.gap", "甲案")} <= codes(office)


def test_rows_that_change_places_between_instances_are_told_of_both(
    office: str,
) -> None:
    at_the_tables(
        office,
        "UPDATE entry SET body = other.body, hash = other.hash FROM entry AS other"
        " WHERE entry.seq = 3 AND other.seq = 3 AND entry.instance <> other.instance"
        " AND entry.instance <> '~log' AND other.instance <> '~log'",
        "UPDATE command SET instance = CASE instance WHEN '甲案' THEN '乙案'"
        " ELSE '甲案' END",
    )
    told = codes(office)
    for code in ("journal.index", "log.leaf", "audit.command_extra"):
        assert {(code, one) for one in NAMES} <= told


def test_what_is_altered_while_verify_reads_is_told_by_the_next_one(
    office: str,
) -> None:
    gone = "DELETE FROM entry WHERE instance = '甲案' AND seq = 5"
    with open_journal(office) as journal:

        def altering(_done: int, _of: int) -> None:
            at_the_tables(office, gone)

        told = whole_log.verify(journal, progress=altering)
        assert told.defects == ()
    assert ("log.missing", "甲案") in codes(office)


def test_a_sequence_that_was_rolled_back_refuses_acts_and_loses_none(
    office: str,
) -> None:
    asked = "SELECT setval(pg_get_serial_sequence('entry', 'id'), {})"
    at_the_tables(office, asked.format(1))
    with open_journal(office) as journal:
        expected = journal.head("甲案")
        with pytest.raises(DamagedData, match="pk_entry"):
            Play.of(PLAN, journal=journal, id="x")
        assert journal.head("甲案") == expected
        assert codes(office) == set()
        at_the_tables(office, asked.format(10_000))
        play = Play.of(PLAN, journal=journal, id="x")
        convene(play)
    assert codes(office) == set()


def act(url: str, stop: Event) -> None:
    """New instances that tell people and keep what is personal, one after the other."""
    with open_journal(url) as journal:
        number = 0
        while not stop.is_set():
            number += 1
            play = Play.of(PLAN, journal=journal, id=f"丙案{number}")
            convene(play)
            play.do("征求", "collect", who="乙", text="说他拖拉", channel="谈话")
            journal.log.seal(play.now)


def test_whoever_acts_while_verify_reads_is_no_defect(office: str) -> None:
    stop = Event()
    writer = Thread(target=act, args=(office, stop))
    writer.start()
    try:
        with open_journal(office) as journal:
            before = len(journal.heads())
            for _ in range(4):
                assert found(office) == []
            while len(journal.heads()) < before + 2:
                assert found(office) == []
    finally:
        stop.set()
        writer.join()
    assert found(office) == []

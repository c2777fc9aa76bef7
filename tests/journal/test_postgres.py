"""A server that goes away and comes back, and commits of unknown outcome."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.errors import InstanceExists, Unavailable
from engine.journal.chain import verify
from engine.journal.opening import open_journal
from engine.journal.postgres import PostgresJournal
from engine.ports import Batch, Draft

AT = datetime(2009, 4, 11, tzinfo=UTC)


def batch(expected: int, command: str | None = None) -> Batch:
    draft = Draft(at=AT, type="moved", payload={"n": expected})
    return Batch(
        instance="x", expected=expected, plan="p", drafts=[draft], command=command
    )


@pytest.fixture
def journal(database: str) -> Iterator[PostgresJournal]:
    with PostgresJournal(database) as journal:
        journal.put_plan("p", b"p")
        journal.append(batch(0))
        yield journal


def end_sessions(url: str) -> None:
    """Ends every other session on the database, as a restart of the server does."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_lost_connection_is_told_and_then_opened_again(
    journal: PostgresJournal,
) -> None:
    end_sessions(journal.url)
    with pytest.raises(Unavailable) as lost:
        journal.append(batch(1))
    assert lost.value.exit_code == 4
    assert journal.append(batch(1)).head.revision == 2
    assert verify(journal.entries("x")) == []


def test_a_turn_ends_with_the_connection_that_took_it(
    journal: PostgresJournal,
) -> None:
    with journal.turn("x"):
        end_sessions(journal.url)
        with pytest.raises(Unavailable):
            journal.append(batch(1))
    with PostgresJournal(journal.url) as other, other.turn("x"):
        assert other.append(batch(1)).head.revision == 2


class DiesBeforeCommit(PostgresJournal):
    """Its session is ended when everything is written and nothing committed."""

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with super()._writing() as cursor:
            yield cursor
            end_sessions(self.url)


class DiesAfterCommit(PostgresJournal):
    """Its session is ended after the server's commit and before the reply is read."""

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with super()._writing() as cursor:
            yield cursor
        end_sessions(self.url)
        with self._told(), self._held() as connection:
            connection.execute("SELECT 1")


@pytest.mark.parametrize("dying", [DiesBeforeCommit, DiesAfterCommit])
def test_a_command_key_decides_a_commit_of_unknown_outcome(
    journal: PostgresJournal, dying: type[PostgresJournal]
) -> None:
    is_done = dying is DiesAfterCommit
    with dying(journal.url) as mortal:
        if is_done:
            assert mortal.append(batch(1, "k")).first == 2
        else:
            with pytest.raises(Unavailable):
                mortal.append(batch(1, "k"))
    # the sessions of all were ended: the first use tells so
    with pytest.raises(Unavailable):
        journal.heads()
    receipt = journal.append(batch(1, "k"))
    assert (receipt.first, receipt.repeated) == (2, is_done)
    assert [entry.seq for entry in journal.entries("x")] == [1, 2]


def test_a_commit_of_unknown_outcome_without_a_key_is_told(
    journal: PostgresJournal,
) -> None:
    with DiesAfterCommit(journal.url) as mortal, pytest.raises(Unavailable):
        mortal.append(batch(1))


def test_a_server_that_stops_is_told_and_work_goes_on_when_it_is_back(
    start_server: Callable[[Path], Any],
) -> None:
    with tempfile.TemporaryDirectory(prefix="plangate-pg-") as folder:
        server = start_server(Path(folder))
        try:
            with PostgresJournal(server.get_uri()) as journal:
                journal.put_plan("p", b"p")
                told = [journal.append(batch(0)).first]
                server.stop()
                for _ in range(2):
                    with pytest.raises(Unavailable):
                        journal.append(batch(1))
                server.start()
                told.append(journal.append(batch(1)).first)
                assert [entry.seq for entry in journal.entries("x")] == told
                assert verify(journal.entries("x")) == []
        finally:
            server.cleanup()


def test_of_two_beginnings_of_one_instance_one_is_told_so(database: str) -> None:
    with PostgresJournal(database) as journal:
        journal.put_plan("p", b"p")

    def begin(_: int) -> int:
        with PostgresJournal(database) as mine:
            try:
                return mine.append(batch(0)).head.revision
            except InstanceExists:
                return 0

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(begin, range(4))) == [0, 0, 0, 1]


def test_an_empty_database_may_be_found_by_many_at_once(database: str) -> None:
    def heads(_: int) -> int:
        with PostgresJournal(database) as mine:
            return len(mine.heads())

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(heads, range(3))) == [0, 0, 0]


def test_tables_of_a_later_release_are_left_alone(database: str) -> None:
    PostgresJournal(database).close()
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="upgrade plangate"):
        PostgresJournal(database)


def test_an_address_where_nothing_answers_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as nobody:
        open_journal(f"postgresql:///x?host={tmp_path}")
    assert nobody.value.exit_code == 4


def test_entries_cannot_be_changed_by_sql(journal: PostgresJournal) -> None:
    with psycopg.connect(journal.url, autocommit=True) as admin:
        for statement in (
            "UPDATE entry SET actor = 'x'",
            "DELETE FROM entry",
            "TRUNCATE entry",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
                admin.execute(statement)

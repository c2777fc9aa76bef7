"""A journal in PostgreSQL, for an office with many machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from engine.errors import Unavailable
from engine.journal.migrations import HEAD, upgrade
from engine.journal.sql import SqlJournal
from engine.journal.statements import Statements, dialect_of
from engine.ports import Batch, Receipt


class PostgresJournal(SqlJournal):
    """The port ``Journal`` over one held connection, opened again when it is lost."""

    def __init__(self, url: str) -> None:
        super().__init__(Statements(dialect_of("postgresql")))
        self.url = url
        with self._told(), self._held() as connection:
            if _revision(connection) != HEAD:
                upgrade(url.replace("postgresql://", "postgresql+psycopg://", 1))

    def _connect(self) -> Any:
        return psycopg.connect(self.url, autocommit=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The driver's errors, named by who must act; a lost connection is dropped."""
        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as wrong:
            with self._mutex:
                self._connection = None
            raise Unavailable(detail=str(wrong).splitlines()[0]) from wrong

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with self._told(), self._held() as connection, connection.transaction():
            yield connection.cursor()

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._told(), self._held() as connection, connection.transaction():
            cursor = connection.cursor()
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield cursor

    def append(self, batch: Batch) -> Receipt:
        """As promised; after a commit of unknown outcome the command key decides."""
        try:
            return super().append(batch)
        except psycopg.errors.UniqueViolation as wrong:
            # two beginnings of one instance: the other came first
            from engine.errors import InstanceExists

            raise InstanceExists(instance=batch.instance) from wrong
        except Unavailable:
            if batch.command is None:
                raise
            with self._reading() as cursor:
                earlier = self._earlier(cursor, batch)
            if earlier is None:
                raise
            return Receipt(head=earlier.head, first=earlier.first)


def _revision(connection: Any) -> str | None:
    with connection.transaction():
        known = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if found is None else str(found[0])

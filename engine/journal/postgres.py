"""A journal in PostgreSQL, for an office with many machines."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg

from engine.errors import DamagedData, InstanceExists, Unavailable
from engine.journal.chain import no_text
from engine.journal.migrations import is_current, upgrade
from engine.journal.prepared import prepared
from engine.journal.sql import SWEEPING, SqlJournal
from engine.ports import Batch, Holder, Receipt, Swept

MIGRATING: Final = 0x706C616E67617465
"""Key of the advisory lock that lets one process at a time make tables: "plangate"."""
EMPTIED: Final = ("private", "blob")
"""The tables out of which something is erased."""
PAUSE: Final = 0.1
"""Seconds before a table is written once more; twice as many each time."""
_LOCK: Final = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK: Final = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class PostgresJournal(SqlJournal):
    """The port ``Journal`` over one held connection, opened again when it is lost."""

    def __init__(self, url: str) -> None:
        super().__init__(prepared("postgresql"))
        self.url = url
        with self._opening(), self._told(), self._held() as connection:
            if not is_current(_revision(connection)):
                self._migrate(connection)

    def _migrate(self, connection: Any) -> None:
        """Brings the tables up to date, one process at a time."""
        connection.execute("SELECT pg_advisory_lock(%s)", (MIGRATING,))
        try:
            before = _revision(connection)
            if not is_current(before):
                url = self.url.replace("postgresql://", "postgresql+psycopg://", 1)
                upgrade(url, before=before)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", (MIGRATING,))

    def _connect(self) -> Any:
        return psycopg.connect(self.url, autocommit=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The driver's errors, named by who must act; a lost connection is dropped."""
        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as wrong:
            self._drop()
            raise Unavailable(detail=_first_line(wrong)) from wrong
        except (psycopg.DataError, UnicodeEncodeError) as wrong:
            raise no_text() from wrong
        except psycopg.DatabaseError as wrong:
            raise DamagedData(detail=_first_line(wrong)) from wrong

    def _drop(self) -> None:
        with self._mutex:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def turn(self, instance: str) -> Iterator[None]:
        with self._held() as connection:
            with self._told():
                connection.execute(_LOCK, (instance,))
            try:
                yield
            finally:
                # a lost connection has given it up already
                with suppress(psycopg.Error):
                    connection.execute(_UNLOCK, (instance,))

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        # in a pipeline what needs no answer does not wait for one: an act takes
        # two round trips, however many rows it writes
        with (
            self._told(),
            self._held() as connection,
            connection.pipeline(),
            connection.transaction(),
        ):
            yield connection.cursor()

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._told(), self._held() as connection:
            if self._moment is not None:
                yield self._moment
                return
            with connection.transaction():
                cursor = connection.cursor()
                cursor.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
                )
                yield cursor

    def _lock_blobs(self, cursor: Any) -> None:
        cursor.execute("LOCK TABLE blob IN SHARE ROW EXCLUSIVE MODE")

    def sweep(self) -> Swept:
        """Writes the tables anew: what was in them is in no file of theirs any more.

        Rows that a transaction may still see are written anew with the others, however
        dead: that is told, not passed over. The server's write-ahead log, what is
        archived of it, and replicas are their operator's.
        """
        with self._told(), self._held() as connection:
            holders: tuple[Holder, ...] = ()
            left = _rewritten(connection, EMPTIED, SWEEPING)
            if left:
                holders = tuple(_holders(connection, left))
        return Swept(is_clean=not left, holders=holders)

    def append(self, batch: Batch) -> Receipt:
        """As promised; after a commit of unknown outcome the command key decides."""
        try:
            return super().append(batch)
        except DamagedData as wrong:
            if batch.expected == 0 and _is_begun(wrong.__cause__):
                # two beginnings of one instance: the other came first
                raise InstanceExists(instance=batch.instance) from wrong
            raise
        except Unavailable:
            if batch.command is None:
                raise
            with self._reading() as cursor:
                earlier = self._earlier(cursor, batch)
            if earlier is None:
                raise
            return earlier


def _rewritten(
    connection: Any, tables: Sequence[str], seconds: float
) -> tuple[str, ...]:
    """Those of the tables that still have dead rows, after so many seconds.

    A table that takes longer than that to be written is written once.
    """
    end = time.monotonic() + seconds
    pause = PAUSE
    try:
        while True:
            tables = tuple(one for one in tables if not _is_clean(connection, one, end))
            if not tables or time.monotonic() + pause > end:
                return tuple(tables)
            time.sleep(pause)
            pause *= 2
    finally:
        with suppress(psycopg.Error):
            connection.execute("RESET lock_timeout")


def _is_clean(connection: Any, table: str, end: float) -> bool:
    """Whether the table was written anew, without any dead row."""
    dead: list[int] = []

    def noticed(notice: psycopg.errors.Diagnostic) -> None:
        # the sentence is in the server's language: its first number is of the dead
        found = re.search("[0-9]+", notice.message_detail or "")
        if found is not None:
            dead.append(int(found[0]))

    wait = max(round(1000 * (end - time.monotonic())), 1)
    connection.add_notice_handler(noticed)
    try:
        connection.execute(f"SET lock_timeout = {wait}")
        connection.execute(f"VACUUM (FULL, VERBOSE) {table}")
    except psycopg.errors.LockNotAvailable:
        return False
    finally:
        connection.remove_notice_handler(noticed)
    # a server that does not say how many there are has promised nothing
    return bool(dead) and not any(dead)


_HOLDERS: Final = """
SELECT 'pid ' || a.pid, a.xact_start FROM pg_stat_activity a
WHERE a.pid <> pg_backend_pid() AND a.backend_type <> 'autovacuum worker'
AND coalesce(a.datname, current_database()) = current_database()
AND (a.backend_xmin IS NOT NULL OR a.pid IN (
    SELECT l.pid FROM pg_locks l
    WHERE l.granted AND l.relation = ANY (%s::regclass[])))
UNION ALL SELECT 'prepared ' || gid, prepared FROM pg_prepared_xacts
WHERE database = current_database()
UNION ALL SELECT 'slot ' || slot_name, NULL FROM pg_replication_slots
WHERE xmin IS NOT NULL
ORDER BY 2 NULLS LAST, 1
"""


def _holders(connection: Any, tables: Sequence[str]) -> Iterator[Holder]:
    """Whose transactions may see what was in them, as far as this role is told."""
    for name, since in connection.execute(_HOLDERS, (list(tables),)):
        yield Holder(name=name, since=since)


def _is_begun(cause: BaseException | None) -> bool:
    """Whether the first row of an instance is there; any other row is trouble."""
    return (
        isinstance(cause, psycopg.errors.UniqueViolation)
        and cause.diag.constraint_name in _FIRST
    )


_FIRST: Final = {"uq_entry_instance", "pk_instance"}


def _first_line(wrong: psycopg.Error) -> str:
    return (str(wrong).splitlines() or [type(wrong).__name__])[0]


def _revision(connection: Any) -> str | None:
    known = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    if known is None or known[0] is None:
        return None
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if found is None else str(found[0])

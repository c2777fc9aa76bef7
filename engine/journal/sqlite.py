"""A journal in one SQLite file: write-ahead log, every commit on the disk.

Writers of several processes take turns by a lock on a file beside the database
before they begin: SQLite's own waiting starves some of them under load.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from engine import words
from engine.errors import DamagedData, Unavailable
from engine.journal.chain import no_text
from engine.journal.migrations import is_current, upgrade
from engine.journal.prepared import prepared
from engine.journal.sql import SWEEPING, SqlJournal
from engine.ports import Swept

FULL: Final = 2
"""What ``PRAGMA synchronous`` answers for FULL."""
WAITING: Final = 30
"""Seconds for which SQLite waits for its locks."""


class SqliteJournal(SqlJournal):
    """The port ``Journal`` in a file; the file is made if it is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(prepared("sqlite"))
        self.path = path
        self._lock: IO[str] | None = None
        self._turns = 0
        with self._opening(), _told(path):
            if not path.parent.is_dir():
                raise Unavailable(
                    detail=words.both("journal.no_folder", folder=path.parent)
                )
            self._prepare()

    def _prepare(self) -> None:
        """Brings the file's tables up to date, one process at a time."""
        with self._held() as connection:
            if is_current(_revision(connection)):
                return
            with self._turn():
                before = _revision(connection)
                if not is_current(before):
                    upgrade(f"sqlite:///{self.path}", before=before)

    def _connect(self) -> Any:
        with _told(self.path):
            connection = sqlite3.connect(
                self.path,
                isolation_level=None,
                check_same_thread=False,
                timeout=WAITING,
            )
            try:
                if _mode(connection) != "wal":
                    # SQLite waits for nobody here, so we wait for each other
                    with self._turn():
                        connection.execute("PRAGMA journal_mode=WAL")
                _prepare_connection(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """This process's turn to write. Kept open: a file opened for each act costs."""
        if self._lock is None:
            self._lock = self.path.with_name(self.path.name + ".lock").open("a")
        lock = self._lock
        if self._turns == 0:
            fcntl.flock(lock, fcntl.LOCK_EX)
        self._turns += 1
        try:
            yield
        finally:
            # who was interrupted may have closed it, who was forked has none of it
            if self._lock is lock:
                self._turns -= 1
                if self._turns == 0:
                    fcntl.flock(lock, fcntl.LOCK_UN)

    @contextmanager
    def turn(self, instance: str) -> Iterator[None]:
        del instance  # the file is written by one at a time
        with self._held(), self._turn():
            yield

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with (
            _told(self.path),
            self._held() as connection,
            self._turn(),
            _transaction(connection, "BEGIN IMMEDIATE") as cursor,
        ):
            yield cursor

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with _told(self.path), self._held() as connection:
            if self._moment is not None:
                yield self._moment
                return
            with _transaction(connection, "BEGIN") as cursor:
                yield cursor

    def _lock_blobs(self, cursor: Any) -> None:
        """The file is written by one at a time."""

    def sweep(self) -> Swept:
        """Writes the file anew, and cuts the write-ahead log to nothing.

        A page that was parted keeps bytes of its former half where no row is, so that
        overwriting what is deleted (``secure_delete``) does not reach them.
        """
        with _told(self.path), self._held() as connection, self._turn():
            connection.execute("VACUUM")
            # who reads may go on for long, and meanwhile nobody writes
            connection.execute(f"PRAGMA busy_timeout={1000 * SWEEPING:.0f}")
            try:
                cut = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = cut.fetchone()
            finally:
                connection.execute(f"PRAGMA busy_timeout={1000 * WAITING}")
        return Swept(is_clean=not busy)

    def _forked(self) -> None:
        # a lock shared with the parent process would be no lock
        super()._forked()
        self._lock, self._turns = None, 0

    def close(self) -> None:
        super().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _prepare_connection(connection: Any) -> None:
    """Every commit on the disk, or no connection: some file systems know no WAL."""
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # what is deleted is overwritten: it may have been about a person
    connection.execute("PRAGMA secure_delete=ON")
    mode = _mode(connection)
    level = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or level != FULL:
        raise Unavailable(detail=f"journal_mode={mode}, synchronous={level}")


def _mode(connection: Any) -> str:
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


@contextmanager
def _transaction(connection: Any, begin: str) -> Iterator[Any]:
    cursor = connection.cursor()
    cursor.execute(begin)
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            cursor.execute("ROLLBACK")
        raise


def _revision(connection: Any) -> str | None:
    known = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    ).fetchone()
    if known is None:
        return None
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if found is None else str(found[0])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """SQLite's errors, named by who must act."""
    try:
        yield
    except sqlite3.OperationalError as wrong:
        raise Unavailable(detail=f"{path}: {wrong}") from wrong
    except sqlite3.DatabaseError as wrong:
        raise DamagedData(detail=f"{path}: {wrong}") from wrong
    except UnicodeEncodeError as wrong:
        raise no_text() from wrong
    except OSError as wrong:
        raise Unavailable(detail=f"{path}: {wrong.strerror or wrong}") from wrong

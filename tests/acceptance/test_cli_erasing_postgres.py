"""An erasure on PostgreSQL: no byte in a table's file, or it is said why not yet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.conftest import Terminal
from tests.acceptance.test_cli_erasing import SECRET, begun, erased
from tests.campaigns.servers import Server, server


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as found:
        yield found


@pytest.fixture
def address(running: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    found = running.database()
    monkeypatch.setenv("PLANGATE_DB", found)
    return found


def tables_with(address: str, secret: bytes) -> list[Path]:
    """Files of tables and indexes, when all is on the disk."""
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("CHECKPOINT")
        (folder,) = admin.execute("SHOW data_directory").fetchone() or ("",)
        (number,) = admin.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone() or ("",)
    files = sorted(Path(folder, "base", str(number)).rglob("*"))
    return [one for one in files if one.is_file() and secret in one.read_bytes()]


def asked(plangate: Terminal, entry: int) -> str:
    """The request, which one person has approved."""
    words = ("erase", "o", str(entry), "--as", "丙", "--basis", "本人要求", "--json")
    seq = str(plangate(*words).json["entry"])
    assert plangate("erase", "o", "--approve", seq, "--as", "甲").code == 0
    return seq


def reader(address: str, question: str) -> Any:
    """A connection that began to read and goes on, and its process."""
    opened = psycopg.connect(address)
    opened.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    opened.execute(question)
    return opened


def test_no_file_of_a_table_has_the_bytes_afterwards(
    plangate: Terminal, address: str
) -> None:
    """The server's write-ahead log, and its archive, are its operator's."""
    entry = begun(plangate)
    assert tables_with(address, SECRET.encode())
    told = erased(plangate, entry)
    assert (told["erased"], told["swept"], told["held_up_by"]) == (True, True, [])
    assert tables_with(address, SECRET.encode()) == []
    assert plangate("verify").code == 0
    assert "已依法删除" in plangate("history", "o", "--json").out


@pytest.mark.parametrize(
    "question", ["SELECT 1", "SELECT * FROM private"], ids=["snapshot", "lock"]
)
def test_while_somebody_reads_what_was_before_it_is_told_that_bytes_are_left(
    plangate: Terminal, address: str, question: str
) -> None:
    entry = begun(plangate)
    seq = asked(plangate, entry)
    with closing(reader(address, question)) as reading:
        process = f"pid {reading.info.backend_pid}"
        began = time.monotonic()
        answer = plangate("erase", "o", "--approve", seq, "--as", "乙")
        assert time.monotonic() - began < 10
        assert answer.code == 4
        assert "已抹除个人信息 1 项" in answer.out
        for word in (process, "结束", f"plangate erase o --sweep --db {address}"):
            assert word in answer.err.replace("\n", "")
        assert tables_with(address, SECRET.encode())
        shown = plangate("history", "o", "--json").out
        assert SECRET not in shown
        again = plangate("erase", "o", "--sweep", "--json", "--lang", "en")
        assert (again.code, again.json["swept"]) == (4, False)
        assert process in [one["name"] for one in again.json["held_up_by"]]
        assert "may still be in the database's files" in again.err
    assert plangate("erase", "o", "--sweep").code == 0
    assert tables_with(address, SECRET.encode()) == []


def test_who_ends_within_two_seconds_holds_nothing_up(
    plangate: Terminal, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = begun(plangate)
    seq = asked(plangate, entry)
    with closing(reader(address, "SELECT 1")) as reading:
        pauses: list[float] = []

        def paused(seconds: float) -> None:
            pauses.append(seconds)
            reading.rollback()

        monkeypatch.setattr("engine.journal.postgres.time.sleep", paused)
        answer = plangate("erase", "o", "--approve", seq, "--as", "乙", "--json")
    assert pauses
    assert (answer.code, answer.json["swept"]) == (0, True)
    assert tables_with(address, SECRET.encode()) == []

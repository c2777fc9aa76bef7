"""A file that is missing, foreign, full, read-only or from tomorrow."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import DamagedData, Unavailable
from engine.journal.chain import verify
from engine.journal.opening import open_journal
from engine.journal.prepared import prepared
from engine.journal.sqlite import SqliteJournal
from engine.ports import Batch, Draft

AT = datetime(2009, 4, 11, tzinfo=UTC)
TABLES = ("instance", "entry", "fact", "timer", "request")
TABLE_SCANS = tuple(f"SCAN {table}" for table in TABLES)


def batch(expected: int, text: str = "") -> Batch:
    draft = Draft(at=AT, type="moved", payload={"text": text})
    return Batch(instance="x", expected=expected, plan="p", drafts=[draft])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with one entry."""
    file = tmp_path / "x.db"
    with SqliteJournal(file) as journal:
        journal.put_plan("p", b"p")
        journal.append(batch(0))
    return file


@pytest.fixture
def journal(file: Path) -> Iterator[SqliteJournal]:
    with SqliteJournal(file) as journal:
        yield journal


def test_a_file_that_is_no_database_is_told_as_damaged(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    letter = b"this is a letter, not a database" * 100
    file.write_bytes(letter)
    with pytest.raises(DamagedData) as damaged:
        open_journal(f"sqlite:///{file}")
    assert damaged.value.exit_code == 3
    assert file.read_bytes() == letter


def test_a_file_with_a_torn_page_is_told_as_damaged(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as raw:
        for page in range(1, size // 4096):
            raw.seek(page * 4096)
            raw.write(b"\xff" * 64)
    with pytest.raises(DamagedData), SqliteJournal(file) as journal:
        list(journal.entries("x"))


def test_a_missing_folder_and_a_strange_address_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no folder"):
        open_journal(f"sqlite:///{tmp_path}/nowhere/x.db")
    with pytest.raises(Unavailable, match="is no database address"):
        open_journal("mysql://x")
    with pytest.raises(Unavailable):
        open_journal(f"sqlite:///{tmp_path}")


def test_a_device_that_keeps_nothing_is_told_as_unavailable() -> None:
    with pytest.raises((Unavailable, DamagedData), match="/dev/zero"):
        SqliteJournal(Path("/dev/zero"))


def test_tables_of_a_later_release_are_left_alone(file: Path) -> None:
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(Unavailable, match="upgrade plangate") as newer:
        SqliteJournal(file)
    assert newer.value.exit_code == 4
    assert "升级" in newer.value.say("zh")


def test_entries_cannot_be_changed_by_sql(file: Path) -> None:
    database = sqlite3.connect(file)
    for statement in ("UPDATE entry SET actor = 'x'", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        ("due", (0, 100), "ix_timer_due"),
        ("due_last", (0, 100), "ix_timer_due"),
        ("due_instances", (0, 0), "ix_timer_due"),
        ("next_due", (), "ix_timer_due"),
        ("heads_locked", ('["x"]',), "id=?"),
        ("heads_of", ('["x"]',), "id=?"),
        ("facts_of", ('["x"]',), "instance=?"),
        ("timers_of", ('["x"]',), "instance=?"),
        ("entries", ("x", 0, 100), "instance=? AND seq>?"),
        ("facts", ("x",), "instance=?"),
        ("requests_of", ("x", 100), "ix_request_instance"),
    ],
)
def test_what_is_asked_often_is_found_by_an_index(
    journal: SqliteJournal, statement: str, values: tuple[object, ...], index: str
) -> None:
    text = getattr(prepared("sqlite"), statement)
    with journal._held() as connection:
        found = connection.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    steps = [row[3] for row in found]
    assert any(index in step for step in steps)
    assert not [step for step in steps if step.startswith(TABLE_SCANS)]


def test_every_connection_syncs_each_commit(journal: SqliteJournal) -> None:
    with journal._held() as connection:
        (level,) = connection.execute("PRAGMA synchronous").fetchone()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    assert (level, mode) == (2, "wal")


def test_a_full_database_refuses_and_goes_on_when_there_is_room(
    journal: SqliteJournal,
) -> None:
    with journal._held() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(Unavailable, match="full") as full:
        journal.append(batch(1, "x" * 50_000))
    assert full.value.exit_code == 4
    assert [entry.seq for entry in journal.entries("x")] == [1]
    with journal._held() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages + 1_000}")
    assert journal.append(batch(1, "x" * 50_000)).head.revision == 2
    assert verify(journal.entries("x")) == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from engine.errors import Unavailable
from engine.journal.sqlite import SqliteJournal
from engine.ports import Batch, Draft
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = SqliteJournal(Path(sys.argv[1]))
at = journal.head("x").at
def act(expected, text):
    draft = Draft(at=at, type="moved", payload={"text": text})
    batch = Batch(instance="x", expected=expected, plan="p", drafts=[draft])
    return journal.append(batch).head.revision
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
revision = 1
try:
    while True:
        revision = act(revision, "x" * 20_000)
except Unavailable:
    print(revision, len(list(journal.entries("x"))))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(act(revision, "again"))
"""


def told(code: str, file: Path) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [int(number) for number in done.stdout.split()]


def test_a_full_disk_loses_no_acknowledged_act(file: Path) -> None:
    acknowledged, there, after = told(FULL_DISK, file)
    assert (there, after) == (acknowledged, acknowledged + 1)
    with SqliteJournal(file) as journal:
        assert verify(journal.entries("x")) == []


READ_ONLY = """
import os, sys
from pathlib import Path
from engine.errors import Unavailable
from engine.journal.sqlite import SqliteJournal
if os.getuid() == 0:
    os.setuid(65534)
try:
    SqliteJournal(Path(sys.argv[1])).put_plan("q", b"q")
except Unavailable as unavailable:
    print(unavailable.exit_code)
"""


def test_a_read_only_file_is_told_as_unavailable() -> None:
    # a folder that another user may enter: a test's own folder is closed to others
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.db"
        SqliteJournal(file).close()
        for leftover in Path(folder).iterdir():
            leftover.chmod(0o444)
        Path(folder).chmod(0o555)
        try:
            assert told(READ_ONLY, file) == [4]
        finally:
            Path(folder).chmod(0o755)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_opens_its_own_connection(journal: SqliteJournal) -> None:
    read, write = os.pipe()
    # the worst moment: a thread of the parent is in the middle of an act
    with journal._held():
        child = os.fork()
        if child == 0:
            receipt = journal.append(batch(1))
            os.write(write, str(receipt.head.revision).encode())
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"2"
    os.close(read)
    os.close(write)
    assert journal.append(batch(2)).head.revision == 3
    assert verify(journal.entries("x")) == []

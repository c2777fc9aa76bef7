"""Several processes on one file, and the worst moment to die."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import DamagedData, Unavailable
from engine.journal.chain import verify
from engine.journal.opening import open_journal

WRITER = """
import sys, json
from datetime import UTC, datetime
from engine.errors import LostUpdate
from engine.journal.opening import open_journal
from engine.ports import Batch, Draft
url, name, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
journal = open_journal(url)
done = lost = 0
while done < most:
    head = journal.head("x")
    draft = Draft(at=head.at, type="moved", payload={"by": name, "n": done})
    try:
        receipt = journal.append(
            Batch(instance="x", expected=head.revision, plan="p", drafts=[draft])
        )
    except LostUpdate:
        lost += 1
        continue
    done += 1
    print(json.dumps([name, receipt.first]), flush=True)
"""


def begun(tmp_path: Path) -> str:
    from datetime import UTC, datetime

    from engine.ports import Batch, Draft

    url = f"sqlite:///{tmp_path / 'x.db'}"
    journal = open_journal(url)
    journal.put_plan("p", b"p")
    at = datetime(2009, 4, 11, tzinfo=UTC)
    draft = Draft(at=at, type="started", payload={})
    journal.append(Batch(instance="x", expected=0, plan="p", drafts=[draft]))
    journal.close()
    return url


def writer(url: str, name: str, most: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, name, str(most)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_on_one_instance_lose_nothing(tmp_path: Path) -> None:
    url = begun(tmp_path)
    both = [writer(url, name, 40) for name in "ab"]
    told = [
        line for one in both for line in one.communicate(timeout=60)[0].splitlines()
    ]
    acknowledged = sorted(json.loads(line)[1] for line in told)
    assert acknowledged == list(range(2, 82))
    journal = open_journal(url)
    assert verify(journal.entries("x")) == []
    journal.close()


def killed_while_writing(tmp_path: Path, kills: int) -> None:
    url = begun(tmp_path)
    chance = random.Random(7)
    acknowledged = 1
    for _ in range(kills):
        process = writer(url, "a", 10**6)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(chance.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        for line in [first, *process.communicate()[0].splitlines()]:
            if line.rstrip().endswith("]"):
                acknowledged = max(acknowledged, json.loads(line)[1])
        journal = open_journal(url)
        head = journal.head("x")
        assert head is not None
        assert head.revision >= acknowledged
        assert verify(journal.entries("x")) == []
        journal.close()
    assert acknowledged > 1


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    killed_while_writing(tmp_path, 6)


@pytest.mark.slow
def test_what_was_acknowledged_survives_a_thousand_kills(tmp_path: Path) -> None:
    killed_while_writing(tmp_path, 1_000)


def test_a_forked_child_opens_its_own_connection(tmp_path: Path) -> None:
    url = begun(tmp_path)
    journal = open_journal(url)
    assert journal.head("x") is not None
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        head = journal.head("x")
        os.write(write, str(head.revision if head else 0).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"1"
    os.close(read)
    os.close(write)
    journal.close()


def test_a_file_that_is_no_database_is_told_as_damaged(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    file.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(DamagedData):
        open_journal(f"sqlite:///{file}")


def test_a_missing_folder_and_a_strange_address_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no folder"):
        open_journal(f"sqlite:///{tmp_path}/nowhere/x.db")
    with pytest.raises(Unavailable, match="is no database address"):
        open_journal("mysql://x")


def test_entries_cannot_be_changed_by_sql(tmp_path: Path) -> None:
    import sqlite3

    url = begun(tmp_path)
    database = sqlite3.connect(url.removeprefix("sqlite:///"))
    for statement in ("UPDATE entry SET actor = 'x'", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            database.execute(statement)
    database.close()

"""``key``, ``checkpoint``, ``witness``: nobody rewrites what somebody else has seen."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

NOTED = ("--clock", "2009-04-13 09:00")


@pytest.fixture
def house(plangate: Any) -> Any:
    """An office with a key, an auditor with a key and a policy that knows both."""
    assert plangate("start", "office", "--id", "o", *NOTED).code == 0
    log = plangate("key", "log.key", "--name", "office.example/log").out.strip()
    wit = plangate("key", "w.key", "--name", "audit.example/w", "--witness").out.strip()
    policy = f"log {log}\nwitness w {wit}\nquorum w\n"
    (plangate.folder / "policy").write_text(policy, "utf-8")
    return plangate


def asked(house: Any, since: int) -> Any:
    """The request to the witness, as a file on a stick."""
    told = house("checkpoint", "--key", "log.key", "--since", str(since))
    (house.folder / "request").write_text(told.out, "utf-8")
    return told


def seen(house: Any) -> Any:
    return house("witness", "request", "--key", "w.key", "--policy", "policy")


def size_of(told: Any) -> int:
    """The second line of the note."""
    note = told.out.partition("\n\n")[2] if told.out.startswith("old") else told.out
    return int(note.splitlines()[1])


def test_a_witness_signs_what_has_only_grown(house: Any) -> None:
    first = size_of(asked(house, 0))
    note = seen(house)
    assert note.code == 0
    assert "— office.example/log " in note.out
    assert "— audit.example/w " in note.out
    assert house("signal", "o", "通知到了", "--as", "乙").code == 0
    later = asked(house, first)
    assert size_of(later) > first
    assert seen(house).code == 0


def test_a_proof_that_begins_elsewhere_is_refused_and_says_where_to_begin(
    house: Any,
) -> None:
    first = size_of(asked(house, 0))
    assert seen(house).code == 0
    house("signal", "o", "通知到了", "--as", "乙")
    asked(house, 0)
    told = seen(house)
    assert told.code == 2
    assert str(first) in told.err


def test_an_older_database_is_not_signed_over(house: Any) -> None:
    database = Path(house.folder) / "plangate.db"
    shutil.copy(database, house.folder / "backup.db")
    house("signal", "o", "通知到了", "--as", "乙")
    assert house("checkpoint", "--key", "log.key").code == 0
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    shutil.copy(house.folder / "backup.db", database)
    house("signal", "o", "别的事", "--as", "乙")
    for _ in range(2):
        told = house("checkpoint", "--key", "log.key")
        assert (told.code, told.out) == (3, "")


def test_a_key_that_is_there_is_never_written_over(house: Any) -> None:
    before = (house.folder / "log.key").read_bytes()
    assert house("key", "log.key", "--name", "office.example/log").code == 2
    assert (house.folder / "log.key").read_bytes() == before


def test_a_witness_signs_no_log_that_the_policy_does_not_know(house: Any) -> None:
    asked(house, 0)
    other = house("key", "other.key", "--name", "other.example/log").out.strip()
    (house.folder / "policy").write_text(f"log {other}\nquorum none\n", "utf-8")
    told = seen(house)
    assert (told.code, told.out) == (3, "")
    assert "office.example/log" in told.err


def test_a_size_that_the_log_does_not_have_is_told(house: Any) -> None:
    told = house("checkpoint", "--key", "log.key", "--since", "999")
    assert told.code == 2
    assert "--since" in told.err
    assert "4" in told.err

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


# -- when the key of the log changes


def changed(house: Any) -> tuple[str, int]:
    """The witness has seen the old key, then it handed over; the new key, and since."""
    since = size_of(asked(house, 0))
    assert seen(house).code == 0
    told = house("rekey", "new.key", "--key", "log.key")
    assert told.code == 0
    return told.err.partition("log ")[2].split()[0], since


def asked_by_new(house: Any, since: int, *more: str) -> Any:
    told = house("checkpoint", "--key", "new.key", "--since", str(since), *more)
    (house.folder / "request").write_text(told.out, "utf-8")
    return told


def seen_with(house: Any, file: str, *more: str) -> Any:
    words = ("--key", "w.key", "--policy", "policy", "--handover", file)
    return house("witness", "request", *words, *more)


def test_a_witness_who_knows_only_the_old_key_is_told_what_to_do(house: Any) -> None:
    new, since = changed(house)
    asked_by_new(house, since)
    refused = seen(house)
    assert (refused.code, refused.out) == (3, "")
    assert new.split("+")[1] in refused.err
    assert "plangate checkpoint --handover" in refused.err
    policy = (house.folder / "policy").read_text("utf-8")
    (house.folder / "policy").write_text(f"log {new}\n{policy}", "utf-8")
    assert seen(house).code == 0


def test_a_witness_follows_a_handover_that_lies_in_the_log(house: Any) -> None:
    new, since = changed(house)
    assert asked_by_new(house, since, "--handover", "handover").code == 0
    told = seen_with(house, "handover")
    assert told.code == 0
    assert "— audit.example/w " in told.out
    assert f"log {new}" in told.err
    # nothing is remembered of it: the policy says whom to believe
    assert house("signal", "o", "通知到了", "--as", "乙").code == 0
    asked_by_new(house, size_of(told), "--handover", "later")
    assert seen(house).code == 3
    assert seen_with(house, "handover").code == 3  # of another note
    assert seen_with(house, "later", "--lang", "en").code == 0


def test_no_other_file_is_a_handover(house: Any) -> None:
    _, since = changed(house)
    asked_by_new(house, since, "--handover", "handover")
    proof = (house.folder / "handover").read_text("utf-8")
    position = next(one for one in proof.splitlines() if one.startswith("index "))
    forged = {
        "place": proof.replace(position, "index 1", 1),
        "no entry": "\n".join(
            one for one in proof.split("\n") if not one.startswith("extra ")
        ),
    }
    for name, text in forged.items():
        (house.folder / name).write_text(text, "utf-8")
        told = seen_with(house, name)
        assert (told.code, told.out) == (3, "")
    stranger = house("key", "else.key", "--name", "office.example/log").out.strip()
    policy = f"log {stranger}\nquorum none\n"
    (house.folder / "policy").write_text(policy, "utf-8")
    assert seen_with(house, "handover").code == 3


def test_a_key_to_which_nobody_handed_over_has_no_such_proof(house: Any) -> None:
    told = house("checkpoint", "--key", "log.key", "--handover", "handover")
    assert (told.code, told.out) == (2, "")
    assert not (house.folder / "handover").exists()


def test_a_proof_that_cannot_be_written_is_told(house: Any) -> None:
    changed(house)
    words = ("checkpoint", "--key", "new.key", "--handover", "nowhere/handover")
    told = house(*words)
    assert (told.code, told.out) == (4, "")
    assert "nowhere/handover" in told.err

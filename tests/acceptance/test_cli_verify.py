"""``plangate verify``: the whole database, and how what is asked of it ends."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.journal.opening import open_journal


@pytest.fixture
def begun(plangate: Any) -> Any:
    """Two instances, sealed and signed; the note, its policy and a later act."""
    began = ("--clock", "2009-04-11 08:00")
    for name in ("o", "p"):
        assert plangate("start", "office", "--id", name, *began).code == 0
    for file, name in (("log.key", "office.example/log"), ("other.key", "other/log")):
        key = plangate("key", file, "--name", name).out.strip()
        wanted = "policy" if file == "log.key" else "others"
        Path(wanted).write_text(f"log {key}\nquorum none\n", "utf-8")
    note = plangate("checkpoint", "--key", "log.key")
    assert note.code == 0
    Path("note").write_text(note.out, "utf-8")
    late = ("signal", "o", "通知到了", "--as", "乙", "--clock", "2009-04-13 09:00")
    assert plangate(*late).code == 0
    return plangate


def at_the_file(*statements: str) -> None:
    with sqlite3.connect("plangate.db") as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
    database.close()


def test_everything_is_looked_at_and_what_is_open_is_said(begun: Any) -> None:
    told = begun("verify", "--lang", "en")
    assert told.code == 0
    said = " ".join(told.out.split())
    for part in (
        "o: whole.",
        "p: whole.",
        "log: whole.",
        "of 2 instances",
        "sealed up",
    ):
        assert part in said
    assert "in no checkpoint yet" in said
    assert "no checkpoint was given" in said


def test_what_was_signed_and_by_whom_is_said(begun: Any) -> None:
    told = begun("verify", "--checkpoint", "note", "--policy", "policy", "--json")
    assert told.code == 0
    assert told.json["checkpoint"]["signers"] == ["office.example/log"]
    assert told.json["checkpoint"]["size"] == told.json["log"]["sealed"]
    assert told.json["log"]["waiting"] > 0
    assert told.json["undecided"] == []
    said = begun("verify", "--checkpoint", "note", "--policy", "policy", "--lang", "en")
    assert "signed by office.example/log" in " ".join(said.out.split())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("--checkpoint", "note"), "log.no_policy"),
        (("--policy", "policy"), "log.no_checkpoint"),
        (("--checkpoint", "note", "--policy", "others"), "log.nobody"),
    ],
)
def test_what_was_asked_for_and_cannot_be_decided_is_2(
    begun: Any, given: tuple[str, ...], code: str
) -> None:
    told = begun("verify", "--log", *given, "--json")
    assert told.code == 2
    assert told.json["whole"]
    assert [one["code"] for one in told.json["undecided"]] == [code]


def test_a_defect_is_1_even_if_something_is_open(begun: Any) -> None:
    at_the_file("UPDATE tile SET hashes = zeroblob(32)")
    told = begun("verify", "--log", "--checkpoint", "note", "--json")
    assert told.code == 1
    assert not told.json["whole"]
    assert told.json["log"]["defects"][0]["code"] == "log.tile"


def test_an_altered_entry_is_told_once_and_the_signed_tree_is_gone(begun: Any) -> None:
    at_the_file(
        "UPDATE entry SET body = replace(CAST(body AS TEXT), 'office', 'Office')"
        " WHERE instance = 'p' AND seq = 1"
    )
    told = begun("verify", "--checkpoint", "note", "--policy", "policy", "--json")
    assert told.code == 1
    of_p = [one for one in told.json["instances"] if one["instance"] == "p"]
    assert "journal.hash" in [one["code"] for one in of_p[0]["defects"]]
    codes = [one["code"] for one in told.json["log"]["defects"]]
    assert {"log.forked", "log.leaf"} <= set(codes)
    assert "journal.hash" not in codes
    said = begun("verify", "--log", "--lang", "en")
    assert said.code == 1
    assert "entry 1 of p" in " ".join(said.out.split())


def test_an_older_copy_is_told_as_shorter(begun: Any) -> None:
    assert begun("checkpoint", "--key", "log.key").code == 0
    note = begun("checkpoint", "--key", "log.key").out
    Path("later").write_text(note, "utf-8")
    Path("plangate.db").unlink()
    began = ("--clock", "2009-04-11 08:00")
    assert begun("start", "office", "--id", "o", *began).code == 0
    told = begun(
        "verify", "--log", "--checkpoint", "later", "--policy", "policy", "--json"
    )
    assert told.code == 1
    assert [one["code"] for one in told.json["log"]["defects"]] == ["log.shorter"]


@pytest.mark.parametrize("given", ["--checkpoint", "--policy"])
def test_what_is_no_checkpoint_or_policy_is_unreadable(begun: Any, given: str) -> None:
    Path("junk").write_text("x", "utf-8")
    told = begun("verify", given, "junk")
    assert told.code == 3
    assert told.err


def test_options_of_the_whole_database_go_with_no_instance(begun: Any) -> None:
    for given in (("--log",), ("--checkpoint", "note"), ("--policy", "policy")):
        assert begun("verify", "o", *given).code == 2
    assert begun("verify", "o", "--bundle", "note").code == 2


def test_a_bundle_is_verified_by_the_one_file_verifier(begun: Any) -> None:
    made = begun("export", "--to", "bundle", "-o", "all.zip", "--key", "log.key")
    assert made.code == 0
    told = begun("verify", "--bundle", "all.zip", "--policy", "policy", "--json")
    assert (told.code, told.json["exit"]) == (0, 0)
    assert told.json["covered"]["signers"] == ["office.example/log"]
    assert begun("verify", "--bundle", "all.zip").code == 2
    assert begun("verify", "--bundle", "note").code == 3
    said = begun("verify", "--bundle", "all.zip", "--lang", "en")
    assert "Covered:" in said.out


def test_an_empty_database_is_whole_and_says_so(begun: Any) -> None:
    open_journal("sqlite:///empty.db").close()
    told = begun("verify", "--db", "sqlite:///empty.db", "--json")
    assert told.code == 0
    assert told.json["log"]["size"] == 0
    assert told.json["log"]["at"] is None
    assert begun("verify", "--db", "sqlite:///empty.db").code == 0


@pytest.mark.parametrize(
    "asked",
    [
        ("history", "o"),
        ("history", "o", "--json"),
        ("history", "o", "--csv"),
        ("history", "o", "--as-of", "2009-04-30"),
        ("history", "o", "--diff", "1", "2009-04-30"),
        ("status", "o", "--as-of", "2009-04-30"),
        ("why", "o", "3"),
    ],
)
def test_no_answer_about_a_history_goes_past_what_was_altered(
    begun: Any, asked: tuple[str, ...]
) -> None:
    assert begun(*asked).code == 0
    at_the_file(
        "UPDATE entry SET body = replace(CAST(body AS TEXT), '\"at\"', '\"at\" ')"
        " WHERE instance = 'o' AND seq = 3"
    )
    told = begun(*asked, "--lang", "en")
    assert told.code == 3
    assert "entry 3 of o is not what its hash" in " ".join(told.err.split())


def test_what_belongs_to_no_instance_is_told(begun: Any) -> None:
    at_the_file(
        "INSERT INTO fact VALUES ('ghost', 'n/x', '{}', 1)",
        "INSERT INTO blob VALUES"
        " ('2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae', 'foo')",
    )
    told = begun("verify", "--lang", "en")
    said = " ".join(told.out.split())
    assert told.code == 1
    assert "beside all instances: 1 defects" in said
    assert "the table fact has 1 rows of 'ghost'" in said
    assert "1 files are kept that no entry names" in said
    shape = begun("verify", "--json").json
    assert [one["code"] for one in shape["strays"]["defects"]] == ["audit.unowned"]
    assert len(shape["strays"]["files"]) == 1
    assert begun("verify", "--log", "--json").json["strays"] is None

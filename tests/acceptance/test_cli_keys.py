"""``rekey``, ``revoke``, ``new-epoch``: what happens to keys and restores is told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from engine import verifier

NOTED = ("--clock", "2009-04-13 09:00")
KEY = ("--key", "log.key")
WHY = ("--reason", "硬盘坏了")
TWO = ("--approve", "甲", "--approve", "乙")


@pytest.fixture
def house(plangate: Any) -> Any:
    assert plangate("start", "office", "--id", "o", *NOTED).code == 0
    log = plangate("key", "log.key", "--name", "office.example/log").out.strip()
    (plangate.folder / "policy").write_text(f"log {log}\nquorum none\n", "utf-8")
    return plangate


@pytest.fixture
def restored(house: Any) -> Any:
    """An older database is back in its place."""
    database = Path(house.folder) / "plangate.db"
    assert house("checkpoint", *KEY).code == 0
    shutil.copy(database, house.folder / "backup.db")
    assert house("signal", "o", "通知到了", "--as", "乙").code == 0
    assert house("checkpoint", *KEY).code == 0
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    shutil.copy(house.folder / "backup.db", database)
    return house


def report(house: Any, key: str, *names: str) -> verifier.Report:
    out = ("--to", "bundle", "-o", "b.zip", "--force", "--key", key)
    assert house("export", *names, *out).code == 0
    policy = (house.folder / "policy").read_text("utf-8")
    with (house.folder / "b.zip").open("rb") as file:
        return verifier.verify(file, policy)


def test_another_key_signs_and_readers_follow(house: Any) -> None:
    told = house("rekey", "new.key", *KEY, "--as", "甲")
    assert told.code == 0
    assert told.out.startswith("office.example/log\n")
    assert "new.key" in told.err
    old = house("checkpoint", *KEY)
    assert house("checkpoint", "--key", "new.key").code == 0
    assert (old.code, old.out) == (2, "")
    assert "office.example/log+" in old.err
    found = report(house, "new.key", "o")
    assert [one.code for one in found.told] == ["key.handed"]
    assert found.covered.signers == ("office.example/log",)
    assert "甲 换了签署的钥匙" in house("history", "~log", "--type", "rekeyed").out
    assert "hands over to" in " ".join(house("verify", "--lang", "en").out.split())


def test_a_stolen_key_is_revoked(house: Any) -> None:
    size = house("checkpoint", *KEY).out.splitlines()[1]
    words = ("revoke", "new.key", *KEY, "--after", size, "--reason", "失窃")
    alone = house(*words, "--approve", "甲")
    assert (alone.code, alone.out) == (2, "")
    told = house(*words, *TWO)
    assert told.code == 0
    assert house("checkpoint", *KEY).code == 2
    found = report(house, "new.key")
    assert (found.exit, [one.code for one in found.told]) == (2, ["key.doubted"])
    assert found.covered.signers == ()
    new = told.err.partition("log ")[2].split()[0]
    (house.folder / "policy").write_text(f"log {new}\nquorum none\n", "utf-8")
    found = report(house, "new.key", "o")
    assert (found.exit, [one.code for one in found.told]) == (0, ["key.ended"])
    shown = house("verify")
    assert shown.code == 0
    for word in ("失窃", "甲", "乙"):
        assert word in shown.out


def policy_line(house: Any) -> str:
    """The public line of the log's first key."""
    text = (house.folder / "policy").read_text("utf-8")
    return str(text.partition("log ")[2].split()[0])


def lose_the_key(house: Any) -> tuple[str, ...]:
    """The key and its memory are gone; a note that it signed was handed out before."""
    note = house("checkpoint", *KEY).out
    (house.folder / "last.note").write_text(note, "utf-8")
    for file in house.folder.glob("log.key*"):
        file.unlink()
    return ("--lost", policy_line(house), "--checkpoint", "last.note")


def test_a_lost_key_is_followed_by_another_that_two_people_approve(house: Any) -> None:
    lost = lose_the_key(house)
    assert house("signal", "o", "通知到了", "--as", "乙").code == 0
    words = ("revoke", "new.key", *lost, "--reason", "钥匙丢了", "--as", "丙")
    alone = house(*words, "--approve", "甲")
    assert (alone.code, alone.out) == (2, "")
    assert not (house.folder / "new.key").exists()
    told = house(*words, *TWO)
    assert told.code == 0
    # it is the same log, grown: no new epoch begins
    assert told.out.startswith("office.example/log\n")
    assert house(*words, *TWO).code == 0
    entries = house("history", "~log", "--type", "revoked", "--json").json["entries"]
    assert len(entries) == 1
    old = report(house, "new.key", "o")
    assert (old.exit, [one.code for one in old.told]) == (2, ["key.doubted"])
    new = told.err.partition("log ")[2].split()[0]
    (house.folder / "policy").write_text(f"log {new}\nquorum none\n", "utf-8")
    found = report(house, "new.key", "o")
    assert (found.exit, [one.code for one in found.told]) == (0, ["key.ended"])
    assert "甲, 乙" in found.told[0].en
    shown = house("verify")
    assert (shown.code, "钥匙丢了" in shown.out) == (0, True)


def test_a_witness_goes_on_from_what_he_has_seen_of_a_lost_key(house: Any) -> None:
    assert house("key", "w.key", "--name", "audit.example/w", "--witness").code == 0

    def seen(key: str, since: str) -> Any:
        request = house("checkpoint", "--key", key, "--since", since)
        (house.folder / "request").write_text(request.out, "utf-8")
        return house("witness", "request", "--key", "w.key", "--policy", "policy")

    size = seen("log.key", "0").out.splitlines()[1]
    lost = lose_the_key(house)
    told = house("revoke", "new.key", *lost, "--reason", "丢了", *TWO)
    new = told.err.partition("log ")[2].split()[0]
    (house.folder / "policy").write_text(f"log {new}\nquorum none\n", "utf-8")
    assert seen("new.key", "0").code != 0  # he does not begin anew
    assert "— audit.example/w " in seen("new.key", size).out


def test_what_a_lost_key_did_not_sign_stands_for_nothing(house: Any) -> None:
    lost = lose_the_key(house)
    other = house("key", "other.key", "--name", "office.example/log").out.strip()
    words = ("revoke", "new.key", "--reason", "丢了", *TWO)
    told = house(*words, "--lost", other, *lost[2:])
    assert (told.code, told.out) == (3, "")
    assert "serve --checkpoint" in told.err
    note = house.folder / "last.note"
    forged = note.read_text("utf-8").replace("office.example/log\n", "else\n", 1)
    note.write_text(forged, "utf-8")
    assert house(*words, *lost).code == 3
    assert house("history", "~log", "--type", "revoked", "--json").json["entries"] == []


def test_a_lost_key_covers_no_loss_of_entries(restored: Any) -> None:
    """The note is of the database that is gone; nothing is said, nothing is signed."""
    database = restored.folder / "plangate.db"
    older = database.read_bytes()
    assert restored("new-epoch", *KEY, *WHY, *TWO).code == 0
    lost = lose_the_key(restored)
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    database.write_bytes(older)
    told = restored("revoke", "new.key", *lost, *WHY, *TWO)
    assert (told.code, told.out) == (3, "")
    assert (
        restored("history", "~log", "--type", "revoked", "--json").json["entries"] == []
    )


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--lost", "KEY"),
        ("--checkpoint", "office.yaml"),
        (*KEY, "--lost", "KEY"),
        KEY,
    ],
)
def test_whose_key_ends_and_from_where_on_must_be_said(
    house: Any, words: tuple[str, ...]
) -> None:
    told = house("revoke", "new.key", *words, "--reason", "丢了", *TWO)
    assert (told.code, told.out) == (2, "")
    assert "--after" in told.err or "--lost" in told.err


def test_a_restore_is_refused_and_then_told_openly(restored: Any) -> None:
    refused = restored("checkpoint", *KEY)
    assert refused.code == 3
    assert "plangate new-epoch" in refused.err
    told = restored("new-epoch", *KEY, *WHY, *TWO, "--as", "丙")
    assert told.code == 0
    assert told.out.startswith("office.example/log/e2\n")
    assert restored("signal", "o", "通知到了", "--as", "乙").code == 0
    assert restored("checkpoint", *KEY).out.startswith("office.example/log/e2\n")
    for names in ((), ("o",)):
        found = report(restored, "log.key", *names)
        assert found.defects == ()
        assert [one.code for one in found.told] == ["epoch.begun"]
        assert found.covered.signers == ("office.example/log",)
    for language, word in (("zh", "丢失"), ("en", "lost")):
        assert word in restored("verify", "--lang", language).out


@pytest.mark.parametrize(
    "approvers", [(), ("--approve", "甲"), ("--approve", "甲", "--approve", "甲")]
)
def test_one_person_alone_begins_no_epoch(
    restored: Any, approvers: tuple[str, ...]
) -> None:
    told = restored("new-epoch", *KEY, *WHY, *approvers)
    assert (told.code, told.out) == (2, "")
    assert "--approve" in told.err
    assert (
        restored("history", "~log", "--type", "restored", "--json").json["entries"]
        == []
    )


def test_without_a_loss_no_epoch_begins(house: Any) -> None:
    assert house("checkpoint", *KEY).code == 0
    told = house("new-epoch", *KEY, *WHY, *TWO)
    assert (told.code, told.out) == (2, "")


def test_a_witness_is_told_that_it_is_another_epoch(restored: Any) -> None:
    wit = restored("key", "w.key", "--name", "audit.example/w", "--witness").out.strip()
    log = (restored.folder / "policy").read_text("utf-8").splitlines()[0]
    (restored.folder / "policy").write_text(f"{log}\nwitness w {wit}\nquorum w\n")

    def seen() -> Any:
        asked = restored("checkpoint", *KEY, "--since", "0")
        (restored.folder / "request").write_text(asked.out, "utf-8")
        return restored("witness", "request", "--key", "w.key", "--policy", "policy")

    assert seen().code != 0  # nothing was signed, so nothing is asked
    assert restored("new-epoch", *KEY, *WHY, *TWO).code == 0
    told = seen()
    assert told.code == 0
    assert "— audit.example/w " in told.out

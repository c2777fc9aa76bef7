"""What is about a person goes on two people's word, and out of every file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

from engine import verifier
from tests.acceptance.conftest import Terminal

SECRET = "SECRETWORD-of-somebody"


def begun(plangate: Terminal) -> int:
    """The entry that has a personal value."""
    assert plangate("start", "office", "--id", "o", "--by", "甲").code == 0
    told = plangate(
        "do", "o", "问题", "add", "--as", "乙", "--with", f"text={SECRET}", "--json"
    )
    return int(told.json["entries"][0]["seq"])


def erased(plangate: Terminal, entry: int, *more: str, of: str = "o") -> Any:
    words = ("erase", of, str(entry), "--as", "丙", "--basis", "本人要求", *more)
    asked = plangate(*words, "--json").json
    seq = str(asked["entry"])
    assert plangate("erase", of, "--approve", seq, "--as", "甲").code == 0
    return plangate("erase", of, "--approve", seq, "--as", "乙", "--json").json


def where_it_is(folder: Path, secret: bytes) -> list[str]:
    return [
        str(file.relative_to(folder))
        for file in sorted(folder.rglob("*"))
        if file.is_file() and secret in file.read_bytes()
    ]


def test_after_two_approvals_the_bytes_are_in_no_file(plangate: Terminal) -> None:
    entry = begun(plangate)
    assert where_it_is(plangate.folder, SECRET.encode())
    told = erased(plangate, entry)
    assert (told["erased"], told["swept"]) == (True, True)
    assert where_it_is(plangate.folder, SECRET.encode()) == []
    assert plangate("verify").code == 0
    shown = plangate("history", "o", "--json").out
    assert SECRET not in shown
    assert "已依法删除" in shown
    csv = plangate("export", "o", "--to", "csv", "-o", "-")
    assert csv.code == 0
    assert SECRET not in csv.out


def test_a_value_that_others_were_written_around_leaves_nothing(
    plangate: Terminal,
) -> None:
    """Pages that were parted keep copies of what was on them."""
    entry = begun(plangate)
    for number in range(30):
        text = f"text={number} " + "x" * (number * 97 % 1500)
        plangate("do", "o", "问题", "add", "--as", "乙", "--with", text)
    erased(plangate, entry)
    assert where_it_is(plangate.folder, SECRET.encode()) == []
    assert plangate("verify").code == 0


def test_a_file_goes_too_and_one_that_another_instance_has_stays(
    plangate: Terminal,
) -> None:
    begun(plangate)
    plangate("signal", "o", "通知到了", "--as", "甲")
    own = b"minutes about somebody"
    plangate.folder.joinpath("own.txt").write_bytes(own)
    hold = ("会议", "hold", "--as", "甲", "--with", "present=甲,乙,丙")
    told = plangate("do", "o", *hold, "--file", "minutes=own.txt", "--json")
    entry = int(told.json["entries"][0]["seq"])
    plangate.folder.joinpath("own.txt").unlink()
    (file,) = plangate("files", "o", "--json").json["files"]
    answer = erased(plangate, entry, "--file", file["sha256"])
    assert answer["files"] == [file["sha256"]]
    assert where_it_is(plangate.folder, own) == []
    assert plangate("verify").code == 0


def test_a_file_of_two_instances_is_in_no_file_once_both_had_it_erased(
    plangate: Terminal,
) -> None:
    own, entries = b"minutes about somebody", {}
    for name in ("o", "p"):
        assert plangate("start", "office", "--id", name, "--by", "甲").code == 0
        plangate("signal", name, "通知到了", "--as", "甲")
        plangate.folder.joinpath("own.txt").write_bytes(own)
        hold = ("会议", "hold", "--as", "甲", "--with", "present=甲,乙,丙")
        told = plangate("do", name, *hold, "--file", "minutes=own.txt", "--json")
        entries[name] = int(told.json["entries"][0]["seq"])
    plangate.folder.joinpath("own.txt").unlink()
    (file,) = plangate("files", "p", "--json").json["files"]
    answer = erased(plangate, entries["o"])
    assert (answer["files"], answer["shared"]) == ([], [file["sha256"]])
    assert where_it_is(plangate.folder, own)
    assert plangate("verify").code == 0
    answer = erased(plangate, entries["p"], of="p")
    assert (answer["files"], answer["shared"]) == ([file["sha256"]], [])
    assert where_it_is(plangate.folder, own) == []
    assert plangate("verify").code == 0
    for scope in ([], ["o"], ["p"]):
        make = ("export", *scope, "--to", "bundle", "-o", "b.zip", "--force")
        assert plangate(*make).code == 0
        assert verified(plangate.folder / "b.zip").defects == ()


def test_who_reads_holds_up_the_sweep_and_that_is_told(plangate: Terminal) -> None:
    entry = begun(plangate)
    words = ("erase", "o", str(entry), "--as", "丙", "--basis", "本人要求", "--json")
    seq = str(plangate(*words).json["entry"])
    plangate("erase", "o", "--approve", seq, "--as", "甲")
    reader = sqlite3.connect(plangate.folder / "plangate.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM private").fetchall()
    began = time.monotonic()
    answer = plangate("erase", "o", "--approve", seq, "--as", "乙")
    assert time.monotonic() - began < 10
    assert answer.code == 4
    assert "plangate erase o --sweep" in answer.err
    assert SECRET not in plangate("history", "o", "--json").out
    again = plangate("erase", "o", "--sweep", "--json")
    assert (again.code, again.json) == (4, {"swept": False, "held_up_by": []})
    reader.close()
    assert plangate("erase", "o", "--sweep").code == 0
    assert where_it_is(plangate.folder, SECRET.encode()) == []


def verified(file: Path) -> verifier.Report:
    with file.open("rb") as opened:
        return verifier.verify(opened, None)


def test_a_bundle_opens_what_is_asked_for_and_verifies_when_it_is_gone(
    plangate: Terminal,
) -> None:
    entry = begun(plangate)
    bundle = plangate.folder / "b.zip"
    make = ("export", "o", "--to", "bundle", "-o", "b.zip", "--force")
    plangate(*make)
    assert SECRET.encode() not in b"".join(contents(bundle).values())
    closed = verified(bundle)
    assert (closed.defects, closed.covered.closed) == ((), 1)
    plangate(*make, "--with-private")
    opened = verified(bundle)
    assert (opened.defects, opened.covered.opened) == ((), 1)
    told = erased(plangate, entry)
    assert told["erased"]
    plangate(*make, "--with-private")
    gone = verified(bundle)
    assert gone.defects == ()
    assert (gone.covered.opened, gone.covered.erased) == (0, 1)


def contents(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(file: Path, members: dict[str, bytes]) -> verifier.Report:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return verified(file)


def codes(report: verifier.Report) -> list[str]:
    return [one.code for one in report.defects]


def test_the_verifier_tells_a_false_value_and_one_that_is_still_here(
    plangate: Terminal,
) -> None:
    entry = begun(plangate)
    bundle = plangate.folder / "b.zip"
    make = ("export", "o", "--to", "bundle", "-o", "b.zip", "--force")
    plangate(*make, "--with-private")
    before = contents(bundle)
    (name,) = (one for one in before if one.startswith("private/"))
    false = before | {name: before[name].replace(b"SECRET", b"PUBLIC")}
    assert codes(rewritten(bundle, false)) == ["private.commitment"]
    stray = before | {"private/" + "0" * 64: before[name]}
    assert sorted(codes(rewritten(bundle, stray))) == [
        "bundle.member",
        "private.commitment",
    ]
    erased(plangate, entry)
    plangate(*make)
    after = contents(bundle) | {name: before[name]}
    assert codes(rewritten(bundle, after)) == ["erased.present"]


def test_the_verifier_tells_an_erasure_that_one_person_approved(
    plangate: Terminal,
) -> None:
    """As if a database had been told to say so: the chain is then broken as well."""
    entry = begun(plangate)
    bundle = plangate.folder / "b.zip"
    erased(plangate, entry)
    plangate("export", "o", "--to", "bundle", "-o", "b.zip", "--force")
    members = contents(bundle)
    lines = members["entries"]
    for former, latter in (
        ('"approved_by":[["甲"', '"approved_by":[["丙"'),
        ('"requested_by":"丙"', '"requested_by":"乙"'),
    ):
        false = lines.replace(former.encode(), latter.encode())
        assert false != lines
        told = codes(rewritten(bundle, members | {"entries": false}))
        assert "erased.approval" in told


def test_live_verification_finds_a_value_that_was_taken_or_changed(
    plangate: Terminal,
) -> None:
    begun(plangate)
    database = sqlite3.connect(plangate.folder / "plangate.db")
    with database:
        database.execute("UPDATE private SET value = '\"other\"'")
    told = plangate("verify", "--json").json["instances"][0]["defects"]
    assert [one["code"] for one in told] == ["audit.private"]
    with database:
        database.execute("DELETE FROM private")
    told = plangate("verify", "--json").json["instances"][0]["defects"]
    assert [one["code"] for one in told] == ["audit.private_missing"]
    database.close()


def test_another_process_that_reads_shows_that_it_is_gone(plangate: Terminal) -> None:
    entry = begun(plangate)
    erased(plangate, entry)
    words = [sys.executable, "-m", "engine", "--lang", "en", "history", "o", "--json"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert SECRET not in shown
    assert "lawfully erased" in shown

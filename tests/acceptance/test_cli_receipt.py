"""A receipt: who acted can prove that it was dropped, altered, or is still there."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from engine import verifier
from engine.audit.signing.receipt import Receipt
from engine.errors import BadNote
from engine.journal.chain import leaf_hash
from engine.journal.codec import decode, encode

NOTED = ("--clock", "2009-04-13 09:00")
HOLD = ("do", "o", "会议", "hold", "--as", "甲", "--with", "present=甲,乙")


@pytest.fixture
def house(plangate: Any) -> Any:
    """Somebody has acted and taken a signed receipt with him."""
    for name in ("o", "p"):
        assert plangate("start", "office", "--id", name, *NOTED).code == 0
        assert plangate("signal", name, "通知到了", "--as", "乙").code == 0
    log = plangate("key", "log.key", "--name", "office.example/log").out.strip()
    (plangate.folder / "policy").write_text(f"log {log}\nquorum none\n", "utf-8")
    shutil.copy(plangate.folder / "plangate.db", plangate.folder / "before.db")
    (plangate.folder / "记录.txt").write_text("会议记录", "utf-8")
    words = ("--file", "minutes=记录.txt", "--receipt", "r", "--sign", "log.key")
    assert plangate(*HOLD, *words).code == 0
    return plangate


def change(house: Any, alter: Callable[[sqlite3.Connection], Any]) -> None:
    with sqlite3.connect(house.folder / "plangate.db") as database:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in database.execute(triggers).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        alter(database)
    database.close()


def bundle(house: Any, *names: str) -> None:
    out = ("--to", "bundle", "-o", "b.zip", "--force")
    assert house("export", *names, *out).code in {0, 3}


def said(house: Any) -> dict[str, Any]:
    text = (house.folder / "r").read_text("utf-8")
    found: dict[str, Any] = json.loads(text.splitlines()[1])
    return found


def test_a_receipt_names_the_entry_and_its_place(house: Any) -> None:
    found = said(house)
    entry = house("history", "o", "--json").json["entries"][found["seq"] - 1]
    assert entry["data"]["move"] == "hold"
    assert found["leaf"] == entry["hash"]
    assert found["position"] < found["size"]


def test_what_is_kept_is_told_by_the_database_and_by_bundles(house: Any) -> None:
    told = house("receipt", "r", "--policy", "policy")
    assert (told.code, "office.example/log" in told.err) == (0, True)
    for names in ((), ("o",)):
        bundle(house, *names)
        told = house("receipt", "r", "--bundle", "b.zip", "--policy", "policy")
        assert told.code == 0
        assert "有可信的签名" in told.out
    unknown = house("receipt", "r", "--bundle", "b.zip")
    assert (unknown.code, "没有可信的签名" in unknown.out) == (0, True)


def test_a_refusal_has_a_receipt_too(house: Any) -> None:
    told = house("do", "o", "会议", "hold", "--as", "丙", "--receipt", "r2", "--json")
    assert told.code == 1
    assert told.json["receipt"]["seq"] == told.json["refused"]["seq"]
    assert house("receipt", "r2").code == 0


def test_a_bundle_of_others_or_of_before_does_not_tell(house: Any) -> None:
    bundle(house, "p")
    told = house("receipt", "r", "--bundle", "b.zip")
    assert told.code == 4
    (house.folder / "before.db").replace(house.folder / "plangate.db")
    bundle(house, "o")
    assert house("receipt", "r", "--bundle", "b.zip").code == 4


def test_a_database_without_the_entry_has_dropped_it(house: Any) -> None:
    for end in ("-wal", "-shm"):
        Path(house.folder / f"plangate.db{end}").unlink(missing_ok=True)
    (house.folder / "before.db").replace(house.folder / "plangate.db")
    told = house("receipt", "r")
    assert (told.code, "丢掉" in told.out) == (1, True)
    english = house("receipt", "r", "--lang", "en")
    assert "dropped" in english.out


def test_a_later_bundle_without_the_entry_has_dropped_it(house: Any) -> None:
    receipt = said(house)
    early = {**receipt, "by": "2009-04-13T01:00:00Z"}
    text = f"plangate receipt 1\n{encode(early).decode()}\n"
    (house.folder / "early").write_text(text, "utf-8")
    (house.folder / "before.db").replace(house.folder / "plangate.db")
    for names in ((), ("o",)):
        bundle(house, *names)
        told = house("receipt", "early", "--bundle", "b.zip")
        assert (told.code, "丢掉" in told.out) == (1, True)


def altered(database: sqlite3.Connection) -> None:
    """The entry says something else, and all hashes beside it are made to fit."""
    (row,) = database.execute(
        "SELECT seq, body FROM entry WHERE instance = 'o' ORDER BY seq DESC LIMIT 1"
    ).fetchall()
    body = encode(decode(row[1]) | {"recorded": "2009-04-13T01:00:00Z"})
    database.execute(
        "UPDATE entry SET body = ?, hash = ? WHERE instance = 'o' AND seq = ?",
        (body, leaf_hash(body), row[0]),
    )


def test_an_entry_that_was_altered_is_told(house: Any) -> None:
    last = house("history", "o", "--json").json["entries"][-1]["seq"]
    receipt = {**said(house), "seq": last}
    change(house, altered)
    text = f"plangate receipt 1\n{encode(receipt).decode()}\n"
    (house.folder / "r3").write_text(text, "utf-8")
    told = house("receipt", "r3")
    assert (told.code, "改过" in told.out) == (1, True)


def test_a_log_that_was_rewritten_is_told(house: Any) -> None:
    forged = "UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = 0"
    change(house, lambda database: database.execute(forged))
    told = house("receipt", "r")
    assert (told.code, "改写" in told.out) == (1, True)


def test_a_receipt_that_was_altered_is_not_believed(house: Any) -> None:
    text = (house.folder / "r").read_text("utf-8")
    forged = text.replace('"seq":', '"seq":1')
    (house.folder / "r").write_text(forged, "utf-8")
    assert house("receipt", "r", "--policy", "policy").code == 3
    bundle(house)
    told = house("receipt", "r", "--bundle", "b.zip", "--policy", "policy")
    assert told.code == 4
    assert "签名是假的" in told.out


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seq", 0),
        ("seq", "1"),
        ("leaf", "00"),
        ("leaf", None),
        ("by", "soon"),
        ("position", -1),
        ("size", 1),
        ("root", "zz"),
        ("path", ["0"]),
        ("path", "x"),
        ("more", 1),
        ("instance", 5),
    ],
)
def test_what_is_no_receipt_is_refused(house: Any, key: str, value: Any) -> None:
    text = encode({**said(house), key: value}).decode()
    with pytest.raises(BadNote):
        Receipt.parse(f"plangate receipt 1\n{text}\n".encode())


@pytest.mark.parametrize("content", [b"", b"\xff", b"plangate receipt 1\n", b"x\n{}\n"])
def test_what_is_nothing_of_the_kind_is_refused(house: Any, content: bytes) -> None:
    (house.folder / "r").write_bytes(content)
    assert house("receipt", "r").code == 2
    bundle(house)
    with (house.folder / "b.zip").open("rb") as file:
        report = verifier.verify(file, receipt=content)
    assert "receipt.form" in {one.code for one in report.undecided}


def test_a_bundle_that_has_defects_tells_so(house: Any) -> None:
    bundle(house)
    with ZipFile(house.folder / "b.zip", "a") as archive:
        archive.writestr("more", b"x")
    told = house("receipt", "r", "--bundle", "b.zip")
    assert (told.code, "verifier.py" in told.err) == (3, True)


def test_what_cannot_be_handed_out_is_told_before_anything_is_done(house: Any) -> None:
    before = house("history", "o", "--json").out
    for words in (("--receipt", "r"), ("--receipt", "no/r"), ("--sign", "log.key")):
        assert house(*HOLD, *words).code == 2
    assert house(*HOLD, "--receipt", "r4", "--sign", "none").code == 2
    assert house("history", "o", "--json").out == before


def test_the_offline_verifier_takes_a_receipt(house: Any, capsys: Any) -> None:
    bundle(house)
    files = [str(house.folder / name) for name in ("b.zip", "r", "policy")]
    words = [files[0], "--receipt", files[1], "--policy", files[2], "--lang", "en"]
    capsys.readouterr()
    verifier.main(words)
    assert "receipt.kept" in capsys.readouterr().out


def test_a_receipt_that_nobody_known_signed_is_compared_and_that_is_said(
    house: Any,
) -> None:
    """Unsigned, or by a stranger: it is kept or broken all the same."""
    text = (house.folder / "r").read_text("utf-8")
    (house.folder / "bare").write_text(text.partition("\n\n")[0] + "\n", "utf-8")
    other = house("key", "other.key", "--name", "office.example/log").out.strip()
    (house.folder / "others").write_text(f"log {other}\nquorum none\n", "utf-8")
    for file, policy in (("bare", "policy"), ("r", "others")):
        told = house("receipt", file, "--policy", policy)
        assert (told.code, "没有签署这份回执" in told.err) == (0, True)
        assert (
            "no log of the policy signed"
            in house("receipt", file, "--policy", policy, "--lang", "en").err
        )
        bundle(house)
        told = house("receipt", file, "--policy", policy, "--bundle", "b.zip")
        assert (told.code, "没有可信的签名" in told.out) == (0, True)
    (house.folder / "before.db").replace(house.folder / "plangate.db")
    for end in ("-wal", "-shm"):
        Path(house.folder / f"plangate.db{end}").unlink(missing_ok=True)
    told = house("receipt", "bare", "--policy", "policy")
    assert (told.code, "丢掉" in told.out) == (1, True)


def test_a_false_signature_under_a_receipt_is_not_to_be_trusted(house: Any) -> None:
    text = (house.folder / "r").read_text("utf-8")
    (house.folder / "false").write_text(text.replace('"by":"20', '"by":"19'), "utf-8")
    assert (house.folder / "false").read_text("utf-8") != text
    told = house("receipt", "false", "--policy", "policy")
    assert (told.code, told.out) == (3, "")


def test_a_receipt_by_the_key_that_came_after_is_known(house: Any) -> None:
    """Who has only the old key in his policy knows the new one by the handover."""
    assert house("rekey", "new.key", "--key", "log.key").code == 0
    act = ("do", "o", "会议", "hold", "--as", "丙", "--receipt", "r2")
    assert house(*act, "--sign", "new.key").code == 1
    told = house("receipt", "r2", "--policy", "policy")
    assert (told.code, "签署者" in told.err) == (0, True)

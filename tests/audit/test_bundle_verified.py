"""The offices' own bundles under the verifier that was written from the page alone."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import verifier
from engine.audit.exports.bundle import nobody, write
from engine.audit.signing.signer import Signer
from engine.bootstrap import open_service
from engine.journal.chain import leaf_hash
from engine.journal.codec import decode, encode
from engine.plan.library import load
from engine.testing import CAMPAIGN, START, campaign

NOW = datetime(2026, 1, 5, tzinfo=UTC)
Alter = Callable[[sqlite3.Connection], Any]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole campaign, and somebody else's instance beside it; sealed."""
    file = tmp_path_factory.mktemp("bundle") / "whole.db"
    service = campaign(f"sqlite:///{file}", until="2009-10-01 12:00")
    plan, bundle = load("base/study-practice")
    service.start(plan, bundle, instance="other", now=START)
    service.journal.log.seal(NOW)
    service.journal.close()
    return file


def report(
    file: Path, *names: str, signer: Signer | None = None, policy: str | None = None
) -> verifier.Report:
    def sign(tree: Any) -> str:
        assert signer is not None
        return str(signer.sign(tree.size, tree.root(), tree.consistency))

    out = io.BytesIO()
    with open_service(f"sqlite:///{file}").journal as journal:
        write(journal, out, names or None, now=NOW, sign=sign if signer else nobody)
    return verifier.verify(out, policy)


def altered(whole: Path, tmp_path: Path, change: Alter, *names: str) -> set[str]:
    """The codes that a bundle shows after somebody has been at the database."""
    file = tmp_path / "copy.db"
    shutil.copy(whole, file)
    with sqlite3.connect(file) as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        for (name,) in triggers.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        change(database)
    database.close()
    return {one.code for one in report(file, *names).defects}


@pytest.mark.parametrize("names", [(), (CAMPAIGN,), (CAMPAIGN, "other")])
def test_an_honest_bundle_has_no_defect(
    whole: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    signer = Signer.create(tmp_path / "key", "office.example/log")
    policy = f"log {signer.verifier}\nquorum none\n"
    told = report(whole, *names, signer=signer, policy=policy)
    assert (told.defects, told.exit) == ((), 0)


def test_what_nobody_signed_is_whole_and_not_decided(whole: Path) -> None:
    told = report(whole)
    assert (told.defects, told.exit) == ((), 2)


def rewritten(database: sqlite3.Connection) -> None:
    """One entry says something else, and its own hash is made to fit."""
    found = database.execute("SELECT body FROM entry WHERE seq = 30 AND node != ''")
    (body,) = found.fetchone()
    forged = encode(decode(body) | {"actor": "郭元冲"})
    database.execute(
        "UPDATE entry SET body = ?, hash = ? WHERE body = ?",
        (forged, leaf_hash(forged), body),
    )


def test_an_entry_that_was_rewritten_in_the_database_is_found(
    whole: Path, tmp_path: Path
) -> None:
    assert {"entry.prev", "log.root"} <= altered(whole, tmp_path, rewritten)
    one = altered(whole, tmp_path, rewritten, CAMPAIGN)
    assert {"entry.prev", "log.proof"} <= one


def test_a_file_that_was_exchanged_is_found(whole: Path, tmp_path: Path) -> None:
    def change(database: sqlite3.Connection) -> None:
        database.execute("UPDATE blob SET content = x'00' || content")

    assert altered(whole, tmp_path, change) == {"file.digest"}


def test_a_file_that_is_gone_is_found(whole: Path, tmp_path: Path) -> None:
    def change(database: sqlite3.Connection) -> None:
        database.execute("DELETE FROM blob")

    assert altered(whole, tmp_path, change) == {"file.missing"}


def test_a_plan_that_was_exchanged_is_found(whole: Path, tmp_path: Path) -> None:
    def change(database: sqlite3.Connection) -> None:
        database.execute("UPDATE plan_text SET text = text || ' '")

    assert altered(whole, tmp_path, change) == {"plan.digest"}


def test_a_tree_that_was_exchanged_is_found(whole: Path, tmp_path: Path) -> None:
    def change(database: sqlite3.Connection) -> None:
        database.execute(
            "UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = 0"
        )

    assert "log.root" in altered(whole, tmp_path, change)

"""No answer about a history goes past an entry that was altered: it says so instead."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.audit.past.travel import UpTo, stood_at
from engine.core.instance import Instance
from engine.errors import DamagedData
from engine.journal.chain import leaf_hash, sound
from engine.journal.opening import open_journal
from engine.ports import GENESIS, Journal
from tests.audit.office import furnish, unguarded

Alter = Callable[[sqlite3.Connection, bytes], object]
ALTERED = 5


def body_alone(database: sqlite3.Connection, body: bytes) -> None:
    database.execute(
        "UPDATE entry SET body = ? WHERE instance = '甲案' AND seq = ?", (body, ALTERED)
    )


def body_with_its_hash(database: sqlite3.Connection, body: bytes) -> None:
    body_alone(database, body)
    database.execute(
        "UPDATE entry SET hash = ? WHERE instance = '甲案' AND seq = ?",
        (leaf_hash(body), ALTERED),
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("unsound") / "whole.db"
    furnish(f"sqlite:///{file}")
    unguarded(file)
    return file


def copied(whole: Path, folder: Path, alter: Alter) -> Journal:
    shutil.copy(whole, folder / "copy.db")
    with sqlite3.connect(folder / "copy.db") as database:
        asked = "SELECT body FROM entry WHERE instance = '甲案' AND seq = ?"
        (body,) = database.execute(asked, (ALTERED,)).fetchone()
        alter(database, body.replace(b'"cause":"', b'"cause" :"', 1))
        # no snapshot before it spares anybody the entries
        database.execute("DELETE FROM snapshot")
    database.close()
    return open_journal(f"sqlite:///{folder / 'copy.db'}")


@pytest.mark.parametrize(
    ("alter", "told"), [(body_alone, ALTERED), (body_with_its_hash, ALTERED + 1)]
)
def test_how_it_stood_is_not_answered_past_what_was_altered(
    whole: Path, tmp_path: Path, alter: Alter, told: int
) -> None:
    with copied(whole, tmp_path, alter) as journal:
        head = journal.head("甲案")
        assert head is not None
        fresh = Instance(id=head.instance, plan=head.plan, simulated=head.simulated)
        # the entry after it says where a moment ends: that one must be sound too
        assert stood_at(journal, fresh, UpTo(told - 2)).revision == told - 2
        with pytest.raises(DamagedData, match=f"entry {told} of 甲案") as wrong:
            stood_at(journal, fresh, UpTo(told))
    assert "plangate verify 甲案" in wrong.value.say("zh")


def test_entries_that_nobody_altered_are_told_as_they_are(whole: Path) -> None:
    with open_journal(f"sqlite:///{whole}") as journal:
        entries = list(journal.entries("甲案"))
        assert list(sound(iter(entries), GENESIS)) == entries
        assert list(sound(iter(entries[3:]), None)) == entries[3:]
        with pytest.raises(DamagedData):
            list(sound(iter(entries[3:]), GENESIS))

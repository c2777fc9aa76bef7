"""Whatever is altered beside or inside a history is found, and named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.audit.verifying.verify import Verified, verify
from engine.bootstrap import open_service
from engine.journal.chain import leaf_hash
from engine.journal.codec import decode, encode
from engine.plan.library import from_bundle
from engine.testing import CAMPAIGN, campaign
from engine.words import LANGUAGES, say

Alter = Callable[[sqlite3.Connection], Any]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The campaign until its secret ballots: reworks, permits, requests, papers."""
    file = tmp_path_factory.mktemp("verify") / "whole.db"
    campaign(f"sqlite:///{file}", until="2009-07-15 12:00").journal.close()
    return file


@pytest.fixture
def altered(whole: Path, tmp_path: Path) -> Callable[[Alter], Verified]:
    """Verification of a copy that somebody has changed."""

    def alter(change: Alter) -> Verified:
        file = tmp_path / "copy.db"
        shutil.copy(whole, file)
        database = sqlite3.connect(file)
        unguarded(database)
        change(database)
        database.commit()
        database.close()
        return verified(file)

    return alter


def unguarded(database: sqlite3.Connection) -> None:
    """Whoever has the file can take away what guards its tables."""
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in names.fetchall():
        database.execute(f"DROP TRIGGER {name}")


def verified(file: Path) -> Verified:
    service = open_service(f"sqlite:///{file}")
    try:
        head = service.journal.head(CAMPAIGN)
        assert head is not None
        return verify(service.journal, head, from_bundle)
    finally:
        service.journal.close()


def codes(found: Verified) -> set[str]:
    return {one.code for one in found.defects}


def test_what_was_not_touched_is_whole(whole: Path) -> None:
    found = verified(whole)
    assert found.defects == ()
    assert found.revision > 500
    assert found.attachments > 50
    assert found.simulated


@pytest.mark.parametrize("until", ["2009-04-11 08:05", "2009-04-30 09:00", None])
def test_the_campaign_is_whole_wherever_it_stands(
    tmp_path: Path, until: str | None
) -> None:
    file = tmp_path / "journal.db"
    campaign(f"sqlite:///{file}", until=until).journal.close()
    assert verified(file).defects == ()


def test_a_changed_body_breaks_its_hash(altered: Any) -> None:
    found = altered(
        lambda db: db.execute(
            "UPDATE entry SET body = replace(CAST(body AS TEXT), 'moved', 'Moved')"
            " WHERE seq = 30"
        )
    )
    assert ("journal.hash", 30) in {(one.code, one.seq) for one in found.defects}


def test_a_body_changed_with_its_hash_breaks_the_next_link(altered: Any) -> None:
    def change(db: sqlite3.Connection) -> None:
        (body,) = db.execute("SELECT body FROM entry WHERE seq = 30").fetchone()
        forged = json.loads(body)
        forged["data"]["why"] = {}
        raw = json.dumps(forged, ensure_ascii=False, separators=(",", ":")).encode()
        db.execute(
            "UPDATE entry SET body = ?, hash = ? WHERE seq = 30", (raw, leaf_hash(raw))
        )

    found = altered(change)
    assert ("journal.link", 31) in {(one.code, one.seq) for one in found.defects}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("plan", "0" * 64, "audit.other_plan"), ("led_by", 30, "audit.led_by")],
)
def test_an_entry_that_names_another_plan_or_a_later_cause_is_found(
    altered: Any, field: str, value: object, code: str
) -> None:
    def change(db: sqlite3.Connection) -> None:
        (body,) = db.execute("SELECT body FROM entry WHERE seq = 30").fetchone()
        raw = encode(decode(body) | {field: value})
        db.execute("UPDATE entry SET body = ? WHERE seq = 30", (raw,))

    found = altered(change)
    assert (code, 30) in {(one.code, one.seq) for one in found.defects}


def test_what_followed_by_itself_names_the_act_that_led_to_it() -> None:
    service = campaign("memory://", until="2009-05-08 17:30")
    bodies = {
        entry.seq: decode(entry.body) for entry in service.journal.entries(CAMPAIGN)
    }
    followed = {seq: one["led_by"] for seq, one in bodies.items() if "led_by" in one}
    assert len(followed) > 50
    for seq, root in followed.items():
        assert "actor" not in bodies[seq]
        assert "led_by" not in bodies[root] or bodies[root]["type"] == "reported"
        # nothing of another act stands between
        between = range(root + 1, seq)
        assert bodies[seq]["type"] == "reported" or all(
            followed.get(one) == root for one in between
        )


def test_a_missing_entry_is_a_gap(altered: Any) -> None:
    found = altered(lambda db: db.execute("DELETE FROM entry WHERE seq = 100"))
    assert ("journal.gap", 100) in {(one.code, one.seq) for one in found.defects}


def test_a_cut_off_end_is_missed(altered: Any) -> None:
    found = altered(lambda db: db.execute("DELETE FROM entry WHERE seq > 500"))
    assert "audit.revision" in codes(found)


def test_a_body_that_is_no_entry_is_told_and_the_rest_is_read(altered: Any) -> None:
    found = altered(
        lambda db: db.execute("UPDATE entry SET body = '[]' WHERE seq = 100")
    )
    assert {"journal.body", "journal.hash", "audit.event"} <= codes(found)
    assert found.revision > 500


def test_every_kind_of_fact_that_was_changed_is_found(altered: Any) -> None:
    def change(db: sqlite3.Connection) -> None:
        db.execute(
            'UPDATE fact SET value = replace(value, \'"s":"closed"\', \'"s":"open"\')'
            " WHERE key = 'n/学习调研'"
        )
        db.execute("UPDATE fact SET seq = seq + 1 WHERE key = 'r/问题'")
        db.execute("UPDATE fact SET value = '99' WHERE key = 'm/学时/何建道'")

    found = altered(change)
    told = {one.values["fact"] for one in found.defects if one.code == "audit.fact"}
    assert told == {"n/学习调研", "r/问题", "m/学时/何建道"}


def test_a_fact_from_nowhere_and_a_fact_that_is_gone_are_found(altered: Any) -> None:
    def change(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM fact WHERE key = 'e/县委动员大会结束'")
        db.execute(
            "INSERT INTO fact (instance, key, value, seq) VALUES (?, 'e/x', '{}', 7)",
            (CAMPAIGN,),
        )

    found = altered(change)
    assert codes(found) == {"audit.fact_missing", "audit.fact_extra"}


def test_a_timer_that_was_moved_or_taken_away_is_found(altered: Any) -> None:
    found = altered(lambda db: db.execute("UPDATE timer SET due = due + 1"))
    assert codes(found) == {"audit.timer"}
    found = altered(lambda db: db.execute("DELETE FROM timer"))
    assert codes(found) == {"audit.timer"}


def test_a_request_that_vanished_or_was_slipped_in_is_found(altered: Any) -> None:
    found = altered(
        lambda db: db.execute(
            "DELETE FROM request WHERE key = (SELECT min(key) FROM request)"
        )
    )
    assert codes(found) == {"audit.request_missing"}
    found = altered(
        lambda db: db.execute(
            "INSERT INTO request (key, instance, seq, action, node, parameters,"
            " simulated, ready, attempts)"
            " SELECT key || 'x', instance, seq, action, node, parameters,"
            " simulated, ready, attempts FROM request LIMIT 1"
        )
    )
    assert codes(found) == {"audit.request_extra"}


def test_an_attachment_that_is_gone_or_changed_is_found(altered: Any) -> None:
    first = "(SELECT min(digest) FROM blob)"
    found = altered(lambda db: db.execute(f"DELETE FROM blob WHERE digest = {first}"))
    assert codes(found) == {"audit.blob_missing"}
    found = altered(
        lambda db: db.execute(f"UPDATE blob SET content = 'x' WHERE digest = {first}")
    )
    assert codes(found) == {"audit.blob"}


def test_a_changed_plan_text_is_found(altered: Any) -> None:
    found = altered(lambda db: db.execute("UPDATE plan_text SET text = text || ' '"))
    assert codes(found) == {"audit.plan"}


def test_an_instance_that_says_it_ran_in_earnest_is_found(altered: Any) -> None:
    found = altered(lambda db: db.execute("UPDATE instance SET simulated = 0"))
    assert "audit.simulated" in codes(found)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("fact", "UPDATE fact SET value = '{' WHERE key = 'r/问题'"),
        ("timer", "UPDATE timer SET due = 'soon'"),
        ("entry", "UPDATE entry SET at = 'then' WHERE seq = 100"),
        ("request", "UPDATE request SET parameters = 'x'"),
    ],
)
def test_a_row_that_is_none_is_told_and_the_rest_is_checked(
    altered: Any, table: str, change: str
) -> None:
    found = altered(lambda db: db.execute(change))
    told = [one.values["table"] for one in found.defects if "table" in one.values]
    assert told == [table]


def test_a_head_that_names_another_hash_is_found(altered: Any) -> None:
    found = altered(lambda db: db.execute("UPDATE instance SET hash = zeroblob(32)"))
    assert codes(found) == {"audit.head"}


def test_every_defect_has_a_sentence_in_both_languages(altered: Any) -> None:
    def change(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM entry WHERE seq > 500")
        db.execute("UPDATE timer SET due = due + 1")
        db.execute("DELETE FROM blob")

    for one in altered(change).defects:
        for language in LANGUAGES:
            said = say(one.code, language, **one.values, seq=one.seq)
            assert "?" not in said
            assert one.code not in said

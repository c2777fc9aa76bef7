"""What is beside all histories is told too: nobody else would look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.audit.verifying.strays import Strays, strays
from engine.journal.opening import open_journal
from engine.words import LANGUAGES, say
from tests.audit.office import altered, found, furnish

OWNED = ("command", "fact", "inbox", "private", "request", "snapshot", "timer")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("strays") / "whole.db"
    furnish(f"sqlite:///{file}")
    return file


def looked(file: Path) -> Strays:
    with open_journal(f"sqlite:///{file}") as journal:
        return strays(journal)


def test_of_what_was_not_touched_nothing_is_left_over(whole: Path) -> None:
    assert looked(whole) == Strays(defects=(), files=(), plans=())


@pytest.mark.parametrize("table", OWNED)
def test_rows_of_an_instance_that_is_not_there_are_told_with_their_table(
    whole: Path, tmp_path: Path, table: str
) -> None:
    copy = tmp_path / "copy.db"
    altered(whole, copy, f"UPDATE {table} SET instance = 'x' WHERE instance = '甲案'")
    (one,) = looked(copy).defects
    assert (one.code, one.instance) == ("audit.unowned", "x")
    assert one.values["table"] == table
    assert one.values["count"] >= 1
    for language in LANGUAGES:
        assert table in say(one.code, language, **one.values)


def test_whoever_takes_an_instance_out_of_the_register_leaves_its_rows(
    whole: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    altered(whole, copy, "DELETE FROM instance WHERE id = '甲案'")
    assert {one.values["table"] for one in looked(copy).defects} == set(OWNED)


def test_a_file_and_a_plan_that_nobody_names_are_told_and_no_defect(
    whole: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    assert altered(whole, copy) == []
    with open_journal(f"sqlite:///{copy}") as journal:
        file = journal.put_blob(b"slipped in")
        journal.put_plan(file, b"slipped in")
    assert looked(copy) == Strays(defects=(), files=(file,), plans=(file,))
    assert found(f"sqlite:///{copy}") == []


@pytest.mark.parametrize("name", ["ab" * 32, "AB" * 32, "x", ""])
@pytest.mark.parametrize(
    ("table", "code"), [("blob", "audit.blob"), ("plan_text", "audit.plan")]
)
def test_content_that_nobody_names_must_have_its_name_all_the_same(
    whole: Path, tmp_path: Path, table: str, code: str, name: str
) -> None:
    copy = tmp_path / "copy.db"
    told = altered(whole, copy, f"INSERT INTO {table} VALUES ('{name}', x'00')")
    assert [(one.code, one.values["digest"]) for one in told] == [(code, name)]


def test_a_name_that_is_no_text_is_told_and_holds_nobody_up(
    whole: Path, tmp_path: Path
) -> None:
    told = altered(
        whole, tmp_path / "copy.db", "INSERT INTO blob VALUES (x'61', x'61')"
    )
    assert {one.code for one in told} == {"audit.blob"}


def test_an_entry_without_bytes_is_told_and_the_rest_is_looked_at(
    whole: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    altered(whole, copy, "UPDATE entry SET body = 7 WHERE id = 9")
    assert [one.code for one in looked(copy).defects] == ["audit.unreadable"]

"""A command key leads to the entries of then: what is kept of it follows from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.journal.opening import open_journal
from engine.words import LANGUAGES, say
from tests.audit.office import altered, found, furnish

CONVENE = "instance = '甲案' AND key = '甲案 convene'"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("commands") / "whole.db"
    furnish(f"sqlite:///{file}")
    return file


def test_what_nobody_touched_has_no_defect(whole: Path) -> None:
    assert found(f"sqlite:///{whole}") == []


def test_the_commands_of_an_instance_are_told_in_their_order(whole: Path) -> None:
    with open_journal(f"sqlite:///{whole}") as journal:
        told = journal.commands("甲案")
        entries = len(list(journal.entries("甲案")))
    assert [one.key for one in told] == ["甲案 convene", "甲案 finish"]
    assert told[-1].last == entries


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (f"DELETE FROM command WHERE {CONVENE}", "audit.command_missing"),
        (f"UPDATE command SET first = 1 WHERE {CONVENE}", "audit.command"),
        (f"UPDATE command SET last = last + 1 WHERE {CONVENE}", "audit.command"),
        ("INSERT INTO command VALUES ('甲案', 'x', 2, 3)", "audit.command_extra"),
        ("INSERT INTO command VALUES ('甲案', 'x', 13, 12)", "audit.command_extra"),
    ],
)
def test_a_command_row_that_no_entries_bear_out_is_told(
    whole: Path, tmp_path: Path, change: str, code: str
) -> None:
    (one,) = altered(whole, tmp_path / "copy.db", change)
    assert (one.code, one.instance) == (code, "甲案")
    for language in LANGUAGES:
        assert str(one.values["key"]) in say(one.code, language, **one.values)


def test_a_command_that_is_given_to_another_instance_is_missed_and_not_known(
    whole: Path, tmp_path: Path
) -> None:
    change = f"UPDATE command SET instance = '乙案' WHERE {CONVENE}"
    told = altered(whole, tmp_path / "copy.db", change)
    assert {(one.code, one.instance) for one in told} == {
        ("audit.command_missing", "甲案"),
        ("audit.command_extra", "乙案"),
    }

"""What an inbox holds is what people were told: the entry of the outcome commits to it.

Nobody can say that he was told what he was not, or hide that he was told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.events import Reported
from engine.journal.letters import letters_digest
from engine.journal.opening import open_journal
from engine.testing import Play
from engine.words import LANGUAGES, say
from tests.audit.office import PLAN, altered, convene, found, furnish

MINE = "instance = '甲案' AND party = '甲'"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("letters") / "whole.db"
    furnish(f"sqlite:///{file}")
    return file


def test_the_entry_of_an_outcome_commits_to_whom_it_told_what_and_when() -> None:
    play = Play.of(PLAN)
    convene(play)
    (told,) = [one for one in play.events() if isinstance(one, Reported)]
    letters = play.journal.letters(play.id)
    assert [one.party for one in letters] == ["甲", "乙"]
    assert told.letters == letters_digest(letters)
    assert told.letters != letters_digest(letters[::-1])


@pytest.mark.parametrize(
    "change",
    [
        f"DELETE FROM inbox WHERE {MINE}",
        f"UPDATE inbox SET text = text || '。' WHERE {MINE}",
        f"UPDATE inbox SET party = '丙' WHERE {MINE}",
        f"UPDATE inbox SET at = at + 1 WHERE {MINE}",
        f"UPDATE inbox SET node = '别处' WHERE {MINE}",
        f"UPDATE inbox SET key = key || '0' WHERE {MINE}",
        "INSERT INTO inbox (party, key, instance, node, at, text)"
        " SELECT '丙', replace(key, '/1/1', '/1/3'), instance, node, at, text"
        f" FROM inbox WHERE {MINE}",
    ],
)
def test_a_letter_that_was_changed_hidden_or_added_is_told(
    whole: Path, tmp_path: Path, change: str
) -> None:
    (one,) = altered(whole, tmp_path / "copy.db", change)
    assert (one.code, one.instance) == ("audit.letters", "甲案")
    with open_journal(f"sqlite:///{whole}") as journal:
        (entry,) = journal.entries("甲案", after=(one.seq or 0) - 1, limit=1)
    assert entry.type == "reported"
    for language in LANGUAGES:
        assert str(one.values["key"]) in say(one.code, language, **one.values)


@pytest.mark.parametrize("key", ["甲案/2/2/1", "甲案/99/1/1"])
def test_a_letter_of_no_outcome_is_told(whole: Path, tmp_path: Path, key: str) -> None:
    change = (
        "INSERT INTO inbox (party, key, instance, node, at, text)"
        f" SELECT party, '{key}', instance, node, at, text FROM inbox WHERE {MINE}"
    )
    (one,) = altered(whole, tmp_path / "copy.db", change)
    assert (one.code, one.instance) == ("audit.letter_extra", "甲案")


def test_a_letter_whose_key_is_none_is_told(whole: Path, tmp_path: Path) -> None:
    told = altered(
        whole, tmp_path / "copy.db", f"UPDATE inbox SET key = 'x' WHERE {MINE}"
    )
    assert {one.code for one in told} == {"audit.letters", "audit.letter_extra"}


def test_an_outcome_of_before_letters_were_committed_to_is_no_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runtime.service.letters_digest", lambda _: None)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    furnish(url)
    assert found(url) == []

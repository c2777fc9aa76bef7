"""All instances are looked at, whoever looks; a plan is opened once for all of them."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest

from engine.audit.verifying import instances, plans
from engine.audit.verifying.instances import verify_all
from engine.audit.verifying.plans import Plans
from engine.audit.verifying.verify import verify
from engine.journal.opening import open_journal
from engine.plan.graph import Plan
from engine.plan.library import from_bundle
from engine.ports import Journal
from engine.testing import HEAD, STAGES, Play

NAMES = tuple(f"第{number:02d}案" for number in range(12))
ALTERED = (2, 7, 11)


class Opening:
    """Opens plans, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, bundle: bytes) -> Plan:
        self.count += 1
        return from_bundle(bundle)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Twelve instances of one plan; what was said of three of them is another now."""
    file = tmp_path / "twelve.db"
    with open_journal(f"sqlite:///{file}") as journal:
        play = Play.of(HEAD + STAGES, journal=journal, id=NAMES[0])
        for name in NAMES[1:]:
            play.service.start(play.plan, play.bundle, instance=name, now=play.now)
    with sqlite3.connect(file) as database:
        for number in ALTERED:
            database.execute(
                "UPDATE fact SET value = '{}' WHERE instance = ? AND key = 'n/阶段'",
                (NAMES[number],),
            )
    database.close()
    return file


@pytest.fixture
def journal(file: Path) -> Journal:
    return open_journal(f"sqlite:///{file}")


@pytest.mark.parametrize("together", [1, 40, 10_000])
def test_several_processes_find_what_one_finds_in_the_same_order(
    file: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    alone = list(verify_all(journal, from_bundle))
    monkeypatch.setattr(instances, "ALONE", 1)
    monkeypatch.setattr(instances, "TOGETHER", together)
    reopen = partial(open_journal, f"sqlite:///{file}")
    found = list(verify_all(journal, from_bundle, reopen=reopen, processes=2))
    assert found == alone
    assert [one.instance for one in found] == list(NAMES)
    told = [
        (NAMES.index(one.instance), one.defects[0].code) for one in found if one.defects
    ]
    assert told == [(number, "audit.fact") for number in ALTERED]


def test_one_of_all_is_found_as_it_is_alone(journal: Journal) -> None:
    alone = [verify(journal, head, from_bundle) for head in journal.heads()]
    assert list(verify_all(journal, from_bundle)) == alone


def test_a_plan_is_opened_once_for_all_that_follow_it(journal: Journal) -> None:
    opening = Opening()
    assert len(list(verify_all(journal, opening))) == len(NAMES)
    assert opening.count == 1


def test_plans_at_hand_are_so_many_and_the_last_asked_for_stay(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "KEPT", 2)
    opening = Opening()
    digest = journal.heads()[0].plan
    found = Plans(journal, opening)
    first = found.opened(digest)
    assert found.opened("00").wrong == "audit.plan_missing"
    assert found.opened(digest) is first
    assert found.opened("11").plan is None
    assert found.opened(digest) is first
    assert list(found.kept) == ["11", digest]
    assert opening.count == 1

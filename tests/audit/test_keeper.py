"""Long histories are kept as they stand by whoever has time."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from engine.audit.past import keeper, snapshots
from engine.audit.past.keeper import Keeper
from engine.errors import Unavailable
from engine.journal.memory import MemoryJournal
from engine.testing import Play
from tests.audit.test_snapshots import LONG


class Watched(MemoryJournal):
    """A journal that tells what was read of which instance."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def entries(self, instance: str, **given: Any) -> Any:
        for entry in super().entries(instance, **given):
            self.read.append(instance)
            yield entry


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Three short instances and one with a history, all in one journal."""
    for module in (snapshots, keeper):
        monkeypatch.setattr(module, "EVERY", 10)
    found = Play.of(LONG, journal=Watched())
    for name in ("a", "b", "z"):
        found.service.start(found.plan, found.bundle, instance=name, now=found.now)
    reports(found, 40)
    return found


def reports(play: Play, count: int) -> None:
    for number in range(count):
        play.do("办", "report", who="甲", text=f"进展 {number}")


def kept(play: Play) -> list[int]:
    return [one.seq for one in play.journal.snapshots(play.id)]


def rounds(found: Keeper, most: int = 50) -> int:
    """Looks until a round ends."""
    looks = 1
    while found.look():
        looks += 1
        assert looks < most
    return looks


def test_what_is_due_is_kept_and_what_is_short_is_not_read(play: Play) -> None:
    rounds(Keeper(play.journal))
    length = play.service.look(play.id).instance.revision
    assert kept(play) == list(range(10, length + 1, 10))
    assert isinstance(play.journal, Watched)
    assert set(play.journal.read) == {play.id}


def test_a_second_round_reads_nothing_until_more_has_come(play: Play) -> None:
    assert isinstance(play.journal, Watched)
    found = Keeper(play.journal)
    rounds(found)
    before = kept(play)
    play.journal.read.clear()
    rounds(found)
    assert play.journal.read == []
    reports(play, 10)
    rounds(found)
    assert len(kept(play)) == len(before) + 1


def test_it_looks_at_a_page_and_reads_a_stretch_in_one_go(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "PAGE", 1)
    monkeypatch.setattr(keeper, "STRETCH", 15)
    assert isinstance(play.journal, Watched)
    found = Keeper(play.journal)
    while found.look():
        assert len(play.journal.read) <= 2 * 15
        play.journal.read.clear()
    rounds(found)
    rounds(found)
    length = play.service.look(play.id).instance.revision
    assert kept(play) == list(range(10, length + 1, 10))


def test_a_large_state_is_kept_at_last(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing may be due within one stretch: the next one begins behind it."""
    monkeypatch.setattr(keeper, "STRETCH", 12)
    monkeypatch.setattr(snapshots, "EVERY", 30)
    found = Keeper(play.journal)
    for _ in range(5):
        rounds(found)
    assert kept(play) == [30]


def test_a_damaged_history_holds_up_nobody(play: Play) -> None:
    assert isinstance(play.journal, Watched)
    entries = play.journal._kept.entries[play.id]
    entries[4] = replace(entries[4], body=b"{}")
    other = Play(play.plan, play.bundle, journal=play.journal, id="zz")
    other.service.start(play.plan, play.bundle, instance="zz", now=play.now)
    reports(other, 20)
    found = Keeper(play.journal)
    rounds(found)
    assert kept(play) == []
    assert kept(other)
    play.journal.read.clear()
    rounds(found)
    assert play.journal.read == []


def test_it_goes_on_when_the_database_is_back(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PAUSE", "ROUND", "REST"):
        monkeypatch.setattr(keeper, name, 0.001)
    away = iter(range(3))
    stretches = play.journal.stretches

    def shaken(**given: Any) -> Any:
        if next(away, None) is not None:
            raise Unavailable(detail="away")
        return stretches(**given)

    monkeypatch.setattr(play.journal, "stretches", shaken)
    with Keeper(play.journal) as found:
        for _ in range(2_000):
            if kept(play):
                break
            found._stopped.wait(0.005)
    assert kept(play)


def test_its_end_is_the_end_of_its_thread(play: Play) -> None:
    with Keeper(play.journal) as found:
        pass
    assert found._thread is not None
    assert not found._thread.is_alive()

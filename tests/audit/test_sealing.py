"""The log is sealed and signed by itself; what goes wrong is told, and work goes on."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.audit.signing.sealing import SEAL_EVERY, Sealer, SignedAgain, Unsigned
from engine.audit.signing.signer import Signer
from engine.errors import Unavailable
from engine.journal.opening import open_journal
from engine.ports import Batch, Draft, Journal, LogState
from engine.proof.checkpoint import Checkpoint
from engine.proof.note import Note

ORIGIN = "office.example/log"
AT = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(f"sqlite:///{tmp_path / 'o.db'}") as opened:
        opened.put_plan("p", b"p")
        yield opened


@pytest.fixture
def key(tmp_path: Path) -> Path:
    Signer.create(tmp_path / "key", ORIGIN)
    return tmp_path / "key"


def act(journal: Journal, name: str, count: int = 1) -> None:
    drafts = [Draft(at=AT, type="moved", payload={"n": n}) for n in range(count)]
    journal.append(Batch(instance=name, expected=0, plan="p", drafts=drafts))


def test_what_came_is_sealed_every_minute_and_nothing_if_nothing_came(
    journal: Journal,
) -> None:
    clock = Clock()
    sealer = Sealer(journal, clock)
    act(journal, "a")
    sealer.look()
    assert journal.log.state().is_sealed
    first = journal.log.state()
    act(journal, "b")
    clock.now += SEAL_EVERY / 2
    sealer.look()
    state = journal.log.state()
    assert (state.size, state.sealed) == (first.size + 1, first.sealed)
    clock.now += SEAL_EVERY / 2
    sealer.look()
    assert journal.log.state().is_sealed
    sealed = journal.log.state()
    for _ in range(3):
        clock.now += SEAL_EVERY
        sealer.look()
    assert journal.log.state() == sealed


def test_a_thousand_that_came_are_sealed_at_once(journal: Journal) -> None:
    sealer = Sealer(journal, Clock())
    act(journal, "a")
    sealer.look()
    act(journal, "b", 999)
    sealer.look()
    assert not journal.log.state().is_sealed
    act(journal, "c")
    sealer.look()
    assert journal.log.state().is_sealed


def test_of_several_who_seal_one_waits_for_the_other(journal: Journal) -> None:
    clock = Clock()
    one, other = Sealer(journal, clock), Sealer(journal, clock)
    act(journal, "a")
    one.look()
    other.look()
    act(journal, "b")
    clock.now += SEAL_EVERY
    one.look()
    act(journal, "c")
    other.look()
    assert not journal.log.state().is_sealed


def test_each_seal_is_signed_and_kept_in_the_file(
    journal: Journal, key: Path, tmp_path: Path
) -> None:
    clock, file = Clock(), tmp_path / "note"
    sealer = Sealer(journal, clock, key=key, note=file)
    for name in ("a", "b"):
        act(journal, name)
        sealer.look()
        clock.now += SEAL_EVERY
        opened = Note.parse(file.read_bytes()).opened([Signer.open(key).verifier])
        assert Checkpoint.parse(opened.text) == Signer.open(key).last()
        assert Signer.open(key).last().size == journal.log.state().size
    assert journal.log.signing().size == journal.log.state().size
    assert list(tmp_path.glob(".note*")) == []


def test_without_a_key_it_seals_and_does_not_sign(journal: Journal) -> None:
    act(journal, "a")
    Sealer(journal, Clock()).look()
    assert journal.log.state().is_sealed
    assert journal.log.signing().at is None


def test_a_key_that_is_gone_is_told_and_work_goes_on(
    journal: Journal, key: Path
) -> None:
    told: list[Any] = []
    clock = Clock()
    sealer = Sealer(journal, clock, key=key, tell=told.append)
    act(journal, "a")
    sealer.look()
    gone = key.rename(key.with_name("elsewhere"))
    act(journal, "b")
    for _ in range(8):
        clock.now += SEAL_EVERY
        sealer.look()
    assert journal.log.state().is_sealed
    (one,) = told
    assert isinstance(one, Unsigned)
    assert "key" in one.trouble["en"]
    known = journal.log.signing()
    assert (known.at, known.trouble) == (AT, one.trouble)
    clock.now += timedelta(minutes=10)
    sealer.look()
    assert len(told) == 2
    gone.rename(key)
    sealer.look()
    assert told[2:] == [SignedAgain(size=journal.log.state().size)]
    assert journal.log.signing().trouble is None


def test_an_older_database_is_told_and_not_signed(
    journal: Journal, key: Path, tmp_path: Path
) -> None:
    sealer = Sealer(journal, Clock(), key=key)
    act(journal, "a")
    sealer.look()
    journal.close()
    shutil.copy(tmp_path / "o.db", tmp_path / "old.db")
    with open_journal(f"sqlite:///{tmp_path / 'o.db'}") as later:
        act(later, "b")
        Sealer(later, Clock(), key=key).look()
    told: list[Any] = []
    with open_journal(f"sqlite:///{tmp_path / 'old.db'}") as old:
        act(old, "c", 7)
        Sealer(old, Clock(), key=key, tell=told.append).look()
    assert [type(one) for one in told] == [Unsigned]
    assert "plangate new-epoch" in told[0].trouble["en"]


def test_a_file_that_cannot_be_written_is_told(
    journal: Journal, key: Path, tmp_path: Path
) -> None:
    told: list[Any] = []
    note = tmp_path / "none" / "note"
    act(journal, "a")
    Sealer(journal, Clock(), key=key, note=note, tell=told.append).look()
    assert [type(one) for one in told] == [Unsigned]


def test_when_it_stops_what_came_is_sealed_and_signed(
    journal: Journal, key: Path
) -> None:
    act(journal, "a")
    with Sealer(journal, Clock(), key=key):
        act(journal, "b")
    state = journal.log.state()
    assert state.is_sealed
    assert Signer.open(key).last().size == state.size


def test_a_database_that_is_away_ends_nothing(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def away(_: Any) -> LogState:
        asked.set()
        raise Unavailable(detail="away")

    monkeypatch.setattr(type(journal.log), "number", away)
    with Sealer(journal, Clock()) as sealer:
        assert asked.wait(10)
        assert sealer._thread is not None
        assert sealer._thread.is_alive()

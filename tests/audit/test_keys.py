"""Keys and epochs of a real log, under the verifier that was written from the page."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine import verifier
from engine.audit.exports.bundle import write
from engine.audit.signing import keys
from engine.audit.signing.keys import (
    By,
    Revocation,
    about_keys,
    begin_epoch,
    data_of,
    rekey,
    revoke,
    signed,
)
from engine.audit.signing.memory import Kept, Memory
from engine.audit.signing.signer import Signer
from engine.audit.signing.vouching import handover, is_signed, revocation
from engine.audit.signing.witness import Witness
from engine.audit.verifying import whole_log
from engine.bootstrap import open_service
from engine.errors import (
    BadKey,
    KeyEnded,
    LostUpdate,
    NothingLost,
    OneApprover,
    RolledBack,
    Untrusted,
)
from engine.plan.library import load
from engine.ports import Draft, Journal, Json, LogState
from engine.proof.checkpoint import Checkpoint, Request
from engine.proof.epoch import epoch_of, is_epoch, origin_of
from engine.proof.note import encoded
from engine.proof.tree import EMPTY, Tree
from engine.runtime.service import Service
from engine.testing import START

ORIGIN = "office.example/log"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
BY = By(now=NOW, actor="甲", reason="换人")
TWO = ("甲", "乙")


@pytest.fixture
def open_(tmp_path: Path) -> Iterator[Callable[[str], Service]]:
    """Opens databases of the folder by their names, and closes them in the end."""
    with ExitStack() as opened:

        def one(name: str) -> Service:
            service = open_service(f"sqlite:///{tmp_path / name}")
            opened.callback(service.journal.close)
            return service

        yield one


@pytest.fixture
def service(open_: Callable[[str], Service]) -> Service:
    opened = open_("o.db")
    begin(opened, "first")
    return opened


def begin(service: Service, name: str) -> None:
    plan, bundle = load("base/study-practice")
    service.start(plan, bundle, instance=name, now=START)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.create(tmp_path / "old.key", ORIGIN)


def report(
    journal: Journal, signer: Signer, policy: Any, *names: str
) -> verifier.Report:
    out = io.BytesIO()

    def sign(tree: Tree) -> str:
        return str(signer.sign(tree.size, tree.root(), tree.consistency))

    write(journal, out, names or None, now=NOW, sign=sign)
    return verifier.verify(out, f"log {policy}\nquorum none\n")


def told(report: verifier.Report) -> list[str]:
    return [one.code for one in report.told]


# -- one key follows another


@pytest.mark.parametrize("names", [(), ("first",)])
def test_who_believes_the_old_key_believes_the_new_one(
    service: Service, signer: Signer, tmp_path: Path, names: tuple[str, ...]
) -> None:
    journal = service.journal
    new, note = rekey(journal, signer, tmp_path / "new.key", BY)
    assert note.opened([new.verifier]).text.startswith(ORIGIN)
    begin(service, "second")
    for policy in (signer.verifier, new.verifier):
        found = report(journal, new, policy, *names)
        assert (found.exit, found.defects) == (0, ())
        assert told(found) == ["key.handed"]


def test_the_old_key_signs_no_larger_sizes_and_the_new_one_goes_on(
    service: Service, signer: Signer, tmp_path: Path
) -> None:
    new, _ = rekey(service.journal, signer, tmp_path / "new.key", BY)
    begin(service, "second")
    with pytest.raises(KeyEnded, match=r"new|key"):
        signed(service.journal, Signer.open(tmp_path / "old.key"), NOW)
    assert new.last().size > signer.last().size > 0
    with pytest.raises(RolledBack):
        new.sign(1, bytes(32), lambda _: ())


def test_keys_follow_each_other_more_than_once(
    service: Service, signer: Signer, tmp_path: Path
) -> None:
    second, _ = rekey(service.journal, signer, tmp_path / "2.key", BY)
    third, _ = rekey(service.journal, second, tmp_path / "3.key", BY)
    found = report(service.journal, third, signer.verifier, "first")
    assert (found.exit, told(found)) == (0, ["key.handed"] * 2)


@pytest.mark.parametrize("where", ["enter", "seal after"])
def test_who_was_interrupted_says_it_again_and_it_is_done_once(
    service: Service,
    signer: Signer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    journal, file = service.journal, tmp_path / "new.key"
    if where == "enter":
        kept = _stopped_before_commit(service, monkeypatch, signer, file)
    else:
        monkeypatch.setattr(keys, "signed", _stops_at_second(keys.signed))
        with pytest.raises(KeyboardInterrupt):
            rekey(journal, signer, file, BY)
        kept = 1
    monkeypatch.undo()
    assert len(list(about_keys(journal))) == kept
    begin(service, "grown")
    with pytest.raises(KeyEnded):
        signed(journal, signer, NOW)
    new, _ = rekey(journal, signer, file, BY)
    rekey(journal, signer, file, BY)
    assert len(list(about_keys(journal))) == 1
    assert report(journal, new, signer.verifier).exit == 0


def _stops_at_second(whole: Any) -> Any:
    calls: list[int] = []

    def signed(*args: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return whole(*args)

    return signed


def _stopped_before_commit(
    service: Service, monkeypatch: pytest.MonkeyPatch, signer: Signer, file: Path
) -> int:
    """After the memories were written, and before the entry was."""
    adopt = Memory.adopt

    def stopped(memory: Memory, other: Kept) -> None:
        adopt(memory, other)
        raise KeyboardInterrupt

    monkeypatch.setattr(Memory, "adopt", stopped)
    with pytest.raises(KeyboardInterrupt):
        rekey(service.journal, signer, file, BY)
    return 0


def test_a_key_that_signed_something_else_is_no_successor(
    service: Service, signer: Signer, tmp_path: Path
) -> None:
    used = Signer.create(tmp_path / "used.key", ORIGIN)
    used.sign(1, bytes(32), lambda _: ())
    with pytest.raises(BadKey):
        rekey(service.journal, signer, tmp_path / "used.key", BY)
    Signer.create(tmp_path / "else.key", "else.example/log")
    for name in ("else.key", "old.key"):
        with pytest.raises(BadKey):
            rekey(service.journal, signer, tmp_path / name, BY)
    assert list(about_keys(service.journal)) == []


def test_a_database_of_before_hands_nothing_over(
    service: Service, signer: Signer, tmp_path: Path
) -> None:
    signer.sign(10_000, bytes(32), lambda _: ())
    with pytest.raises(RolledBack):
        rekey(service.journal, signer, tmp_path / "new.key", BY)
    assert list(about_keys(service.journal)) == []


def test_two_who_speak_of_keys_at_once_do_not_both(
    open_: Callable[[str], Service],
    service: Service,
    signer: Signer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = open_("o.db").journal
    whole = keys._unless_moved

    def slow(seen: int | None, deed: Any) -> Any:
        monkeypatch.undo()
        rekey(other, signer, tmp_path / "first.key", BY)
        return whole(seen, deed)

    monkeypatch.setattr(keys, "_unless_moved", slow)
    with pytest.raises(LostUpdate):
        rekey(service.journal, signer, tmp_path / "second.key", BY)
    assert len(list(about_keys(service.journal))) == 1


# -- a key is revoked


def test_a_revoked_key_is_not_believed_and_signs_nothing(
    service: Service, signer: Signer, tmp_path: Path
) -> None:
    signed(service.journal, signer, NOW)
    size = signer.last().size
    said = Revocation(after=size, approvers=TWO)
    new, _ = revoke(service.journal, signer, tmp_path / "new.key", said, BY)
    with pytest.raises(KeyEnded):
        signed(service.journal, signer, NOW)
    found = report(service.journal, new, new.verifier, "first")
    assert (found.exit, told(found)) == (0, ["key.ended"])
    # who knows only the old one is not led to the new one by what a thief could do
    found = report(service.journal, new, signer.verifier)
    assert (found.exit, found.covered.signers) == (2, ())
    assert told(found) == ["key.doubted"]
    later = Revocation(after=10**6, approvers=TWO)
    with pytest.raises(BadKey, match="does not have"):
        revoke(service.journal, new, tmp_path / "3.key", later, BY)


def test_a_revocation_that_was_interrupted_is_done_once(
    service: Service, signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(service.journal, signer, NOW)
    said = Revocation(after=signer.last().size, approvers=TWO)

    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Signer, "sign", stopped)
    with pytest.raises(KeyboardInterrupt):
        revoke(service.journal, signer, tmp_path / "new.key", said, BY)
    monkeypatch.undo()
    new, _ = revoke(service.journal, signer, tmp_path / "new.key", said, BY)
    assert len(list(about_keys(service.journal))) == 1
    assert report(service.journal, new, new.verifier).exit == 0


@pytest.mark.parametrize("approvers", [(), ("甲",), ("A", "\uff21")])
def test_a_revocation_takes_two_different_people(
    service: Service, signer: Signer, tmp_path: Path, approvers: tuple[str, ...]
) -> None:
    said = Revocation(after=0, approvers=approvers)
    with pytest.raises(OneApprover):
        revoke(service.journal, signer, tmp_path / "new.key", said, BY)
    assert list(about_keys(service.journal)) == []
    assert not (tmp_path / "new.key").exists()


def test_after_a_handover_and_a_revocation_the_log_is_whole_and_they_are_told(
    service: Service, signer: Signer, tmp_path: Path
) -> None:
    second, _ = rekey(service.journal, signer, tmp_path / "2.key", BY)
    said = Revocation(after=second.last().size, approvers=TWO)
    third, _ = revoke(service.journal, second, tmp_path / "3.key", said, BY)
    found = report(service.journal, third, third.verifier)
    assert (found.exit, told(found)) == (0, ["key.handed", "key.ended"])
    assert whole_log.verify(service.journal).defects == ()


def forged(kind: str, signer: Signer, stranger: Signer) -> Any:
    """What somebody could write who can write to the database, and has no key."""

    def told(state: LogState) -> Draft:
        old, new = str(signer.verifier), str(stranger.verifier)
        here = {"origin": ORIGIN, "size": state.size}
        text = handover(ORIGIN, state.size, old, new)
        sign = stranger.key.sign
        said: dict[str, dict[str, Json]] = {
            "rekeyed": {
                "old": old,
                "new": new,
                **here,
                "signed_old": encoded(sign(text).content),
                "signed_new": encoded(sign(text).content),
            },
            "revoked": {
                "key": new,
                "new": old,
                "after": 0,
                **here,
                "approvers": [*TWO],
                "reason": "-",
            },
        }
        signature = encoded(sign(revocation(said["revoked"])).content)
        said["revoked"]["signed"] = signature
        return Draft(at=NOW, type=kind, payload=said[kind])

    return told


@pytest.mark.parametrize("kind", ["rekeyed", "revoked"])
def test_what_a_key_did_not_sign_is_told_by_the_engine_too(
    service: Service, signer: Signer, tmp_path: Path, kind: str
) -> None:
    stranger = Signer.create(tmp_path / "stranger.key", ORIGIN)
    service.journal.log.enter(forged(kind, signer, stranger))
    service.journal.log.seal(NOW)
    (defect,) = whole_log.verify(service.journal).defects
    assert (defect.code, defect.instance) == ("log.unvouched", "~log")
    found = report(service.journal, signer, signer.verifier)
    code = {"rekeyed": "key.handover", "revoked": "key.revoked"}[kind]
    assert [one.code for one in found.defects] == [code]


@pytest.mark.parametrize("said", [None, {}, {"new": 3}, {"signed": "?", "new": "?"}])
@pytest.mark.parametrize("kind", ["rekeyed", "revoked"])
def test_what_has_no_form_is_signed_by_nobody(kind: str, said: Any) -> None:
    assert not is_signed(kind, said, 0)


# -- epochs


@pytest.fixture
def lost(
    open_: Callable[[str], Service], service: Service, signer: Signer, tmp_path: Path
) -> Service:
    """A database from a backup; what was signed after it is gone."""
    file = tmp_path / "o.db"
    signed(service.journal, signer, NOW)
    service.journal.close()
    shutil.copy(file, tmp_path / "backup.db")
    later = open_("o.db")
    begin(later, "second")
    signed(later.journal, signer, NOW)
    later.journal.close()
    return open_("backup.db")


@pytest.mark.parametrize("names", [(), ("first",)])
def test_after_a_restore_the_log_goes_on_openly(
    lost: Service, signer: Signer, names: tuple[str, ...]
) -> None:
    begin(lost, "third")
    with pytest.raises(RolledBack, match="new-epoch"):
        signed(lost.journal, signer, NOW)
    was, note = begin_epoch(lost.journal, signer, TWO, BY)
    assert note.text.startswith(f"{ORIGIN}/e2\n")
    said = data_of(next(about_keys(lost.journal)))
    assert 0 < said["kept"] < was.size
    assert said["approvers"] == ["甲", "乙"]
    begin(lost, "fourth")
    found = report(lost.journal, signer, signer.verifier, *names)
    assert (found.exit, found.defects, told(found)) == (0, (), ["epoch.begun"])
    text = found.told[0].en
    assert f"at {was.size} entries, of which {said['kept'] + 1} to {was.size}" in text
    assert "signed by a known key" in text


def test_epochs_and_keys_follow_each_other(
    lost: Service, signer: Signer, tmp_path: Path
) -> None:
    begin_epoch(lost.journal, signer, TWO, BY)
    new, note = rekey(lost.journal, signer, tmp_path / "new.key", BY)
    assert note.text.startswith(f"{ORIGIN}/e2\n")
    found = report(lost.journal, new, signer.verifier)
    assert (found.exit, told(found)) == (0, ["epoch.begun", "key.handed"])


@pytest.mark.parametrize(
    "approvers",
    [(), ("甲",), ("甲", "甲"), ("Amy", " amy"), ("A", "\uff21"), ("甲", "")],
)
def test_an_epoch_takes_two_different_people(
    lost: Service, signer: Signer, approvers: tuple[str, ...]
) -> None:
    with pytest.raises(OneApprover):
        begin_epoch(lost.journal, signer, approvers, BY)
    assert list(about_keys(lost.journal)) == []


def test_where_nothing_is_lost_no_epoch_begins(
    service: Service, signer: Signer
) -> None:
    for _ in range(2):
        with pytest.raises(NothingLost):
            begin_epoch(service.journal, signer, TWO, BY)
        signed(service.journal, signer, NOW)
    assert signer.origin == ORIGIN


def test_an_epoch_that_was_interrupted_begins_once(
    lost: Service, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Signer, "sign", stopped)
    with pytest.raises(KeyboardInterrupt):
        begin_epoch(lost.journal, signer, TWO, BY)
    monkeypatch.undo()
    with pytest.raises(RolledBack):
        signed(lost.journal, signer, NOW)
    begin_epoch(lost.journal, signer, TWO, BY)
    assert len(list(about_keys(lost.journal))) == 1
    assert report(lost.journal, signer, signer.verifier).exit == 0
    with pytest.raises(NothingLost):
        begin_epoch(lost.journal, signer, TWO, BY)


def test_a_backup_may_be_put_back_twice(
    open_: Callable[[str], Service], lost: Service, signer: Signer, tmp_path: Path
) -> None:
    shutil.copy(tmp_path / "backup.db", tmp_path / "again.db")
    begin_epoch(lost.journal, signer, TWO, BY)
    again = open_("again.db").journal
    with pytest.raises(RolledBack):
        signed(again, signer, NOW)
    _, note = begin_epoch(again, signer, TWO, BY)
    assert note.text.startswith(f"{ORIGIN}/e3\n")
    found = report(again, signer, signer.verifier)
    assert (found.exit, told(found)) == (0, ["epoch.begun"])


def test_a_witness_sees_another_log_and_closes_the_one_before(
    lost: Service, signer: Signer, tmp_path: Path
) -> None:
    witness = Witness.create(tmp_path / "w.key", "audit.example/w")
    known = [signer.verifier]
    before = Checkpoint(ORIGIN, 5, bytes(32))
    witness.memory.advance(before, lambda _: ())
    _, note = begin_epoch(lost.journal, signer, TWO, BY)
    witness.cosign(Request(0, (), note), known, now=NOW)
    assert witness.before(f"{ORIGIN}/e2", ORIGIN) == before
    old = keys.Note(str(before)).signed(signer.key)
    with pytest.raises(Untrusted, match="has ended"):
        witness.cosign(Request(5, (), old), known, now=NOW)


def test_the_origin_of_an_epoch_names_its_log_and_its_number() -> None:
    assert [origin_of("a/log", n) for n in (1, 2, 10)] == [
        "a/log",
        "a/log/e2",
        "a/log/e10",
    ]
    for origin in ("a/log/e1", "a/log/e02", "a/log/e2/e2", "b/log/e2", "a/log/e٣"):
        assert epoch_of(origin, "a/log") is None
    assert is_epoch("a/e2")
    assert not is_epoch("a/e1")


def test_a_log_is_not_named_as_an_epoch(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="epochs"):
        Signer.create(tmp_path / "key", "office.example/e2")
    assert not (tmp_path / "key").exists()


# -- what a memory keeps of before


def test_a_memory_keeps_fewer_the_longer_ago_and_some_of_each(tmp_path: Path) -> None:
    kept = Kept({})
    for size in range(1, 5_000):
        kept = kept.with_(Checkpoint("o", size, EMPTY))
    sizes = [one.size for one in kept.logs["o"]]
    assert sizes == sorted(sizes)
    assert sizes[-2:] == [4_998, 4_999]
    assert len(sizes) <= 14
    gaps = [4_999 - one for one in sizes[:-1]]
    assert all(far <= 4 * near for far, near in pairwise(gaps))

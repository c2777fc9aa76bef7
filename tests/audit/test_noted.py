"""A bundle around a checkpoint that was signed before, and by others meanwhile."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from engine import verifier
from engine.audit.exports.bundle import write
from engine.audit.signing.keys import By, Revocation, rekey, revoke, signed
from engine.audit.signing.noted import Noted, noted
from engine.audit.signing.signer import Signer
from engine.audit.signing.witness import Witness
from engine.bootstrap import open_service
from engine.core.commands import Signal
from engine.errors import BadNote, NotThisLog, UnknownInstance, Untrusted
from engine.plan.library import load
from engine.ports import Journal
from engine.proof.checkpoint import Checkpoint, Request
from engine.proof.note import Note
from engine.proof.policy import Policy
from engine.proof.tree import EMPTY, Tree
from engine.runtime.service import Service
from engine.testing import START

ORIGIN = "office.example/log"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
BY = By(now=NOW, actor="甲", reason="换人")
NAMES = ("first", "second", "third")
SCOPES = [(), ("first",), ("second", "third")]


@pytest.fixture(params=["memory", "sqlite"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    file = f"sqlite:///{tmp_path / 'o.db'}"
    service = open_service("memory://" if request.param == "memory" else file)
    for name in NAMES:
        begin(service, name)
    yield service
    service.journal.close()


def begin(service: Service, name: str) -> None:
    plan, bundle = load("base/study-practice")
    service.start(plan, bundle, instance=name, now=START)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.create(tmp_path / "log.key", ORIGIN)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness.create(tmp_path / "w.key", "audit.example/w")


def policy_of(signer: Signer, witness: Witness) -> str:
    return f"log {signer.verifier}\nwitness w {witness.verifier}\nquorum w\n"


def cosigned(journal: Journal, signer: Signer, witness: Witness) -> bytes:
    """The log's note, with the line of a witness who sees it for the first time."""
    note = signed(journal, signer, NOW)
    line = witness.cosign(Request(0, (), note), [signer.verifier], now=NOW)
    return str(note.with_signatures(line)).encode()


def bundled(journal: Journal, shown: Noted, *names: str) -> io.BytesIO:
    out = io.BytesIO()
    write(journal, out, names or None, now=NOW, sign=shown)
    return out


@pytest.mark.parametrize("names", SCOPES)
def test_a_bundle_of_a_note_meets_a_policy_that_asks_for_its_witness(
    service: Service, signer: Signer, witness: Witness, names: tuple[str, ...]
) -> None:
    """Whatever was recorded and sealed since: it is the log at the note's size."""
    journal, policy = service.journal, policy_of(signer, witness)
    note = cosigned(journal, signer, witness)
    size = Checkpoint.parse(Note.parse(note).text).size
    begin(service, "later")
    signed(journal, signer, NOW)
    for whom in (signer.verifier, Policy.parse(policy.encode())):
        shown = noted(journal, note, whom)
        assert (shown.size, shown.text) == (size, note.decode())
        out = bundled(journal, shown, *names)
        report = verifier.verify(out, policy)
        assert (report.exit, report.defects, report.undecided) == (0, (), ())
        assert report.covered.size == size
        assert [name for name, _ in report.covered.witnesses] == ["audit.example/w"]
        with ZipFile(out) as archive:
            assert archive.read("checkpoint") == note
            assert json.loads(archive.read("bundle.json"))["size"] == size
            assert b'"instance":"later"' not in archive.read("entries")


def test_of_an_instance_that_began_later_a_note_says_nothing(
    service: Service, signer: Signer, witness: Witness
) -> None:
    shown = noted(
        service.journal, cosigned(service.journal, signer, witness), signer.verifier
    )
    begin(service, "later")
    for name in ("later", "nobody"):
        with pytest.raises(UnknownInstance):
            bundled(service.journal, shown, "first", name)


def test_of_an_instance_that_went_on_there_is_what_the_note_has(
    service: Service, signer: Signer, witness: Witness
) -> None:
    journal = service.journal
    shown = noted(journal, cosigned(journal, signer, witness), signer.verifier)
    before = journal.head("first")
    service.signal("first", Signal(name="别的事", actor="县纪委"), now=NOW)
    out = bundled(journal, shown, "first")
    assert verifier.verify(out, policy_of(signer, witness)).exit == 0
    with ZipFile(out) as archive:
        lines = archive.read("entries").splitlines()
    mine = [line for line in lines if b'"instance":"first"' in line]
    assert before is not None
    assert len(mine) == before.revision < journal.head("first").revision  # type: ignore[union-attr]


# -- what is refused


def note_of(size: int, root: bytes, *by: Signer, origin: str = ORIGIN) -> bytes:
    note = Note(str(Checkpoint(origin, size, root)))
    for one in by:
        note = note.signed(one.key)
    return str(note).encode()


def test_a_note_that_the_log_did_not_sign_is_refused(
    service: Service, signer: Signer, witness: Witness, tmp_path: Path
) -> None:
    journal = service.journal
    size, root = _sealed(journal)
    thief = Signer.create(tmp_path / "thief.key", ORIGIN)
    other = Signer.create(tmp_path / "other.key", "other.example/log")
    good = cosigned(journal, signer, witness)
    forged = good.replace(b"\n%d\n" % size, b"\n%d\n" % (size - 1))
    for note in (
        note_of(size, root, thief),
        note_of(size, root, other, origin=other.key.name),
        note_of(size, root, signer, origin="other.example/log"),
        note_of(size, root, signer, origin=f"{ORIGIN}/e2"),
        forged,
    ):
        for whom in (
            signer.verifier,
            Policy.parse(policy_of(signer, witness).encode()),
        ):
            with pytest.raises(Untrusted):
                noted(journal, note, whom)
    with pytest.raises(BadNote):
        noted(journal, b"no note", signer.verifier)


def test_a_policy_whose_witness_has_not_signed_is_not_met(
    service: Service, signer: Signer, witness: Witness
) -> None:
    size, root = _sealed(service.journal)
    policy = Policy.parse(policy_of(signer, witness).encode())
    with pytest.raises(Untrusted, match="witnesses"):
        noted(service.journal, note_of(size, root, signer), policy)


def _sealed(journal: Journal) -> tuple[int, bytes]:
    size = journal.log.seal(NOW).size
    return size, Tree(size, journal.log.tile).root()


def test_a_note_of_another_history_or_of_none_is_refused(
    service: Service, signer: Signer
) -> None:
    """Cut off, changed, or of a size at which nothing was sealed."""
    journal = service.journal
    size, root = _sealed(journal)
    tree = Tree(size, journal.log.tile)
    for given, of, why in (
        (size + 1, root, "cut off"),
        (2**63 - 1, root, "cut off"),
        (size, bytes(32), "not the history"),
        (size - 1, root, "not the history"),
        (size - 1, tree.root(size - 1), "no seal"),
        (0, EMPTY, "no seal"),
    ):
        with pytest.raises(NotThisLog, match=why):
            noted(journal, note_of(given, of, signer), signer.verifier)


def test_the_note_of_a_key_that_handed_over_counts_for_what_it_signed(
    service: Service, signer: Signer, witness: Witness, tmp_path: Path
) -> None:
    journal = service.journal
    note = cosigned(journal, signer, witness)
    new, later = rekey(journal, signer, tmp_path / "new.key", BY)
    old = Policy.parse(f"log {signer.verifier}\nquorum none\n".encode())
    assert noted(journal, note, new.verifier).text == note.decode()
    assert noted(journal, str(later).encode(), old).text == str(later)
    size, root = _sealed(journal)
    for whom in (new.verifier, old):
        with pytest.raises(Untrusted):  # it had handed over before
            noted(journal, note_of(size, root, signer), whom)


def test_the_note_of_a_revoked_key_counts_up_to_where_it_was_believed(
    service: Service, signer: Signer, witness: Witness, tmp_path: Path
) -> None:
    journal = service.journal
    note = cosigned(journal, signer, witness)
    size = Checkpoint.parse(Note.parse(note).text).size
    begin(service, "later")
    beyond = signed(journal, signer, NOW)
    said = Revocation(after=size, approvers=("甲", "乙"))
    new, _ = revoke(journal, signer, tmp_path / "new.key", said, BY)
    assert noted(journal, note, new.verifier).size == size
    with pytest.raises(Untrusted):
        noted(journal, str(beyond).encode(), new.verifier)

"""A checkpoint that was kept elsewhere finds what nobody else can."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.audit.signing.signer import Signer
from engine.audit.signing.witness import Witness
from engine.audit.verifying import whole_log
from engine.audit.verifying.anchor import Anchor, anchor
from engine.errors import BadNote
from engine.journal.opening import open_journal
from engine.ports import Batch, Draft, Journal
from engine.proof.checkpoint import Request
from engine.proof.tree import Tree

AT = datetime(2009, 4, 11, tzinfo=UTC)


def recorded(journal: Journal, names: str, *, first: str = "x") -> Journal:
    journal.put_plan("p", b"p")
    for number, name in enumerate(names):
        head = journal.head(name)
        data = {"n": number, "said": first if number == 0 else "x"}
        drafts = [Draft(at=AT, type="moved", payload=data)]
        expected = 0 if head is None else head.revision
        batch = Batch(instance=name, expected=expected, plan="p", drafts=drafts)
        journal.append(batch)
    journal.log.seal(AT)
    return journal


class Office:
    """A log's key and a witness's, and the policy of an auditor."""

    def __init__(self, folder: Path) -> None:
        self.signer = Signer.create(folder / "key", "office.example/log")
        self.witness = Witness.create(folder / "witness", "audit.example/w")
        self.policy = (
            f"log {self.signer.verifier}\n"
            f"witness 审计 {self.witness.verifier}\nquorum 审计\n"
        ).encode()

    def signed(self, journal: Journal) -> Any:
        tree = Tree(journal.log.state().size, journal.log.tile)
        return self.signer.sign(tree.size, tree.root(), tree.consistency)

    def witnessed(self, journal: Journal) -> Any:
        note = self.signed(journal)
        asked = Request(0, (), note)
        line = self.witness.cosign(asked, [self.signer.verifier], now=AT)
        return note.with_signatures(line)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def held(journal: Journal, kept: Anchor) -> set[str]:
    told = whole_log.verify(journal, sizes=kept.sizes)
    assert told.defects == ()
    return {one.code for one in kept.against(told)}


def undecided(kept: Anchor) -> list[str]:
    return [one.code for one in kept.undecided]


def test_what_was_signed_and_witnessed_is_still_there(office: Office) -> None:
    journal = recorded(open_journal("memory://"), "aabbc")
    kept = anchor(str(office.witnessed(journal)).encode(), office.policy)
    recorded(journal, "abd")
    assert held(journal, kept) == set()
    assert (kept.defects, kept.undecided) == ((), ())
    assert kept.signers == ("office.example/log",)
    assert kept.witnesses == ("audit.example/w",)


def test_a_history_written_anew_and_whole_in_itself_is_a_fork(office: Office) -> None:
    journal = recorded(open_journal("memory://"), "aabbc")
    kept = anchor(str(office.witnessed(journal)).encode(), office.policy)
    forged = recorded(open_journal("memory://"), "aabbc", first="y")
    assert held(forged, kept) == {"log.forked"}


def test_an_older_copy_is_shorter_than_what_was_signed(office: Office) -> None:
    journal = recorded(open_journal("memory://"), "aabbc")
    kept = anchor(str(office.witnessed(recorded(journal, "d"))).encode(), office.policy)
    older = recorded(open_journal("memory://"), "aabbc")
    assert held(older, kept) == {"log.shorter"}


def test_entries_without_a_place_are_no_part_of_what_was_signed(
    office: Office,
) -> None:
    journal = recorded(open_journal("memory://"), "aabbc")
    kept = anchor(str(office.signed(journal)).encode(), None)
    fresh = open_journal("memory://")
    fresh.put_plan("p", b"p")
    assert held(fresh, kept) == {"log.shorter"}


def test_without_a_policy_nobody_knows_who_signed(office: Office) -> None:
    journal = recorded(open_journal("memory://"), "aabbc")
    kept = anchor(str(office.witnessed(journal)).encode(), None)
    assert undecided(kept) == ["log.no_policy"]
    assert (kept.signers, kept.witnesses) == ((), ())
    assert held(journal, kept) == set()


def test_a_policy_without_a_checkpoint_decides_nothing(office: Office) -> None:
    assert undecided(anchor(None, office.policy)) == ["log.no_checkpoint"]


def test_nothing_given_leaves_nothing_open() -> None:
    assert undecided(anchor(None, None)) == []


def test_too_few_witnesses_are_not_decided(office: Office) -> None:
    journal = recorded(open_journal("memory://"), "aabbc")
    kept = anchor(str(office.signed(journal)).encode(), office.policy)
    assert undecided(kept) == ["log.nobody"]
    assert kept.signers == ("office.example/log",)


def test_a_checkpoint_of_a_stranger_is_not_decided(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other")
    journal = recorded(open_journal("memory://"), "aabbc")
    kept = anchor(str(other.witnessed(journal)).encode(), office.policy)
    assert undecided(kept) == ["log.nobody"]
    assert (kept.signers, kept.defects) == ((), ())


def test_a_false_signature_is_a_defect(office: Office) -> None:
    journal = recorded(open_journal("memory://"), "aabbc")
    note = str(office.witnessed(journal))
    size = journal.log.state().size
    forged = note.replace(f"\n{size}\n", f"\n{size - 1}\n", 1)
    kept = anchor(forged.encode(), office.policy)
    assert [one.code for one in kept.defects] == ["log.untrue"]


@pytest.mark.parametrize("content", [b"", b"x", b"a\n1\nAA==\n\n", b"\xff"])
def test_what_is_no_checkpoint_is_refused(content: bytes) -> None:
    with pytest.raises(BadNote):
        anchor(content, None)

"""A witness signs that a log has only grown since it last looked, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.audit.signing.signer import Signer
from engine.audit.signing.witness import Witness
from engine.errors import (
    BadKey,
    BadNote,
    OldProof,
    PlangateError,
    RolledBack,
    Untrusted,
)
from engine.journal.chain import leaf_hash
from engine.proof.checkpoint import Checkpoint, Request
from engine.proof.note import LOG, Note, Signature, SigningKey, parsed_signatures
from engine.proof.policy import Policy
from engine.proof.tree import EMPTY, Tree, grown

ORIGIN = "office.example/log"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
KEY = SigningKey(ORIGIN, LOG, bytes(range(32)))
STRANGER = SigningKey("stranger.example/log", LOG, bytes(range(1, 33)))


def log_of(leaves: Sequence[bytes]) -> Tree:
    tiles = grown(0, leaves, lambda *_: b"")
    return Tree(len(leaves), lambda *at: tiles[at])


LEAVES = [leaf_hash(b"%d" % n) for n in range(300)]
TREE = log_of(LEAVES)
OTHER = log_of([leaf_hash(b"other"), *LEAVES[1:]])


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness.create(tmp_path / "witness.key", "audit.example/w")


@pytest.fixture
def policy(witness: Witness) -> Policy:
    lines = f"log {KEY.verifier}\nwitness w {witness.verifier}\nquorum w\n"
    return Policy.parse(lines.encode())


def request(
    old: int, size: int, *, tree: Tree = TREE, key: SigningKey = KEY
) -> Request:
    note = Note(str(Checkpoint(key.name, size, tree.root(size)))).signed(key)
    path = tree.consistency(old, size) if old <= size else ()
    return Request(old, path, note)


def ask(witness: Witness, policy: Policy, asked: Request) -> Note:
    line = witness.answer(str(asked).encode(), policy, now=NOW)
    return asked.note.with_signatures(*parsed_signatures(line))


def test_a_log_that_grows_is_witnessed(witness: Witness, policy: Policy) -> None:
    for old, size in ((0, 5), (5, 5), (5, 100), (100, 256), (256, 300)):
        trusted = policy.opened(ask(witness, policy, request(old, size)))
        assert trusted.checkpoint.size == size
        assert {one.seconds for one in trusted.signed} == {
            None,
            int(NOW.timestamp()),
        }
        assert witness.last(ORIGIN) == trusted.checkpoint


def test_signer_witness_and_reader_hand_files_to_each_other(
    tmp_path: Path, witness: Witness
) -> None:
    signer = Signer.create(tmp_path / "log.key", ORIGIN)
    lines = f"log {signer.verifier}\nwitness w {witness.verifier}\nquorum w\n"
    policy = Policy.parse(lines.encode())
    for size in (3, 90, 300):
        tree = log_of(LEAVES[:size])
        note = signer.sign(size, tree.root(), tree.consistency)
        old = witness.last(ORIGIN).size
        stick = tmp_path / "stick"
        stick.write_text(str(Request(old, TREE.consistency(old, size), note)))
        line = witness.answer(stick.read_bytes(), policy, now=NOW)
        whole = Note.parse((str(note) + line).encode())
        assert policy.opened(whole).checkpoint.size == size


def test_the_memory_outlives_the_process(
    witness: Witness, policy: Policy, tmp_path: Path
) -> None:
    ask(witness, policy, request(0, 100))
    again = Witness.open(tmp_path / "witness.key")
    assert again.last(ORIGIN).size == 100
    with pytest.raises(RolledBack):
        ask(again, policy, request(0, 99))


def test_a_log_that_shrank_is_not_witnessed(witness: Witness, policy: Policy) -> None:
    ask(witness, policy, request(0, 100))
    for old in (0, 50, 99, 100):
        with pytest.raises(RolledBack):
            ask(witness, policy, request(old, 99))
    assert witness.last(ORIGIN).size == 100


@pytest.mark.parametrize("size", [100, 101, 300])
def test_another_history_is_not_witnessed(
    witness: Witness, policy: Policy, size: int
) -> None:
    ask(witness, policy, request(0, 100))
    with pytest.raises(RolledBack):
        ask(witness, policy, request(100, size, tree=OTHER))
    assert witness.last(ORIGIN).root == TREE.root(100)


def test_a_proof_that_is_false_is_not_witnessed(
    witness: Witness, policy: Policy
) -> None:
    ask(witness, policy, request(0, 100))
    good = request(100, 200)
    for path in (
        (),
        good.path[:-1],
        good.path[::-1],
        (*good.path, EMPTY),
        TREE.consistency(99, 200),
    ):
        with pytest.raises(RolledBack):
            ask(witness, policy, Request(100, path, good.note))
    with pytest.raises(RolledBack):
        ask(witness, policy, Request(100, (EMPTY,), request(0, 100).note))
    assert ask(witness, policy, good)


def test_a_first_look_needs_no_proof_and_takes_none(
    witness: Witness, policy: Policy
) -> None:
    with pytest.raises(RolledBack):
        ask(witness, policy, Request(0, (EMPTY,), request(0, 5).note))
    assert ask(witness, policy, request(0, 5))


def test_a_proof_from_elsewhere_is_asked_for_again(
    witness: Witness, policy: Policy
) -> None:
    for old in (1, 99, 300):
        with pytest.raises(OldProof):
            ask(witness, policy, request(old, 200))
    ask(witness, policy, request(0, 100))
    for old in (0, 50, 101, 200, 250):
        with pytest.raises(OldProof) as caught:
            ask(witness, policy, request(old, 200))
        values = {"origin": ORIGIN, "given": old, "known": 100}
        assert caught.value.values == values
        assert "from 100" in caught.value.say("en")
    assert ask(witness, policy, request(100, 200))


def test_only_logs_of_the_policy_are_witnessed(
    witness: Witness, policy: Policy
) -> None:
    with pytest.raises(Untrusted, match="no key"):
        ask(witness, policy, request(0, 5, key=STRANGER))
    forged = request(0, 5).note.text
    for note in (
        Note(forged).signed(STRANGER),
        Note(forged).signed(SigningKey(ORIGIN, LOG, STRANGER.seed)),
        Note(forged, (Signature(ORIGIN, KEY.verifier.number, bytes(64)),)),
        Note(request(0, 6).note.text, request(0, 5).note.signatures),
    ):
        with pytest.raises(Untrusted):
            ask(witness, policy, Request(0, (), note))
    assert witness.last(ORIGIN).size == 0


def test_a_log_does_not_sign_for_another(witness: Witness) -> None:
    """Both are known; the key that counts is the one of the origin."""
    both = Policy.parse(
        f"log {KEY.verifier}\nlog {STRANGER.verifier}\nquorum none\n".encode()
    )
    note = Note(request(0, 5).note.text).signed(STRANGER)
    with pytest.raises(Untrusted):
        ask(witness, both, Request(0, (), note))
    ask(witness, both, request(0, 5))
    ask(witness, both, request(0, 7, key=STRANGER, tree=OTHER))
    assert witness.last(ORIGIN) == Checkpoint(ORIGIN, 5, TREE.root(5))
    assert witness.last(STRANGER.name).size == 7


def test_a_checkpoint_with_more_to_say_is_not_witnessed(
    witness: Witness, policy: Policy
) -> None:
    more = Note(request(0, 5).note.text + "more\n").signed(KEY)
    with pytest.raises(BadNote):
        ask(witness, policy, Request(0, (), more))


@pytest.mark.parametrize("bit", range(0, 400, 3))
def test_no_flipped_bit_of_a_request_changes_what_is_witnessed(
    witness: Witness, policy: Policy, bit: int
) -> None:
    ask(witness, policy, request(0, 100))
    content = bytearray(str(request(100, 200)).encode())
    at = bit * len(content) // 400
    content[at] ^= 1 << bit % 7
    try:
        witness.answer(bytes(content), policy, now=NOW)
    except PlangateError:
        assert witness.last(ORIGIN).size == 100
    else:  # nothing but a stranger's signature could be changed, and there is none
        pytest.fail(base64.b64encode(content).decode())


def test_witnesses_at_once_never_go_back(
    witness: Witness, policy: Policy, tmp_path: Path
) -> None:
    def one(size: int) -> int:
        mine = Witness.open(tmp_path / "witness.key")
        while True:
            try:
                asked = request(mine.last(ORIGIN).size, size)
                return Checkpoint.parse(ask(mine, policy, asked).text).size
            except OldProof:
                continue
            except RolledBack as late:
                return 0 if late.values["known"] > size else -1

    with ThreadPoolExecutor(16) as pool:
        signed = list(pool.map(one, [n * 7 % 300 + 1 for n in range(300)]))
    assert witness.last(ORIGIN) == Checkpoint(ORIGIN, 300, TREE.root(300))
    assert max(signed) == 300
    assert -1 not in signed, "who was refused came too late, and was told so"


def test_a_log_s_key_is_no_witness_s(tmp_path: Path) -> None:
    Signer.create(tmp_path / "log.key", ORIGIN)
    with pytest.raises(BadKey):
        Witness.open(tmp_path / "log.key")

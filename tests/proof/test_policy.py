"""A policy says whom to believe, and what is believed holds to it."""

from __future__ import annotations

import itertools

import pytest

from engine.errors import BadPolicy, Untrusted
from engine.proof.checkpoint import Checkpoint, LoggedProof
from engine.proof.note import LOG, WITNESS, Note, Signature, SigningKey
from engine.proof.policy import POLICY_MAX, Policy
from engine.proof.tree import EMPTY, node_hash

LOGS = [SigningKey(f"office.example/log{n}", LOG, bytes([n]) * 32) for n in (1, 2)]
WATCHES = [SigningKey(f"w{n}.example", WITNESS, bytes([n]) * 32) for n in range(3, 9)]
LEAVES = (bytes(32), bytes(range(32)))
ROOT = node_hash(*LEAVES)
CHECKPOINT = Checkpoint(LOGS[0].name, 2, ROOT)
L1, L2 = (str(key.verifier) for key in LOGS)
W = [str(key.verifier) for key in WATCHES]
WITNESSES = "".join(
    f"witness {name} {key}\n"
    for name, key in zip(("X1", "X2", "X3", "Y1", "Y2", "Y3"), W, strict=True)
)
EXAMPLE = f"""\
# two offices watch
log {L1}

{WITNESSES}
group X-witnesses 2 X1 X2 X3
\tgroup  Y-witnesses any\tY1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def policy(text: str) -> Policy:
    return Policy.parse(text.encode())


def note(*keys: SigningKey, checkpoint: Checkpoint = CHECKPOINT) -> Note:
    made = Note(str(checkpoint))
    return made.with_signatures(*(key.sign(made.text, seconds=9) for key in keys))


def test_the_quorum_is_met_as_the_groups_say() -> None:
    example = policy(EXAMPLE)
    for seen in itertools.product((False, True), repeat=6):
        keys = [key for key, is_seen in zip(WATCHES, seen, strict=True) if is_seen]
        expected = sum(seen[:3]) >= 2 and any(seen[3:])
        assert example.is_met([key.verifier for key in keys]) == expected
        if expected:
            trusted = example.opened(note(LOGS[0], *keys))
            assert trusted.checkpoint == CHECKPOINT
            assert {one.key for one in trusted.signed} == {
                key.verifier for key in (LOGS[0], *keys)
            }
        else:
            with pytest.raises(Untrusted, match="too few"):
                example.opened(note(LOGS[0], *keys))


def test_a_single_witness_or_none_can_be_the_quorum() -> None:
    none = policy(f"log {L1} https://office.example\nquorum none\n")
    assert none.opened(note(LOGS[0])).checkpoint == CHECKPOINT
    one = policy(f"log {L1}\nwitness w {W[0]} https://w.example\nquorum w\n")
    assert one.opened(note(LOGS[0], WATCHES[0])).checkpoint == CHECKPOINT
    with pytest.raises(Untrusted):
        one.opened(note(LOGS[0]))


def test_a_log_that_changes_its_key_is_known_by_both() -> None:
    newer = SigningKey(LOGS[0].name, LOG, LOGS[1].seed)
    both = policy(f"log {L1}\nlog {newer.verifier}\nquorum none\n")
    for keys in ([LOGS[0]], [newer], [LOGS[0], newer]):
        assert len(both.opened(note(*keys)).signed) == len(keys)


def test_a_checkpoint_is_signed_by_the_log_it_names() -> None:
    known = policy(f"log {L1}\nlog {L2}\nwitness w {W[0]}\nquorum w\n")
    for keys in ([LOGS[1], WATCHES[0]], [WATCHES[0]]):
        with pytest.raises(Untrusted, match="log1"):
            known.opened(note(*keys))
    with pytest.raises(Untrusted):
        known.opened(note(LOGS[1], WATCHES[0], checkpoint=CHECKPOINT))


def test_one_witness_that_signs_twice_is_one() -> None:
    two = policy(
        f"log {L1}\nwitness a {W[0]}\nwitness b {W[1]}\ngroup g all a b\nquorum g\n"
    )
    twice = note(LOGS[0], WATCHES[0])
    twice = twice.with_signatures(WATCHES[0].sign(twice.text, seconds=10))
    with pytest.raises(Untrusted):
        two.opened(twice)


def test_a_false_witness_condemns_even_when_others_are_enough() -> None:
    one = policy(
        f"log {L1}\nwitness a {W[0]}\nwitness b {W[1]}\ngroup g any a b\nquorum g\n"
    )
    false = Signature(WATCHES[1].name, WATCHES[1].verifier.number, bytes(72))
    with pytest.raises(Untrusted, match=r"w4\.example"):
        one.opened(note(LOGS[0], WATCHES[0]).with_signatures(false))


def test_an_entry_is_proved_by_proof_and_policy_alone() -> None:
    one = policy(f"log {L1}\nwitness w {W[0]}\nquorum w\n")
    signed = note(LOGS[0], WATCHES[0])
    text = str(LoggedProof(1, (LEAVES[0],), signed))
    assert one.proved(LEAVES[1], LoggedProof.parse(text.encode())).checkpoint.size == 2
    for leaf, proof in (
        (LEAVES[0], LoggedProof(1, (LEAVES[0],), signed)),
        (LEAVES[1], LoggedProof(0, (LEAVES[0],), signed)),
        (LEAVES[1], LoggedProof(2, (LEAVES[0],), signed)),
        (LEAVES[1], LoggedProof(1, (), signed)),
        (LEAVES[1], LoggedProof(1, (LEAVES[0], EMPTY), signed)),
        (LEAVES[1], LoggedProof(1, (LEAVES[0],), note(LOGS[0]))),
    ):
        with pytest.raises(Untrusted):
            one.proved(leaf, proof)


HEAD = f"log {L1}\nwitness a {W[0]}\nwitness b {W[1]}\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 0),
        (f"log {L1}\n", 0),
        (f"log {L1}\nquorum none", 2),
        (f"log {L1}\r\nquorum none\r\n", 1),
        (f"log {L1}\n\x0bquorum none\n", 2),
        (f"log {L1}\nquorum none\x7f\n", 2),
        (f"log {L1}\nquorum\u2003none\n", 2),
        (f"log {L1}\nquorum none\nquorum none\n", 3),
        (f"log {L1}\nquorum none extra\n", 2),
        (f"log {L1}\nquorum\n", 2),
        (f"log {L1}\nquorum a\n", 2),
        (f"log {L1}\nlog {L1}\nquorum none\n", 2),
        ("log\nquorum none\n", 1),
        (f"log {L1} url more\nquorum none\n", 1),
        (f"Log {L1}\nquorum none\n", 1),
        (f"log {W[0]}\nquorum none\n", 1),
        (f"log {L1[:-1]}\nquorum none\n", 1),
        (f"witness a {L1}\nquorum a\n", 1),
        (f"witness none {W[0]}\nquorum none\n", 1),
        ("witness a\nquorum none\n", 1),
        (f"witness a {W[0]}\nwitness a {W[1]}\nquorum a\n", 2),
        (f"witness a {W[0]}\nwitness b {W[0]}\nquorum a\n", 2),
        (f"quorum a\nwitness a {W[0]}\n", 1),
        (HEAD + "group g any\nquorum g\n", 4),
        (HEAD + "group none any a\nquorum none\n", 4),
        (HEAD + "group a any b\nquorum a\n", 4),
        (HEAD + "group g any a none\nquorum g\n", 4),
        (HEAD + "group g any g\nquorum g\n", 4),
        (HEAD + "group g any a c\nquorum g\n", 4),
        (HEAD + "group g any a a\nquorum g\n", 4),
        (HEAD + "group g 0 a b\nquorum g\n", 4),
        (HEAD + "group g 3 a b\nquorum g\n", 4),
        (HEAD + "group g 01 a b\nquorum g\n", 4),
        (HEAD + "group g -1 a b\nquorum g\n", 4),
        (HEAD + "group g some a b\nquorum g\n", 4),
        (HEAD + "group g any a\ngroup h any a b\nquorum h\n", 5),
        (HEAD + "group g any a\ngroup g any b\nquorum g\n", 5),
        ("#" * POLICY_MAX + "\nquorum none\n", 0),
    ],
)
def test_a_policy_that_could_be_read_in_two_ways_is_refused(
    text: str, line: int
) -> None:
    with pytest.raises(BadPolicy) as caught:
        policy(text)
    assert caught.value.values["line"] == line
    assert caught.value.say("zh")
    assert caught.value.say("en")


def test_the_same_key_under_another_name_is_the_same_witness() -> None:
    twin = SigningKey("another.example", WITNESS, WATCHES[0].seed).verifier
    with pytest.raises(BadPolicy):
        policy(f"witness a {W[0]}\nwitness b {twin}\nquorum a\n")


def test_names_are_octets() -> None:
    text = f"log {L1}\nwitness ".encode() + b"\xff\xfe " + W[0].encode()
    read = Policy.parse(text + b"\nquorum \xff\xfe\n")
    assert read.opened(note(LOGS[0], WATCHES[0])).checkpoint == CHECKPOINT
    with pytest.raises(BadPolicy):
        Policy.parse(text + b"\nquorum \xff\n")
    kelvin = policy(f"witness K {W[0]}\nwitness \u212a {W[1]}\nquorum \u212a\n")
    assert not kelvin.is_met([WATCHES[0].verifier])


def test_many_of_everything_are_read() -> None:
    keys = [
        SigningKey(f"k{n}", kind, bytes([n, kind]) * 16).verifier
        for n in range(64)
        for kind in (LOG, WITNESS)
    ]
    lines = [f"log {key}" for key in keys if key.kind == LOG]
    lines += [f"witness {key.name} {key}" for key in keys if key.kind == WITNESS]
    lines += ["group g0 any k0"]
    lines += [f"group g{n} all g{n - 1} k{n}" for n in range(1, 64)]
    read = policy("\n".join([*lines, "quorum g63", ""]))
    watchers = [key for key in keys if key.kind == WITNESS]
    assert read.is_met(watchers)
    assert not read.is_met(watchers[1:])

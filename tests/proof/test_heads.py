"""The trie of heads: one root says what every instance's last entry is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DamagedData, UnknownInstance
from engine.proof.heads import EMPTY, Trie, bits, holds, proof, renewed, root

Heads = Mapping[str, tuple[int, bytes]]


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


# The definition as it reads


def defined(heads: Heads) -> bytes:
    return trie(
        {
            key: sha256(b"\x02" + key + seq.to_bytes(8, "big") + last)
            for key, seq, last in (
                (sha256(name.encode()), *head) for name, head in heads.items()
            )
        },
        depth=0,
    )


def trie(leaves: Mapping[bytes, bytes], *, depth: int) -> bytes:
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        return next(iter(leaves.values()))
    halves: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key, leaf in leaves.items():
        halves[key[depth // 8] >> (7 - depth % 8) & 1][key] = leaf
    left, right = (trie(half, depth=depth + 1) for half in halves)
    return sha256(b"\x03" + left + right)


def heads_of(count: int) -> dict[str, tuple[int, bytes]]:
    return {f"案卷{n}": (n + 1, sha256(b"%d" % n)) for n in range(count)}


def kept(heads: Heads) -> tuple[bytes, dict[str, bytes]]:
    return renewed(heads, {}.get)


NAMES = st.sampled_from([f"instance {n}" for n in range(40)])
HEAD = st.tuples(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
CHANGES = st.dictionaries(NAMES, HEAD, max_size=12)


def test_no_head_is_thirty_two_zeros_and_one_head_is_its_leaf() -> None:
    assert root({}) == EMPTY == bytes(32)
    last = sha256(b"last")
    leaf = sha256(b"\x02" + sha256("甲".encode()) + (7).to_bytes(8, "big") + last)
    assert root({"甲": (7, last)}) == leaf
    assert holds(leaf, "甲", 7, last, [])


@pytest.mark.parametrize("count", [*range(12), 100, 1_000])
def test_the_root_is_the_defined_one(count: int) -> None:
    assert root(heads_of(count)) == defined(heads_of(count))


@settings(max_examples=150, deadline=None)
@given(st.lists(CHANGES, max_size=8))
def test_however_heads_came_the_root_and_what_is_stored_are_the_same(
    rounds: list[dict[str, tuple[int, bytes]]],
) -> None:
    nodes: dict[str, bytes] = {}
    heads: dict[str, tuple[int, bytes]] = {}
    trie = Trie()
    for changes in rounds:
        made, written = renewed(changes, nodes.get)
        assert trie.renew(changes) == made
        nodes |= written
        heads |= changes
        assert made == defined(heads)
    assert nodes == trie.nodes == kept(heads)[1]
    for name, (seq, last) in heads.items():
        assert holds(defined(heads), name, seq, last, proof(name, nodes.get))


def test_what_did_not_change_is_neither_read_nor_written() -> None:
    nodes = kept(heads_of(5_000))[1]
    reads: list[str] = []

    def read(prefix: str) -> bytes | None:
        reads.append(prefix)
        return nodes.get(prefix)

    _, written = renewed({"案卷77": (900, sha256(b"new"))}, read)
    assert len(reads) <= 30
    assert len(written) <= 30
    assert all(bits("案卷77").startswith(prefix) for prefix in {*reads, *written})
    reads.clear()
    assert renewed({}, read) == (root(heads_of(5_000)), {})
    assert len(reads) == 1


def test_every_head_of_many_is_proved_by_few_hashes() -> None:
    heads = heads_of(1_000)
    made, nodes = kept(heads)
    for name, (seq, last) in heads.items():
        siblings = proof(name, nodes.get)
        assert len(siblings) <= 30
        assert holds(made, name, seq, last, siblings)


def test_an_instance_that_is_not_there_has_no_proof() -> None:
    for count in (0, 1, 2, 50):
        with pytest.raises(UnknownInstance):
            proof("乙", kept(heads_of(count))[1].get)


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_no_forged_proof_is_believed(count: int) -> None:
    heads = heads_of(count)
    made, nodes = kept(heads)
    for name, (seq, last) in heads.items():
        good = list(proof(name, nodes.get))
        other = sha256(b"other")
        assert not holds(made, name, seq - 1, last, good), "an entry is withheld"
        assert not holds(made, name, seq + 1, last, good)
        assert not holds(made, name, seq + 2**64, last, good)
        assert not holds(made, name, -seq, last, good)
        assert not holds(made, name, seq, other, good)
        assert not holds(made, name, seq, last[:-1], good)
        assert not holds(made, name + "x", seq, last, good)
        assert not holds(made, "\ud800", seq, last, good)
        assert not holds(other, name, seq, last, good)
        assert not holds(EMPTY, name, seq, last, good)
        assert not holds(made[:-1], name, seq, last, good)
        forged = [[*good, other], [other, *good], [*good, EMPTY], [EMPTY, *good]]
        forged += [[*good, b""], [*good, made], good + [other] * (257 - len(good))]
        for at, hash_ in enumerate(good):
            flipped = bytes([hash_[0] ^ 1, *hash_[1:]])
            for wrong in (flipped, hash_[:-1], hash_ + b"\0", b"", other):
                forged.append([*good[:at], wrong, *good[at + 1 :]])
            forged.append(good[:at] + good[at + 1 :])
            forged.append(good[:at])
        if len(set(good)) > 1:
            forged.append(good[::-1])
        for siblings in forged:
            assert not holds(made, name, seq, last, siblings)


def test_nothing_stands_beside_a_leaf_that_could_stand_higher() -> None:
    """The same head at two depths would be two roots for one set of heads."""
    last = sha256(b"last")
    leaf = root({"甲": (7, last)})
    pair = (leaf, EMPTY) if bits("甲")[0] == "0" else (EMPTY, leaf)
    lower = sha256(b"\x03" + pair[0] + pair[1])
    assert not holds(lower, "甲", 7, last, [EMPTY])


def test_left_is_not_right() -> None:
    heads = heads_of(2)
    made, nodes = kept(heads)
    (first, head), (_, other) = heads.items()
    siblings = proof(first, nodes.get)
    swapped = sha256(nodes[""][:1] + nodes[""][33:] + nodes[""][1:33])
    assert holds(made, first, *head, siblings)
    assert not holds(swapped, first, *head, siblings)
    assert not holds(made, first, *other, siblings)


@pytest.mark.parametrize("harm", ["lost", "changed", "cut", "another's"])
def test_stored_nodes_that_are_not_what_was_written_are_damaged_data(harm: str) -> None:
    nodes = kept(heads_of(200))[1]
    way = bits("案卷5")
    low = max((p for p in nodes if way.startswith(p)), key=len)
    harmed = {
        "lost": None,
        "changed": nodes[low][:-1] + b"\0",
        "cut": nodes[low][:-1],
        "another's": nodes[""],
    }

    def read(prefix: str) -> bytes | None:
        return harmed[harm] if prefix == low else nodes.get(prefix)

    with pytest.raises(DamagedData):
        proof("案卷5", read)
    with pytest.raises(DamagedData):
        renewed({"案卷5": (9, sha256(b"x"))}, read)


@pytest.mark.parametrize("head", [(0, bytes(32)), (2**63, bytes(32)), (1, b"short")])
def test_what_is_no_head_is_our_own_mistake(head: tuple[int, bytes]) -> None:
    with pytest.raises(ValueError, match="no head"):
        root({"x": head})

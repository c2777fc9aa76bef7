"""The tree gives what RFC 6962 says, and no forged proof of it is believed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DamagedData
from engine.journal.chain import leaf_hash
from engine.proof.tree import EMPTY, SIZE_MAX, Tree, extends, grown, includes


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


# RFC 6962 §2.1 as its text reads


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


class Store(dict[tuple[int, int], bytes]):
    """Tiles, and which of them were read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[tuple[int, int]] = []

    def read(self, level: int, index: int) -> bytes:
        self.reads.append((level, index))
        return self.get((level, index), b"")


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % n) for n in range(count)]


def stored(leaves: Sequence[bytes], *, step: int = 10_000) -> Store:
    store = Store()
    for at in range(0, len(leaves), step):
        store |= grown(at, leaves[at : at + step], store.read)
    return store


LEAVES = leaves_of(70_000)
STORE = stored(LEAVES)
TREE = Tree(len(LEAVES), STORE.read)
SIZES = st.integers(1, 300) | st.integers(1, len(LEAVES))


def test_the_empty_tree_has_the_root_of_rfc_6962() -> None:
    assert Tree(0, Store().read).root() == EMPTY == sha256(b"")


def test_every_root_up_to_300_is_that_of_rfc_6962() -> None:
    for size in range(301):
        assert TREE.root(size) == mth(LEAVES[:size])


def test_every_proof_of_small_trees_is_that_of_rfc_6962_and_is_believed() -> None:
    for size in [*range(1, 70), 127, 128, 255, 256, 257, 300]:
        root = mth(LEAVES[:size])
        for at in range(size):
            made = TREE.inclusion(at, size)
            assert list(made) == path(at, LEAVES[:size])
            assert includes(LEAVES[at], at, size, made, root)
            older = at + 1
            proof = TREE.consistency(older, size)
            assert list(proof) == subproof(older, LEAVES[:size])
            assert extends(older, size, proof, mth(LEAVES[:older]), root)
        assert extends(0, size, TREE.consistency(0, size), EMPTY, root)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_proof_of_big_trees_is_that_of_rfc_6962_and_is_believed(
    data: st.DataObject,
) -> None:
    size = data.draw(st.integers(300, len(LEAVES)))
    at = data.draw(st.integers(0, size - 1))
    root = mth(LEAVES[:size])
    assert TREE.root(size) == root
    assert list(TREE.inclusion(at, size)) == path(at, LEAVES[:size])
    assert includes(LEAVES[at], at, size, TREE.inclusion(at, size), root)
    assert list(TREE.consistency(at + 1, size)) == subproof(at + 1, LEAVES[:size])
    proof = TREE.consistency(at + 1, size)
    assert extends(at + 1, size, proof, TREE.root(at + 1), root)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=6))
def test_however_a_log_grows_the_same_tiles_are_stored(steps: list[int]) -> None:
    store, size = Store(), 0
    for step in steps:
        store |= grown(size, LEAVES[size : size + step], store.read)
        size += step
    assert store == stored(LEAVES[:size])
    assert Tree(size, store.read).root() == mth(LEAVES[:size])


def test_appending_reads_and_writes_the_last_tiles_only() -> None:
    STORE.reads.clear()
    written = grown(65_535, [LEAVES[65_535]], lambda *at: STORE.read(*at)[: 255 * 32])
    assert STORE.reads == [(0, 255), (1, 0)]
    assert set(written) == {(0, 255), (1, 0), (2, 0)}
    assert all(STORE[key] == tile for key, tile in written.items())
    STORE.reads.clear()
    assert set(grown(512, [LEAVES[512]], STORE.read)) == {(0, 2)}
    assert STORE.reads == []


def test_a_proof_reads_few_tiles() -> None:
    STORE.reads.clear()
    Tree(len(LEAVES), STORE.read).inclusion(12_345)
    assert len(STORE.reads) <= 5
    STORE.reads.clear()
    Tree(len(LEAVES), STORE.read).consistency(54_321)
    assert len(STORE.reads) <= 5


def test_tiles_that_grew_meanwhile_serve_the_tree_of_before() -> None:
    before = Tree(1_000, STORE.read)
    assert before.root() == mth(LEAVES[:1_000])
    kept = {key: tile for key, tile in STORE.items() if key[0] == 0}
    written = grown(1_000, LEAVES[1_000:1_001], lambda *at: kept[at])
    assert written == {(0, 3): b"".join(LEAVES[768:1_001])}


def test_a_tile_that_is_missing_or_too_short_is_damaged_data() -> None:
    for store in (Store(), {(0, 0): LEAVES[0] * 4 + b"x"}):
        read = Tree(5, lambda *at, store=store: store.get(at, b""))  # type: ignore[misc]
        with pytest.raises(DamagedData):
            read.root()
        with pytest.raises(DamagedData):
            grown(5, [LEAVES[5]], read.read)


def test_a_leaf_is_read_where_it_stands() -> None:
    assert TREE.leaf(69_999) == LEAVES[69_999]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: TREE.root(len(LEAVES) + 1),
        lambda: TREE.root(-1),
        lambda: TREE.leaf(len(LEAVES)),
        lambda: TREE.inclusion(5, 5),
        lambda: TREE.inclusion(-1, 5),
        lambda: TREE.inclusion(0, len(LEAVES) + 1),
        lambda: TREE.consistency(6, 5),
        lambda: TREE.consistency(1, len(LEAVES) + 1),
        lambda: grown(0, [b"short"], STORE.read),
        lambda: grown(SIZE_MAX, [LEAVES[0]], STORE.read),
    ],
)
def test_what_the_log_does_not_hold_is_our_own_mistake(
    ask: Callable[[], object],
) -> None:
    with pytest.raises(ValueError, match=r"no |hash"):
        ask()


# Forgeries. A forger changes the hashes, the sizes or the roots of a good proof.


def changed_hashes(proof: Sequence[bytes], chance: random.Random) -> Iterator[list]:
    other, hashes = sha256(b"other"), list(proof)
    yield [*hashes, other]
    yield [other, *hashes]
    yield [*hashes, b""]
    yield [b"", *hashes]
    yield [*hashes, *hashes, other]
    yield hashes + [other] * (65 - len(hashes))
    if not hashes:
        return
    yield []
    yield hashes[:-1]
    yield hashes[1:]
    yield [*hashes, hashes[-1]]
    at = chance.randrange(len(hashes))
    bit = chance.randrange(256)
    flipped = bytearray(hashes[at])
    flipped[bit // 8] ^= 1 << bit % 8
    for wrong in (bytes(flipped), hashes[at][:-1], hashes[at] + b"\0", b"", EMPTY):
        yield [*hashes[:at], wrong, *hashes[at + 1 :]]
    if len(set(hashes)) > 1:
        yield hashes[::-1]
        yield [hashes[1], hashes[0], *hashes[2:]]


def flipped_anywhere(one: bytes) -> Iterator[bytes]:
    for bit in range(0, 256, 5):
        wrong = bytearray(one)
        wrong[bit // 8] ^= 1 << bit % 8
        yield bytes(wrong)
    yield from (b"", one[:-1], one + b"\0", EMPTY, bytes(32))


@settings(max_examples=150, deadline=None)
@given(SIZES, st.data())
def test_no_forged_proof_of_inclusion_is_believed(
    size: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, size - 1))
    chance = data.draw(st.randoms(use_true_random=False))
    leaf, root, proof = LEAVES[at], TREE.root(size), TREE.inclusion(at, size)
    assert includes(leaf, at, size, proof, root)
    for hashes in changed_hashes(proof, chance):
        assert not includes(leaf, at, size, hashes, root)
    for position in {at - 1, at + 1, at ^ 2, at * 2, size, size + 1, -1, 2**63} - {at}:
        assert not includes(leaf, position, size, proof, root)
    for other in (0, -1, -size, 2**63, 2**64 + size, SIZE_MAX + 1):
        assert not includes(leaf, at, other, proof, root)
    for wrong in flipped_anywhere(root):
        assert wrong == root or not includes(leaf, at, size, proof, wrong)
    for wrong in flipped_anywhere(leaf):
        assert not includes(wrong, at, size, proof, root)
    if size > 1:
        assert not includes(root, at, size, proof, leaf)
        assert not includes(root, at, size, [], root)
        assert not includes(root, 0, size, [], root)


@settings(max_examples=150, deadline=None)
@given(SIZES, SIZES, st.data())
def test_a_proof_for_one_size_is_none_for_another(
    size: int, other: int, data: st.DataObject
) -> None:
    """A path alone does not tell its size: a checkpoint says size and root together."""
    at = data.draw(st.integers(0, size - 1))
    proof = TREE.inclusion(at, size)
    for wrong in {size - 1, size + 1, size * 2, size // 2, other} - {size}:
        if wrong <= len(LEAVES):
            assert not includes(LEAVES[at], at, size, proof, TREE.root(wrong))
        if wrong <= at or (
            wrong <= len(LEAVES) and len(TREE.inclusion(at, wrong)) != len(proof)
        ):
            assert not includes(LEAVES[at], at, wrong, proof, TREE.root(size))


@settings(max_examples=150, deadline=None)
@given(SIZES, st.data())
def test_no_forged_proof_of_growth_is_believed(size: int, data: st.DataObject) -> None:
    older = data.draw(st.integers(1, size))
    chance = data.draw(st.randoms(use_true_random=False))
    proof = TREE.consistency(older, size)
    roots = (TREE.root(older), TREE.root(size))
    assert extends(older, size, proof, *roots)
    for hashes in changed_hashes(proof, chance):
        assert not extends(older, size, hashes, *roots)
    for sizes in (
        (older - 1, size),
        (older + 1, size),
        (0, size),
        (-1, size),
        (size, older),
        (older, -size),
        (older, 0),
        (older, 2**63),
        (older, 2**64 + size),
        (2**63, 2**63),
    ):
        assert sizes == (older, size) or not extends(*sizes, proof, *roots)
    for wrong in flipped_anywhere(roots[0]):
        assert not extends(older, size, proof, wrong, roots[1])
    for wrong in flipped_anywhere(roots[1]):
        assert not extends(older, size, proof, roots[0], wrong)
    if older < size:
        assert not extends(older, size, proof, roots[1], roots[0])
        assert not extends(older, size, [], *roots)
        assert not extends(older, older, proof, *roots)
        assert not extends(older, older, [], *roots)
    for other in {size - 1, size + 1, size * 2} - {size}:
        if older <= other <= len(LEAVES):
            assert not extends(older, size, proof, roots[0], TREE.root(other))


def test_a_history_that_was_rewritten_is_no_growth_of_the_one_before() -> None:
    for size in (2, 5, 8, 100, 256, 300):
        for older in (1, size // 2, size - 1):
            forged = [sha256(b"forged"), *LEAVES[1:size]]
            tree = Tree(size, stored(forged).read)
            proof = tree.consistency(older)
            assert not extends(older, size, proof, mth(LEAVES[:older]), tree.root())


def test_of_the_empty_tree_nothing_but_nothing_is_shown() -> None:
    root, other = TREE.root(5), sha256(b"other")
    assert extends(0, 0, [], EMPTY, EMPTY)
    assert extends(0, 5, [], EMPTY, root)
    assert not extends(0, 5, [root], EMPTY, root)
    assert not extends(0, 5, [], other, root)
    assert not extends(0, 5, [], b"", root)
    assert not extends(0, 0, [], EMPTY, other)
    assert not extends(0, 0, [], other, other)
    assert not extends(0, 0, [EMPTY], EMPTY, EMPTY)
    assert not includes(EMPTY, 0, 0, [], EMPTY)
    assert not includes(b"", 0, 0, [], b"")
    assert not includes(b"", 0, 1, [], b"")


def test_left_is_not_right_and_a_leaf_is_not_a_node() -> None:
    first, second = LEAVES[:2]
    root = mth([first, second])
    assert includes(first, 0, 2, [second], root)
    assert not includes(first, 1, 2, [second], root)
    assert not includes(second, 0, 2, [first], root)
    assert not includes(leaf_hash(first + second), 0, 1, [], root)
    assert not includes(root, 0, 3, [LEAVES[2]], mth(LEAVES[:3]))


def test_the_greatest_of_all_trees_is_verified() -> None:
    """2 ** 63 - 1 leaves: a path of 63 hashes, believed only if it is right."""
    leaf, others = LEAVES[0], [sha256(b"%d" % n) for n in range(63)]
    root = leaf
    for one in others:
        root = sha256(b"\x01" + root + one)
    assert includes(leaf, 0, SIZE_MAX, others, root)
    assert not includes(leaf, 0, SIZE_MAX, others[:-1], root)
    assert not includes(leaf, 0, SIZE_MAX + 1, others, root)

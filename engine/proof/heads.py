"""The heads of all instances in one root: proof that nothing of one is withheld.

A head is how many entries an instance has and the hash of the last, from which its
chain follows. Heads stand in a trie: the way of an instance, bit by bit from the
highest, is the SHA-256 of its name, and it goes only as far as it is shared.

    leaf   SHA-256(0x02 ‖ key ‖ seq as 8 bytes, the highest first ‖ last leaf hash)
    node   SHA-256(0x03 ‖ left ‖ right)
    T      32 zero bytes of no head, the leaf of one, node(T(bit 0), T(bit 1)) of more

The form of the trie follows from its heads alone, in whatever order they came. Stored
is, by the bits that lead to it ("" the root, "01" …), each leaf and node as the bytes
that were hashed: what is read is checked against the hash that stands above it.

    root, nodes = renewed({name: (seq, hash)}, read)
    siblings = proof(name, read)
    holds(root, name, seq, hash, siblings)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from engine.errors import DamagedData, UnknownInstance

HASH_SIZE: Final = 32
DEPTH_MAX: Final = 8 * HASH_SIZE
SEQ_MAX: Final = 2**63 - 1
EMPTY: Final = bytes(HASH_SIZE)
"""The root of no head at all."""

_LEAF: Final = b"\x02"
_NODE: Final = b"\x03"
_LEAF_SIZE: Final = 1 + HASH_SIZE + 8 + HASH_SIZE
_NODE_SIZE: Final = 1 + 2 * HASH_SIZE

Head: TypeAlias = tuple[int, bytes]
"""(seq of the last entry, its leaf hash)."""
ReadNode: TypeAlias = Callable[[str], bytes | None]
"""What is stored under these bits."""


def bits(name: str) -> str:
    """The way to an instance's head; what is stored for it stands on its beginnings."""
    return _bits(hashlib.sha256(name.encode()).digest())


def renewed(
    changes: Mapping[str, Head], read: ReadNode
) -> tuple[bytes, dict[str, bytes]]:
    """The root with these heads, and what is to be stored under which bits.

    Reads and writes only what stands on the ways of the changed heads.
    """
    leaves = {
        bits(name): _leaf(name, seq, last) for name, (seq, last) in changes.items()
    }
    top = read("")
    known = EMPTY if top is None else _hash(top)
    if not leaves:
        return known, {}
    renewal = _Renewal(read)
    return renewal.at("", known, leaves), renewal.nodes


class Trie:
    """The trie in memory, made by nobody else: what stands in it is not checked again.

    ``nodes`` is what would be stored, by its bits.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, bytes] = {}
        self._hashes: dict[str, bytes] = {}
        self._ways: dict[str, str] = {}

    def renew(self, changes: Mapping[str, Head]) -> bytes:
        """The root with these heads too."""
        ways = self._ways
        for name in changes.keys() - ways.keys():
            ways[name] = bits(name)
        leaves = [(ways[name], _leaf(name, *head)) for name, head in changes.items()]
        return self._at("", leaves) if leaves else self._hashes.get("", EMPTY)

    def _at(self, prefix: str, leaves: list[tuple[str, bytes]]) -> bytes:
        """The hash at a place, with one leaf and more."""
        node = self.nodes.get(prefix)
        if node is not None and node[:1] == _LEAF:
            way = _way(node)
            if all(way != one for one, _ in leaves):
                leaves = [*leaves, (way, node)]
            node = None
        if node is None and len(leaves) == 1:
            made = leaves[0][1]
        else:
            depth, zero, one = len(prefix), prefix + "0", prefix + "1"
            left = [leaf for leaf in leaves if leaf[0][depth] == "0"]
            right = [leaf for leaf in leaves if leaf[0][depth] == "1"]
            made = _node(
                self._at(zero, left) if left else self._hashes.get(zero, EMPTY),
                self._at(one, right) if right else self._hashes.get(one, EMPTY),
            )
        self.nodes[prefix] = made
        self._hashes[prefix] = found = _hash(made)
        return found


def root(heads: Mapping[str, Head]) -> bytes:
    return renewed(heads, lambda _: None)[0]


def proof(name: str, read: ReadNode) -> tuple[bytes, ...]:
    """The siblings on an instance's way, from its leaf upward."""
    way = bits(name)
    siblings: list[bytes] = []
    top = read("")
    known = EMPTY if top is None else _hash(top)
    for depth in range(DEPTH_MAX + 1):
        if known == EMPTY:
            break
        node = _stored(read, way[:depth], known)
        if node[:1] == _LEAF:
            if _way(node) != way:
                break
            return tuple(reversed(siblings))
        known, sibling = _halves(node) if way[depth] == "0" else _halves(node)[::-1]
        siblings.append(sibling)
    raise UnknownInstance(instance=name)


def holds(
    root: bytes, name: str, seq: int, last: bytes, siblings: Sequence[bytes]
) -> bool:
    """Whether under this root the instance ends with this entry.

    False for whatever is no proof, never an exception.
    """
    if len(siblings) > DEPTH_MAX or not all(
        isinstance(one, bytes) and len(one) == HASH_SIZE
        for one in (root, last, *siblings)
    ):
        return False
    if siblings and siblings[0] == EMPTY:
        return False  # a leaf stands as high as it can: it has somebody beside it
    try:
        way, made = bits(name), _hash(_leaf(name, seq, last))
    except ValueError:  # no sequence number, or a name that no text holds
        return False
    for bit, sibling in zip(reversed(way[: len(siblings)]), siblings, strict=True):
        made = _hash(_node(made, sibling) if bit == "0" else _node(sibling, made))
    return made == root


@dataclass(frozen=True, slots=True)
class _Renewal:
    read: ReadNode
    nodes: dict[str, bytes] = field(default_factory=dict)

    def at(self, prefix: str, known: bytes, leaves: Mapping[str, bytes]) -> bytes:
        """The hash at a place, where ``known`` stood, with one leaf and more."""
        left = right = EMPTY
        if known != EMPTY:
            node = _stored(self.read, prefix, known)
            if node[:1] == _NODE:
                left, right = _halves(node)
            else:
                leaves, known = {_way(node): node, **leaves}, EMPTY
        if known == EMPTY and len(leaves) == 1:
            (made,) = leaves.values()
        else:
            halves: tuple[dict[str, bytes], dict[str, bytes]] = ({}, {})
            for way, leaf in leaves.items():
                halves[way[len(prefix)] == "1"][way] = leaf
            made = _node(
                self._half(prefix + "0", left, halves[0]),
                self._half(prefix + "1", right, halves[1]),
            )
        self.nodes[prefix] = made
        return _hash(made)

    def _half(self, prefix: str, known: bytes, leaves: Mapping[str, bytes]) -> bytes:
        return self.at(prefix, known, leaves) if leaves else known


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _bits(key: bytes) -> str:
    return f"{int.from_bytes(key, 'big'):0{DEPTH_MAX}b}"


def _leaf(name: str, seq: int, last: bytes) -> bytes:
    if not 1 <= seq <= SEQ_MAX or len(last) != HASH_SIZE:
        raise ValueError(f"no head: entry {seq}, a hash of {len(last)} bytes")
    return _LEAF + _hash(name.encode()) + seq.to_bytes(8, "big") + last


def _way(leaf: bytes) -> str:
    return _bits(leaf[1 : 1 + HASH_SIZE])


def _node(left: bytes, right: bytes) -> bytes:
    return _NODE + left + right


def _halves(node: bytes) -> tuple[bytes, bytes]:
    return node[1 : 1 + HASH_SIZE], node[1 + HASH_SIZE :]


def _stored(read: ReadNode, prefix: str, known: bytes) -> bytes:
    """What stands under these bits: whole, and what the hash above it says."""
    node = read(prefix)
    sizes = {_LEAF: _LEAF_SIZE, _NODE: _NODE_SIZE}
    if node is None or sizes.get(node[:1]) != len(node) or _hash(node) != known:
        raise DamagedData(detail=f"head {prefix or '-'}")
    if node[:1] == _LEAF and not _way(node).startswith(prefix):
        raise DamagedData(detail=f"head {prefix or '-'}")
    return node
